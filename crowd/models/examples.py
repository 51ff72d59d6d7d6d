"""Examples that annotators learn from: what is right, and why."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crowd.db import CreatedAt, Id, Model


class Example(Model):
    """An item with its right label, shown to annotators who confuse it. Changed by its end only."""

    __tablename__ = "examples"
    __table_args__ = (
        CheckConstraint("(payload IS NULL) <> (task_id IS NULL)", name="subject"),
        CheckConstraint("confused_with <> label", name="confused_with"),
        Index("ix_examples_project_id_id", "project_id", "id"),
        Index("ix_examples_project_id_label", "project_id", "label", "confused_with"),
        Index("ix_examples_task_id", "task_id", postgresql_where="task_id IS NOT NULL"),
    )

    id: Mapped[Id]
    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    #: What it shows: a payload of its own, or that of a task.
    payload: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    task_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("tasks.id", ondelete="CASCADE"))
    #: What is right.
    label: Mapped[str]
    #: What it is taken for. None: anything else.
    confused_with: Mapped[str | None]
    #: Why, in words.
    explanation: Mapped[str]
    api_key_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("api_keys.id"))
    created_at: Mapped[CreatedAt]
    #: Since when it is not shown any more.
    retired_at: Mapped[datetime | None]
