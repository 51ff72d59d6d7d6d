"""What the engine made of the answers: runs of the model, and every version of every result."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Float,
    ForeignKey,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from crowd.db import CreatedAt, Id, Model


class ConsensusRun(Model):
    """One fit of a project's model. Number 0 is the prior: what is assumed before any fit."""

    __tablename__ = "consensus_runs"
    __table_args__ = (UniqueConstraint("project_id", "number"),)

    id: Mapped[Id]
    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    number: Mapped[int]
    config_version: Mapped[int]
    method: Mapped[str]
    #: Order of classes in every array below.
    labels: Mapped[list[str]] = mapped_column(ARRAY(Text))
    #: Shape (K,).
    class_prior: Mapped[list[float]] = mapped_column(ARRAY(Float))
    #: Shape (K, K) row by row: P(given | true) of an annotator nothing is known about.
    pooled_confusion: Mapped[list[float]] = mapped_column(ARRAY(Float))
    #: What the posterior of any task is computed from, beside a row for each annotator. None: from
    #: before models were kept; until the next run nothing is known of anybody.
    model: Mapped[dict[str, Any] | None]
    #: By the id of a model: what its predictions are worth. None: no model had a say.
    predictors: Mapped[dict[str, Any] | None]
    answers_seen: Mapped[int]
    #: The newest answer among them.
    last_answer_id: Mapped[uuid.UUID | None]
    #: The newest prediction there was.
    last_prediction_id: Mapped[uuid.UUID | None]
    tasks_seen: Mapped[int]
    annotators_seen: Mapped[int]
    iterations: Mapped[int]
    converged: Mapped[bool]
    started_at: Mapped[datetime]
    created_at: Mapped[CreatedAt]


class Result(Model):
    """A decision about a task. A later one is a new version; the newest stands on the task."""

    __tablename__ = "results"
    __table_args__ = (
        UniqueConstraint("task_id", "version"),
        CheckConstraint("state IN ('open', 'resolved', 'disputed')", name="state"),
        CheckConstraint("confidence BETWEEN 0 AND 1", name="confidence"),
        CheckConstraint(
            "state <> 'resolved' OR label IS NOT NULL OR ruling_id IS NOT NULL", name="label"
        ),
        Index("ix_results_project_id_id", "project_id", "id"),
        Index(
            "ix_results_unanswered",
            "project_id",
            postgresql_where="answers_seen = 0 AND state = 'resolved'",
        ),
        Index("ix_results_ruling_id", "ruling_id", postgresql_where="ruling_id IS NOT NULL"),
    )

    id: Mapped[Id]
    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    task_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tasks.id", ondelete="CASCADE"))
    version: Mapped[int]
    run_number: Mapped[int]
    config_version: Mapped[int]
    state: Mapped[str]
    #: The most probable label, None on a tie; or the one ruled, None where no label is right.
    label: Mapped[str | None]
    confidence: Mapped[float]
    #: P(label | answers) for every label, also beside a ruling: what the crowd makes of it.
    posterior: Mapped[dict[str, float]]
    answers_seen: Mapped[int] = mapped_column(SmallInteger)
    reason: Mapped[str]
    #: What models said of the task, and what people alone came to. None: no model had a say.
    models: Mapped[dict[str, Any] | None]
    #: The task's revision: a decision of a higher one has seen answers leave, or come back.
    revision: Mapped[int] = mapped_column(default=0, server_default="0")
    #: The ruling that it is. None: it is the engine's.
    ruling_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("rulings.id"))
    created_at: Mapped[CreatedAt]
