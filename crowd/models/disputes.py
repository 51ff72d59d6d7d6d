"""Tasks the engine refuses to decide, and the rulings of experts on them."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from crowd.db import CreatedAt, Id, Model


class Dispute(Model):
    __tablename__ = "disputes"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'ruled', 'settled')", name="state"),
        # a task has one open dispute at the most
        Index(
            "ux_disputes_open_task_id",
            "task_id",
            unique=True,
            postgresql_where="state = 'open'",
        ),
        Index("ix_disputes_project_id_id", "project_id", "id"),
        Index("ix_disputes_task_id", "task_id"),
    )

    id: Mapped[Id]
    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    task_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tasks.id", ondelete="CASCADE"))
    #: The result that raised it.
    result_version: Mapped[int]
    reason: Mapped[str]
    #: open; ruled by a person; settled when later evidence decided it.
    state: Mapped[str] = mapped_column(default="open")
    opened_at: Mapped[CreatedAt]
    closed_at: Mapped[datetime | None]


class Adjudication(Model):
    """A ruling. Rows are never changed: overturning one is a new row that points at it."""

    __tablename__ = "adjudications"

    id: Mapped[Id]
    project_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("projects.id", ondelete="CASCADE"), index=True
    )
    dispute_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("disputes.id", ondelete="CASCADE"), index=True
    )
    #: None: there is no right answer.
    label: Mapped[str | None]
    reason: Mapped[str]
    comment: Mapped[str | None]
    api_key_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("api_keys.id"))
    overturns_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("adjudications.id", ondelete="CASCADE"), unique=True
    )
    created_at: Mapped[CreatedAt]
