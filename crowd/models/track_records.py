"""How each annotator has done in a project: what lists of annotators are sorted by."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from crowd.db import CreatedAt, Model, Money

#: What a list can be sorted by.
SORTED_BY = (
    "accuracy_low",
    "accuracy",
    "answers",
    "gold_low",
    "agreement_low",
    "median_s",
    "spent",
    "last_answer_at",
)


class TrackRecord(Model):
    """An annotator with answers to a project, as of the newest fit and its last 200 answers.

    Kept by a job. No column is empty, so that every order has a place for everybody: what is not
    known has the lowest bound there is.
    """

    __tablename__ = "track_records"
    __table_args__ = tuple(
        Index(f"ix_track_records_project_id_{column}", "project_id", column, "annotator_id")
        for column in SORTED_BY
    )

    project_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True
    )
    annotator_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("annotators.id"), primary_key=True, index=True
    )
    #: The annotator's marketplace.
    tenant_id: Mapped[uuid.UUID]
    #: The run that the skill is from; None: no fit has seen the annotator yet.
    run_number: Mapped[int | None]
    #: Expected share of right answers, with its 95 % interval; 0 to 1 while nothing is known.
    accuracy: Mapped[float] = mapped_column(server_default="0")
    accuracy_low: Mapped[float] = mapped_column(server_default="0")
    accuracy_high: Mapped[float] = mapped_column(server_default="1")
    #: Answers handed in.
    answers: Mapped[int]
    gold_seen: Mapped[int] = mapped_column(server_default="0")
    gold_correct: Mapped[int] = mapped_column(server_default="0")
    #: Lower bound of the share of gold answers that are right.
    gold_low: Mapped[float] = mapped_column(server_default="0")
    #: Of the last 200 answers: those to tasks with a label that others had a part in, and those of
    #: them that say the same, with the lower bound of that share.
    compared: Mapped[int] = mapped_column(server_default="0")
    agreed: Mapped[int] = mapped_column(server_default="0")
    agreement_low: Mapped[float] = mapped_column(server_default="0")
    #: Median of seconds from lease to answer, of the last 200 answers.
    median_s: Mapped[float] = mapped_column(server_default="0")
    #: What it has earned, in the project's currency.
    spent: Mapped[Money] = mapped_column(server_default="0")
    last_answer_at: Mapped[datetime]
    #: By the newest fit its answers carry nothing; a fit has found it too much like another.
    is_spammer: Mapped[bool] = mapped_column(server_default="false")
    is_copying: Mapped[bool] = mapped_column(server_default="false")
    #: Its last answers agree less with others than those before, surely.
    is_drifting: Mapped[bool] = mapped_column(server_default="false")
    updated_at: Mapped[CreatedAt]
