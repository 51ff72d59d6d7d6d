"""What annotators handed in. Rows are never changed."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from crowd.db import Id, Model


class Answer(Model):
    __tablename__ = "answers"
    __table_args__ = (
        UniqueConstraint("task_id", "number"),
        CheckConstraint("number >= 1", name="number"),
        CheckConstraint("time_spent_s >= 0", name="time_spent"),
        Index("ix_answers_project_id_id", "project_id", "id"),
        Index("ix_answers_annotator_id_id", "annotator_id", "id"),
        Index("ix_answers_unsure", "project_id", "task_id", postgresql_where="unsure"),
    )

    id: Mapped[Id]
    #: One answer an assignment.
    assignment_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("assignments.id", ondelete="CASCADE"), unique=True
    )
    #: The assignment's, which vouches for all three: three references fewer to look up.
    project_id: Mapped[uuid.UUID]
    task_id: Mapped[uuid.UUID]
    annotator_id: Mapped[uuid.UUID]
    #: Its place among the task's answers, from 1: no place is taken twice.
    number: Mapped[int] = mapped_column(SmallInteger)
    config_version: Mapped[int]
    label: Mapped[str]
    #: The annotator was not sure of it: its task takes one more.
    unsure: Mapped[bool] = mapped_column(default=False, server_default="false")
    #: What the annotator had to say to it.
    comment: Mapped[str | None]
    leased_at: Mapped[datetime]
    submitted_at: Mapped[datetime] = mapped_column(server_default=func.now())
    #: From lease to submission by the server's clock; less, where the page has seen less.
    time_spent_s: Mapped[float]
