"""One task leased to one annotator, with an expiry."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from crowd.db import Id, Model


class Assignment(Model):
    """A lease. It moves from leased to answered, returned or expired, and back if taken again."""

    __tablename__ = "assignments"
    __table_args__ = (
        # nobody gets a task twice
        UniqueConstraint("task_id", "annotator_id"),
        CheckConstraint("state IN ('leased', 'answered', 'returned', 'expired')", name="state"),
        Index("ix_assignments_expiry", "expires_at", postgresql_where="state = 'leased'"),
        Index("ix_assignments_annotator_id_id", "annotator_id", "id"),
    )

    id: Mapped[Id]
    #: The task's. The task vouches for it: one reference fewer to look up with every lease.
    project_id: Mapped[uuid.UUID]
    task_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tasks.id", ondelete="CASCADE"))
    annotator_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("annotators.id"))
    #: The configuration in force when it was leased.
    config_version: Mapped[int]
    state: Mapped[str] = mapped_column(default="leased")
    leased_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    #: When it was answered, returned or expired.
    closed_at: Mapped[datetime | None]
