"""How reliable each annotator is, after each run: the newest run is now, the others are history."""

from __future__ import annotations

import uuid

from sqlalchemy import CheckConstraint, Float, ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from crowd.db import CreatedAt, Model


class Skill(Model):
    __tablename__ = "skills"
    __table_args__ = (
        ForeignKeyConstraint(
            ["project_id", "run_number"],
            ["consensus_runs.project_id", "consensus_runs.number"],
            ondelete="CASCADE",
        ),
        CheckConstraint("accuracy_low <= accuracy AND accuracy <= accuracy_high", name="interval"),
        Index("ix_skills_annotator_id", "annotator_id"),
    )

    project_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    run_number: Mapped[int] = mapped_column(primary_key=True)
    annotator_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("annotators.id"), primary_key=True)
    #: Expected share of right answers, with its 95 % interval.
    accuracy: Mapped[float]
    accuracy_low: Mapped[float]
    accuracy_high: Mapped[float]
    answers: Mapped[int]
    gold_seen: Mapped[int]
    gold_correct: Mapped[int]
    #: From 0, whose answers carry nothing, to 1, who is never wrong (Raykar & Yu 2012).
    spammer_score: Mapped[float]
    is_spammer: Mapped[bool]
    #: Shape (K, K) row by row: P(given | true).
    confusion: Mapped[list[float]] = mapped_column(ARRAY(Float))
    created_at: Mapped[CreatedAt]


class AnnotatorModel(Model):
    """What the newest run's model holds of an annotator; wide for many labels, so no history."""

    __tablename__ = "annotator_models"
    __table_args__ = (Index("ix_annotator_models_annotator_id", "annotator_id"),)

    project_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True
    )
    annotator_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("annotators.id"), primary_key=True)
    run_number: Mapped[int]
    #: Numbers whose meaning the run's `model` says.
    row: Mapped[list[float]] = mapped_column(ARRAY(Float))
