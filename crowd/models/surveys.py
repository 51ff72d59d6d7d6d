"""What a look over all answers of a project found: agreement, drift, calibration and the like."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crowd.db import CreatedAt, Model


class Survey(Model):
    """The newest survey of a project; the next one takes its place as a whole."""

    __tablename__ = "surveys"
    __table_args__ = (CheckConstraint("one_in >= 1", name="one_in"),)

    project_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True
    )
    #: The run whose model it went by.
    run_number: Mapped[int]
    config_version: Mapped[int]
    #: Answers it went over, and of how many tasks one was taken, with all its answers.
    answers: Mapped[int]
    one_in: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    #: Each figure as it is read: nobody asks for a part of one. See `crowd.services.surveys`.
    agreement: Mapped[dict[str, Any]]
    confusion: Mapped[dict[str, Any]]
    calibration: Mapped[dict[str, Any]]
    label_shares: Mapped[dict[str, Any]]
    drift: Mapped[dict[str, Any]]
    #: By the version of the guideline.
    guideline_effects: Mapped[dict[str, Any]]
    started_at: Mapped[datetime]
    created_at: Mapped[CreatedAt]


class Drift(Model):
    """Whether the accuracy of an annotator changes over time, by a project's newest survey."""

    __tablename__ = "drifts"
    __table_args__ = (
        Index("ix_drifts_annotator_id", "annotator_id"),
        Index("ix_drifts_changed", "project_id", "annotator_id", postgresql_where="changed"),
    )

    project_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True
    )
    annotator_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("annotators.id"), primary_key=True)
    answers: Mapped[int]
    #: The chance of as much where nothing changes; `changed` looks at all annotators together.
    p_value: Mapped[float]
    changed: Mapped[bool]
    #: When it most likely changed, if it did.
    changed_at: Mapped[datetime]
    #: Accuracy before that time and from it on, with 95 % intervals.
    before: Mapped[float]
    before_low: Mapped[float]
    before_high: Mapped[float]
    after: Mapped[float]
    after_low: Mapped[float]
    after_high: Mapped[float]
    #: Accuracy in stretches of equally many answers: starts_at, accuracy, low, high.
    windows: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
