"""Whether answers are accepted. Pay hangs on it; labels do not."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crowd.db import CreatedAt, Id, Model

REASONS = ("wrong", "careless", "spam", "duplicate", "other")


class Review(Model):
    """A verdict on an answer. Rows are never changed: the newest stands."""

    __tablename__ = "reviews"
    __table_args__ = (
        UniqueConstraint("answer_id", "number"),
        CheckConstraint("verdict IN ('accepted', 'rejected')", name="verdict"),
        CheckConstraint(f"reason IN {REASONS}", name="reason"),
        CheckConstraint("(verdict = 'rejected') = (reason IS NOT NULL)", name="rejected"),
        Index("ix_reviews_ruling_id", "ruling_id", postgresql_where="ruling_id IS NOT NULL"),
    )

    id: Mapped[Id]
    answer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("answers.id", ondelete="CASCADE"))
    #: Its place among the answer's reviews, from 1.
    number: Mapped[int] = mapped_column(SmallInteger)
    verdict: Mapped[str]
    #: Why it was rejected.
    reason: Mapped[str | None]
    comment: Mapped[str | None]
    #: Accepted because nobody had reviewed it in time.
    by_time: Mapped[bool]
    #: The ruling that it follows from.
    ruling_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("rulings.id"))
    api_key_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("api_keys.id"))
    created_at: Mapped[CreatedAt]


class AwaitedReview(Model):
    """That an answer waits for its review. The row goes with the first verdict."""

    __tablename__ = "awaited_reviews"
    __table_args__ = (Index("ix_awaited_reviews_due_at", "due_at"),)

    answer_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("answers.id", ondelete="CASCADE"), primary_key=True
    )
    #: When it is accepted by itself.
    due_at: Mapped[datetime]
