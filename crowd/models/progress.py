"""How far a project is: counts that nobody has to wait for, the pace of answers, the outlook."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from crowd.db import CreatedAt, Model


class TaskCount(Model):
    """A project's tasks by state, gold left out, as of the moves that have been added up so far."""

    __tablename__ = "task_counts"

    project_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True
    )
    open: Mapped[int]
    resolved: Mapped[int]
    disputed: Mapped[int]
    gold: Mapped[int]


class TaskMove(Model):
    """That tasks came, or went from one state to another. A trigger on `tasks` adds it.

    A row of its own in the commit of the move, so that no two moves wait for each other; a job adds
    them up and removes them.
    """

    __tablename__ = "task_moves"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    project_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("projects.id", ondelete="CASCADE"), index=True
    )
    #: By how much each count changes.
    open: Mapped[int]
    resolved: Mapped[int]
    disputed: Mapped[int]
    gold: Mapped[int]


class Pace(Model):
    """What came in during ten minutes of a project. A row for each ten minutes with answers."""

    __tablename__ = "paces"
    __table_args__ = (CheckConstraint("answers > 0 AND annotators > 0", name="counts"),)

    project_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True
    )
    began_at: Mapped[datetime] = mapped_column(primary_key=True)
    answers: Mapped[int]
    #: Different ones.
    annotators: Mapped[int]
    #: Median of seconds from lease to answer.
    median_s: Mapped[float]


class Forecast(Model):
    """What is to be expected of a project, made anew by a job as things move."""

    __tablename__ = "forecasts"
    __table_args__ = (Index("ix_forecasts_made_at", "made_at"),)

    project_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True
    )
    made_at: Mapped[CreatedAt]
    #: Seconds it took: the next one rests for a multiple of that.
    took_s: Mapped[float]
    #: The configuration, the state and the newest answer it was made from.
    seen: Mapped[str]
    #: See `crowd.services.forecasts.Outlook`.
    figures: Mapped[dict[str, Any]]
