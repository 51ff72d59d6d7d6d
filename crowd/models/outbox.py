"""Events, written in the commit they tell of; a row stays until its job has confirmed it."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, Identity, Index, SmallInteger, func
from sqlalchemy.orm import Mapped, mapped_column

from crowd.db import CreatedAt, Model


class OutboxEvent(Model):
    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_due_at", "due_at"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    #: noun.past-tense
    topic: Mapped[str]
    #: No reference: every answer would lock the project's row for a moment.
    project_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    #: The task, project or other row it is about.
    subject_id: Mapped[uuid.UUID | None]
    created_at: Mapped[CreatedAt]
    #: When the relay shall send it, or send it again.
    due_at: Mapped[datetime] = mapped_column(server_default=func.now())
    deliveries: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
