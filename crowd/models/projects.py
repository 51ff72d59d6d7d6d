"""One question asked of many items, and every version of how it is asked."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Float, ForeignKey, SmallInteger, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crowd.db import CreatedAt, Id, Model, Money


class Project(Model):
    __tablename__ = "projects"
    __table_args__ = (
        UniqueConstraint("tenant_id", "name"),
        CheckConstraint(
            "state IN ('draft', 'running', 'paused', 'finished', 'archived')",
            name="state",
        ),
    )

    id: Mapped[Id]
    #: The requester it belongs to.
    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tenants.id"))
    name: Mapped[str]
    state: Mapped[str] = mapped_column(default="draft")
    #: Number of the configuration in force.
    config_version: Mapped[int] = mapped_column(default=1)
    #: Number of the newest consensus run; None before the first answer is looked at.
    run_number: Mapped[int | None]
    #: The newest run of the full model whose decisions have all been recorded.
    decided_run: Mapped[int | None]
    created_at: Mapped[CreatedAt]


class ProjectConfig(Model):
    """How a project asks and decides. A change is a new version; rows are never updated."""

    __tablename__ = "project_configs"
    __table_args__ = (
        UniqueConstraint("project_id", "version"),
        CheckConstraint("overlap_min >= 1 AND overlap_min <= overlap_max", name="overlap"),
        CheckConstraint("target_confidence > 0.5 AND target_confidence < 1", name="target"),
        CheckConstraint("lease_seconds BETWEEN 1 AND 2592000", name="lease"),
        CheckConstraint(
            "cardinality(labels) >= 2 OR (number IS NOT NULL AND cardinality(labels) = 0)",
            name="labels",
        ),
        CheckConstraint("(answer_type = 'numeric') = (number IS NOT NULL)", name="number"),
        CheckConstraint(
            "strategy IN ('spread', 'breadth', 'depth', 'informative')", name="strategy"
        ),
        CheckConstraint("feedback IN ('none', 'summary', 'coaching')", name="feedback"),
        CheckConstraint("budget_answers >= 1", name="budget"),
        CheckConstraint("price BETWEEN 0 AND 10000", name="price"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
        CheckConstraint("coalesce(price, budget) IS NULL OR currency IS NOT NULL", name="money"),
        CheckConstraint("review_seconds BETWEEN 0 AND 7776000", name="review"),
        CheckConstraint("budget >= coalesce(price, 0)", name="budget_price"),
    )

    id: Mapped[Id]
    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    version: Mapped[int]
    answer_type: Mapped[str] = mapped_column(default="categorical")
    question: Mapped[str]
    labels: Mapped[list[str]] = mapped_column(ARRAY(Text))
    #: Answers a task gets at least, and at most.
    overlap_min: Mapped[int] = mapped_column(SmallInteger)
    overlap_max: Mapped[int] = mapped_column(SmallInteger)
    #: Posterior at which a task needs no further answer.
    target_confidence: Mapped[float]
    #: How long an annotator may keep a task before it is given to another.
    lease_seconds: Mapped[int]
    #: How often each label is expected, in the order of `labels`; None: as at the beginning.
    expected_shares: Mapped[list[float] | None] = mapped_column(ARRAY(Float))
    #: Consensus method, by its name in `consensus`.
    method: Mapped[str]
    #: Which task goes next among those of the highest priority.
    strategy: Mapped[str] = mapped_column(default="spread")
    #: How gold is mixed in: policy, share, first, exposure. See `crowd.services.policies`.
    gold: Mapped[dict[str, Any]]
    #: Leases an annotator or a marketplace may have: an hour, a day, in all, at a time.
    limits: Mapped[dict[str, Any]]
    #: Names of the qualifications an annotator needs.
    requires: Mapped[list[str]] = mapped_column(ARRAY(Text))
    #: Names of the requester's pools, of which an annotator has to be in one; none: all may work.
    pools: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    #: Until a new annotator has answered `gold` known tasks, that share of them `right`, it is as
    #: restricted as by the action. None: from the beginning it is not.
    probation: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    #: Related tasks (of one `batch`) go to one annotator together.
    whole_batches: Mapped[bool]
    #: Answers the project may take in all; None: no bound but its tasks' own.
    budget_answers: Mapped[int | None]
    #: The version of the guideline in force. None: there is none.
    guideline: Mapped[int | None]
    #: Nothing goes to an annotator who has not accepted it.
    must_accept: Mapped[bool] = mapped_column(server_default="true")
    #: From then on nothing is handed out.
    deadline_at: Mapped[datetime | None]
    #: What annotators are told of their quality: none, summary or coaching.
    feedback: Mapped[str] = mapped_column(server_default="summary")
    #: What an accepted answer earns; None: nothing.
    price: Mapped[Money | None]
    #: ISO 4217.
    currency: Mapped[str | None]
    #: How long an answer waits for a review before it is accepted; 0: not at all.
    review_seconds: Mapped[int] = mapped_column(server_default="0")
    #: What has been excluded stays paid for.
    pay_excluded: Mapped[bool] = mapped_column(server_default="true")
    #: What leases may lead to in all, with what has been earned; None: no bound.
    budget: Mapped[Money | None]
    #: What predictions are for. See `crowd.services.predictions`.
    models: Mapped[dict[str, Any]] = mapped_column(
        server_default='{"use": "off", "blind_share": 0.1, "least_human": 1, "unsure_below": 0.6, '
        '"unsure_requires": []}'
    )
    #: The number that is asked for: minimum, maximum, step, unit, tolerance. None: labels are.
    number: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    #: How items and labels are shown to annotators. See `crowd.services.interfaces`.
    interface: Mapped[dict[str, Any]] = mapped_column(
        server_default='{"instructions": "", "show": [], "labels": [], "unsure": true, '
        '"comment": true}'
    )
    #: Who rules on disputes, and what follows. See `crowd.services.rulings`.
    rulings: Mapped[dict[str, Any]] = mapped_column(
        server_default='{"second": "never", "audit_share": 0, "blind": false, "judges": false}'
    )
    created_at: Mapped[CreatedAt]


class ProjectMarketplace(Model):
    """A marketplace whose annotators may work on a project."""

    __tablename__ = "project_marketplaces"

    project_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True
    )
    tenant_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    created_at: Mapped[CreatedAt]
