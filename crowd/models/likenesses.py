"""Annotators who answered so much like another that it hardly is chance, run by run."""

from __future__ import annotations

import uuid

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crowd.db import CreatedAt, Id, Model


class Likeness(Model):
    """What a run found of an annotator and the one most like it. Rows are never changed."""

    __tablename__ = "likenesses"
    __table_args__ = (
        ForeignKeyConstraint(
            ["project_id", "run_number"],
            ["consensus_runs.project_id", "consensus_runs.number"],
            ondelete="CASCADE",
        ),
        CheckConstraint("same <= common", name="same"),
        UniqueConstraint("project_id", "annotator_id", "run_number"),
        Index("ix_likenesses_project_id_id", "project_id", "id"),
        Index("ix_likenesses_project_id_run_number", "project_id", "run_number"),
        Index("ix_likenesses_annotator_id", "annotator_id"),
        Index("ix_likenesses_partner_id", "partner_id"),
    )

    id: Mapped[Id]
    project_id: Mapped[uuid.UUID]
    run_number: Mapped[int]
    annotator_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("annotators.id"))
    partner_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("annotators.id"))
    #: Tasks that both answered, and those on which they said the same.
    common: Mapped[int]
    same: Mapped[int]
    #: Bound on the chance of as much likeness to anybody, for one who answers independently.
    chance: Mapped[float]
    #: The annotator's newest answer that the run has seen.
    answer_id: Mapped[uuid.UUID]
    #: Which of the annotator's answers to the project that is, from 1.
    place: Mapped[int]
    created_at: Mapped[CreatedAt]
