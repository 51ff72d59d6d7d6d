"""Jobs that ended in an error. Their events stay in the outbox and are sent again by themselves."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from crowd.db import CreatedAt, Id, Model


class Failure(Model):
    __tablename__ = "failures"
    __table_args__ = (Index("ix_failures_created_at", "created_at"),)

    id: Mapped[Id]
    queue: Mapped[str]
    job: Mapped[str]
    #: The events it was to act on.
    event_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    error: Mapped[str]
    #: The end of the traceback.
    traceback: Mapped[str] = mapped_column(Text)
    created_at: Mapped[CreatedAt]
