"""Answers that are taken out of account. The answers themselves are never touched."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from crowd.db import CreatedAt, Id, Model


class Exclusion(Model):
    """That answers of an annotator in a project do not count, until it is lifted."""

    __tablename__ = "exclusions"
    __table_args__ = (
        Index("ix_exclusions_project_id_id", "project_id", "id"),
        Index("ix_exclusions_annotator_id", "annotator_id"),
    )

    id: Mapped[Id]
    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    annotator_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("annotators.id"))
    #: Answers submitted before this were left alone. None: none were.
    since: Mapped[datetime | None]
    reason: Mapped[str]
    #: How many answers it took out.
    answers: Mapped[int]
    #: They earn nothing as long as they do not count.
    withholds_pay: Mapped[bool] = mapped_column(server_default="false")
    #: None: no person with a key, but a rule or the operator.
    api_key_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("api_keys.id"))
    created_at: Mapped[CreatedAt]
    lifted_at: Mapped[datetime | None]
    lifted_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("api_keys.id"))


class ExcludedAnswer(Model):
    """An answer that does not count at present: what an exclusion comes to."""

    __tablename__ = "excluded_answers"
    __table_args__ = (Index("ix_excluded_answers_exclusion_id", "exclusion_id"),)

    answer_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("answers.id", ondelete="CASCADE"), primary_key=True
    )
    exclusion_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("exclusions.id", ondelete="CASCADE"))
