"""Machine-learning models of a requester, what they predict, and to whom that was shown."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from crowd.db import CreatedAt, Id, Model


class RegisteredModel(Model):
    """A model that predicts in a project: an annotator of its requester's own, of kind `model`."""

    __tablename__ = "registered_models"
    __table_args__ = (
        Index("ix_registered_models_annotator_id", "annotator_id"),
        Index("ix_registered_models_next_ask_at", "next_ask_at"),
        CheckConstraint("(endpoint IS NULL) = (secret IS NULL)", name="endpoint"),
    )

    project_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True
    )
    annotator_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("annotators.id"), primary_key=True)
    #: Where it can be asked for predictions; None: they are sent.
    endpoint: Mapped[str | None]
    #: Signs what is asked.
    secret: Mapped[str | None]
    #: The last task it was asked about; None: it begins at the first.
    asked_upto: Mapped[uuid.UUID | None]
    #: When it shall be asked again; None: never.
    next_ask_at: Mapped[datetime | None]
    #: Times in a row that it gave nothing of use, and why the last time.
    failures: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    last_error: Mapped[str | None]
    #: Since then its predictions count for nothing and are shown to nobody.
    retired_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]


class Prediction(Model):
    """What a model says of a task. Rows are never changed: a better model has another name."""

    __tablename__ = "predictions"
    __table_args__ = (
        UniqueConstraint("task_id", "annotator_id"),
        ForeignKeyConstraint(
            ["project_id", "annotator_id"],
            ["registered_models.project_id", "registered_models.annotator_id"],
            ondelete="CASCADE",
        ),
        CheckConstraint("confidence BETWEEN 0 AND 1", name="confidence"),
        Index("ix_predictions_project_id_id", "project_id", "id"),
        Index("ix_predictions_project_id_annotator_id_id", "project_id", "annotator_id", "id"),
    )

    id: Mapped[Id]
    project_id: Mapped[uuid.UUID]
    task_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tasks.id", ondelete="CASCADE"))
    annotator_id: Mapped[uuid.UUID]
    label: Mapped[str]
    #: How probable the model holds its label to be; None: it does not say.
    confidence: Mapped[float | None]
    created_at: Mapped[CreatedAt]


class ShownPrediction(Model):
    """Whether an assignment's annotator was shown what a model predicts. Rows are never changed."""

    __tablename__ = "shown_predictions"
    __table_args__ = (Index("ix_shown_predictions_prediction_id", "prediction_id"),)

    assignment_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("assignments.id", ondelete="CASCADE"), primary_key=True
    )
    prediction_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("predictions.id", ondelete="CASCADE")
    )
    #: False: it was among the blind, so that both can be compared.
    is_shown: Mapped[bool]
