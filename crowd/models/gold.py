"""Tasks whose answer is known. A separate table, so that no task row shows it."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from crowd.db import CreatedAt, Id, Model


class Gold(Model):
    __tablename__ = "gold"
    __table_args__ = (
        Index(
            "ux_gold_task_id",
            "task_id",
            unique=True,
            postgresql_where="retired_at IS NULL",
        ),
    )

    id: Mapped[Id]
    project_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("projects.id", ondelete="CASCADE"), index=True
    )
    task_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tasks.id", ondelete="CASCADE"))
    label: Mapped[str]
    explanation: Mapped[str | None]
    created_at: Mapped[CreatedAt]
    retired_at: Mapped[datetime | None]
