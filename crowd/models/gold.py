"""Tasks whose answer is known, how they fare, and tasks that might become such.

Separate tables, so that no task row shows any of it.
"""

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
        Index("ix_gold_task_id", "task_id"),
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
    #: Why it was retired; None: nobody said, or another label took its place.
    retired_because: Mapped[str | None]


class GoldStanding(Model):
    """How a gold task fared until a project's newest survey."""

    __tablename__ = "gold_standings"

    task_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("tasks.id", ondelete="CASCADE"), primary_key=True
    )
    project_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("projects.id", ondelete="CASCADE"), index=True
    )
    #: The known label it was held against: of another one nothing is known yet.
    label: Mapped[str]
    #: Answers, and those that were not the known one: of all annotators, and of the good ones.
    answers: Mapped[int]
    missed: Mapped[int]
    good_answers: Mapped[int]
    good_missed: Mapped[int]
    #: What most annotators say; None on a tie.
    majority: Mapped[str | None]
    #: The crowd's own decision, made as if nothing were known, and how sure it is.
    consensus: Mapped[str | None]
    confidence: Mapped[float | None]
    concern: Mapped[str | None]
    #: P(the known label is wrong), from annotators as good as they are elsewhere; None: no answer.
    doubt: Mapped[float | None]
    #: What is right if the known label is not.
    instead: Mapped[str | None]
    #: The median of seconds from lease to answer.
    seconds: Mapped[float | None]
    #: Annotators at work of late who have not had it.
    fresh_annotators: Mapped[int]


class GoldCandidate(Model):
    """A task that would make good gold, by a project's newest survey."""

    __tablename__ = "gold_candidates"
    __table_args__ = (Index("ix_gold_candidates_project_id_position", "project_id", "position"),)

    task_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("tasks.id", ondelete="CASCADE"), primary_key=True
    )
    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    #: From 0, the best first, balanced over labels and over tasks with and without dissent.
    position: Mapped[int]
    label: Mapped[str]
    confidence: Mapped[float]
    answers: Mapped[int]
    #: Answers that say something else, and good annotators who say so too.
    unlike: Mapped[int]
    good: Mapped[int]
    #: Somebody has looked and does not want it: it is not suggested again.
    dismissed_at: Mapped[datetime | None]
