"""What annotators practise and are tested on before they work, and how they did."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from crowd.db import CreatedAt, Id, Model


class Training(Model):
    """Practice with feedback, then a test, and what passing it brings.

    Rows are never changed but for their end: every attempt can name what it was an attempt at.
    """

    __tablename__ = "trainings"
    __table_args__ = (
        CheckConstraint("pass_mark > 0 AND pass_mark <= 1", name="pass_mark"),
        CheckConstraint("test_size >= 1", name="test_size"),
        CheckConstraint("attempts >= 1", name="attempts"),
        Index("ix_trainings_tenant_id_id", "tenant_id", "id"),
        Index(
            "ux_trainings_tenant_id_name",
            "tenant_id",
            "name",
            unique=True,
            postgresql_where="retired_at IS NULL",
        ),
    )

    id: Mapped[Id]
    #: The requester.
    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"))
    name: Mapped[str]
    question: Mapped[str]
    labels: Mapped[list[str]] = mapped_column(ARRAY(Text))
    #: Items drawn for a test.
    test_size: Mapped[int] = mapped_column(SmallInteger)
    #: Share of them that has to be right.
    pass_mark: Mapped[float]
    #: How often it may be tried before it is passed; None: as often as one likes.
    attempts: Mapped[int | None]
    #: How long after a failed attempt the next may begin, and how long one may take.
    wait_seconds: Mapped[int]
    attempt_seconds: Mapped[int]
    #: The name of the qualification it gives, and for how long; None: it gives none, or for ever.
    qualification: Mapped[str | None]
    valid_seconds: Mapped[int | None]
    api_key_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("api_keys.id"))
    created_at: Mapped[CreatedAt]
    retired_at: Mapped[datetime | None]


class TrainingItem(Model):
    """One thing to practise on, or to be tested by. Rows are never changed."""

    __tablename__ = "training_items"
    __table_args__ = (CheckConstraint("kind IN ('practice', 'test')", name="kind"),)

    training_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("trainings.id", ondelete="CASCADE"), primary_key=True
    )
    #: From 1, in the order in which they were given; practice comes first.
    place: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    kind: Mapped[str]
    payload: Mapped[dict[str, Any]]
    label: Mapped[str]
    #: Shown with the feedback on practice.
    explanation: Mapped[str | None]


class TrainingAttempt(Model):
    """An annotator's way through a training, once."""

    __tablename__ = "training_attempts"
    __table_args__ = (
        CheckConstraint("state IN ('running', 'passed', 'failed', 'expired')", name="state"),
        CheckConstraint("(state = 'running') = (ended_at IS NULL)", name="ended"),
        CheckConstraint("(state IN ('passed', 'failed')) = (score IS NOT NULL)", name="score"),
        Index(
            "ux_training_attempts_running",
            "annotator_id",
            "training_id",
            unique=True,
            postgresql_where="state = 'running'",
        ),
        Index(
            "ix_training_attempts_annotator_id_training_id_id",
            "annotator_id",
            "training_id",
            "id",
        ),
        Index("ix_training_attempts_training_id_id", "training_id", "id"),
    )

    id: Mapped[Id]
    training_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("trainings.id", ondelete="CASCADE"))
    annotator_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("annotators.id"))
    state: Mapped[str] = mapped_column(server_default="running")
    #: Places of the items it goes through: all practice, then what was drawn for the test.
    items: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    #: Share of the test that is right.
    score: Mapped[float | None]
    created_at: Mapped[CreatedAt]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class TrainingAnswer(Model):
    """What was said to an item in an attempt. Rows are never changed."""

    __tablename__ = "training_answers"

    attempt_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("training_attempts.id", ondelete="CASCADE"), primary_key=True
    )
    #: From 1: the item is the attempt's of that number.
    number: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    label: Mapped[str]
    is_right: Mapped[bool]
    created_at: Mapped[CreatedAt]
