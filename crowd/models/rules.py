"""Rules on quality, and what was done about annotators, by a rule or by hand."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crowd.db import CreatedAt, Id, Model


class Rule(Model):
    """What is measured of an annotator's last answers, below what, and what is then done.

    Rows are never changed but for their end: a rule that is to be another one is retired, and a
    new one made, so that every action can name the rule it followed.
    """

    __tablename__ = "rules"
    __table_args__ = (
        CheckConstraint("collector IN ('activity', 'copying') OR least <= span", name="least"),
        Index("ix_rules_project_id_id", "project_id", "id"),
    )

    id: Mapped[Id]
    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    name: Mapped[str]
    collector: Mapped[str]
    #: How many of an annotator's last answers it looks at; of activity, how many days.
    span: Mapped[int]
    #: How many of these have to say anything before it acts.
    least: Mapped[int]
    below: Mapped[float]
    #: How probable it has to be that the true value is below. None: what is measured will do.
    sure: Mapped[float | None]
    action: Mapped[str]
    #: How long a pause lasts, in seconds.
    pause_seconds: Mapped[int | None]
    #: The training that is to be passed again.
    training_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("trainings.id"), index=True)
    #: It judges answers from before it was made as well.
    from_beginning: Mapped[bool]
    #: When it had judged these.
    replayed_at: Mapped[datetime | None]
    api_key_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("api_keys.id"))
    created_at: Mapped[CreatedAt]
    retired_at: Mapped[datetime | None]


class Action(Model):
    """Something done about an annotator in a project. Undone, it stays, and says who and why."""

    __tablename__ = "actions"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('warn', 'restrict', 'pause', 'retrain', 'block', 'exclude')", name="kind"
        ),
        CheckConstraint("(kind = 'retrain') = (training_id IS NOT NULL)", name="training"),
        # a rule acts once on an answer, however often its job runs
        UniqueConstraint("rule_id", "annotator_id", "answer_id"),
        Index("ix_actions_project_id_id", "project_id", "id"),
        Index("ix_actions_annotator_id_id", "annotator_id", "id"),
    )

    id: Mapped[Id]
    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    annotator_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("annotators.id"))
    kind: Mapped[str]
    #: None: a person did it.
    rule_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("rules.id", ondelete="CASCADE"))
    #: The answer that made the rule act.
    answer_id: Mapped[uuid.UUID | None]
    #: What the rule measured: value, and the numbers it comes from.
    evidence: Mapped[dict[str, Any]]
    #: Why, in words.
    reason: Mapped[str]
    #: When a pause ends.
    ends_at: Mapped[datetime | None]
    #: The training that is to be passed again; when it was, and by which attempt.
    training_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("trainings.id"), index=True)
    ended_at: Mapped[datetime | None]
    attempt_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("training_attempts.id"), index=True
    )
    exclusion_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("exclusions.id", ondelete="SET NULL")
    )
    api_key_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("api_keys.id"))
    created_at: Mapped[CreatedAt]
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("api_keys.id"))
    undone_reason: Mapped[str | None]
