"""How a project asks, hands out and decides, version by version."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from crowd.db import rows
from crowd.models import ProjectConfig
from crowd.services import config_checks, interfaces

#: What a configuration holds, and what it is when the requester does not say.
DEFAULTS: dict[str, Any] = {
    "answer_type": "categorical",
    "question": "",
    "overlap_min": 3,
    "overlap_max": 10,
    "target_confidence": 0.95,
    "lease_seconds": 900,
    "expected_shares": None,
    "method": "auto",
    "strategy": "spread",
    "gold": {"policy": "natural", "share": 0.1, "first": 0, "exposure": None},
    "limits": {
        "held": 100,
        "annotator": {"hour": None, "day": None, "total": None},
        "marketplace": {"hour": None, "day": None, "total": None},
    },
    "requires": [],
    "pools": [],
    "probation": None,
    "whole_batches": False,
    "budget_answers": None,
    "deadline_at": None,
    "guideline": None,
    "must_accept": True,
    "feedback": "summary",
    "price": None,
    "currency": None,
    "review_seconds": 0,
    "pay_excluded": True,
    "budget": None,
    "models": {
        "use": "off",
        "blind_share": 0.1,
        "least_human": 1,
        "unsure_below": 0.6,
        "unsure_requires": [],
    },
    "interface": interfaces.DEFAULT,
    "number": None,
    "rulings": {"second": "never", "audit_share": 0, "blind": False, "judges": False},
}
#: What each strategy makes of a slot taken: see `Task.step`.
STEPS = {"spread": 0, "breadth": 1, "depth": -1, "informative": 1}
#: Terms kept in memory. A version of a configuration never changes, so they are never stale.
MAX_TERMS = 1000


@dataclass(frozen=True, slots=True)
class Offer:
    """What a marketplace needs to know of a configuration, and no more."""

    version: int
    answer_type: str
    question: str
    labels: list[str]
    lease_seconds: int
    requires: list[str]
    deadline_at: datetime | None
    price: Decimal | None
    currency: str | None
    review_seconds: int
    pay_excluded: bool
    guideline: int | None
    must_accept: bool
    feedback: str
    interface: Mapping[str, Any]
    number: Mapping[str, Any] | None

    @classmethod
    def of(cls, config: ProjectConfig) -> Offer:
        """Leave out of a configuration what only its requester may know."""
        return cls(*(getattr(config, name) for name in cls.__slots__))


@dataclass(frozen=True, slots=True)
class Terms:
    """What handing out and taking in need to know of a version of a configuration."""

    #: The requester's.
    tenant_id: uuid.UUID
    version: int
    question: str
    labels: Sequence[str]
    lease_seconds: int
    strategy: str
    gold: Mapping[str, Any]
    limits: Mapping[str, Any]
    requires: Sequence[str]
    pools: Sequence[str]
    probation: Mapping[str, Any] | None
    whole_batches: bool
    budget_answers: int | None
    deadline_at: datetime | None
    price: Decimal | None
    currency: str | None
    review_seconds: int
    budget: Decimal | None
    guideline: int | None
    must_accept: bool
    models: Mapping[str, Any]
    answer_type: str
    interface: Mapping[str, Any]
    number: Mapping[str, Any] | None

    @property
    def mixes_gold(self) -> bool:
        """Whether gold is drawn by a policy of its own, and not as any other task."""
        return bool(self.gold["policy"] != "natural")

    @property
    def unsure_requires(self) -> Sequence[str]:
        """Qualifications for tasks that models are unsure of; none: they are for everybody."""
        models = self.models
        return models["unsure_requires"] if models["use"] == "routing" else ()

    @property
    def pays(self) -> bool:
        """Whether an accepted answer earns anything."""
        return bool(self.price)

    @property
    def is_bounded(self) -> bool:
        """Whether a budget, of answers or of money, may stop leases."""
        return self.budget_answers is not None or (self.pays and self.budget is not None)


def add(
    session: Session, project_id: uuid.UUID, version: int, values: Mapping[str, Any]
) -> ProjectConfig:
    """Store a version of a project's configuration. Raises Invalid."""
    config_checks.require_sound(session, project_id, values)
    if version > 1:
        query = select(ProjectConfig.answer_type).filter_by(project_id=project_id)
        before = session.scalars(query.filter_by(version=version - 1)).one()
        config_checks.keep_answers(session, project_id, before, values)
    config = ProjectConfig(project_id=project_id, version=version, **values)
    session.add(config)
    session.flush()
    return config


def with_changes(values: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Lay changes over values; of a nested object, over those of its fields that are named."""
    merged = dict(values)
    for name, change in changes.items():
        before = merged.get(name)
        nested = isinstance(before, Mapping) and isinstance(change, Mapping)
        merged[name] = with_changes(before, change) if nested else change  # type: ignore[arg-type]
    return merged


def bounds(config: ProjectConfig, *, is_gold: bool) -> dict[str, Any]:
    """Say how many answers a new task wants, and what its place in the queue depends on.

    Gold with an exposure of its own asks for all of it at once.
    """
    exposure = config.gold["exposure"] if is_gold else None
    return {
        "is_gold": is_gold,
        "wanted": exposure or _asked_at_first(config),
        "cap": exposure or config.overlap_max,
        "step": STEPS[config.strategy],
    }


def _asked_at_first(config: ProjectConfig) -> int:
    """Say how many answers a task asks for before anything is known of it.

    With routing models may make do with fewer than the minimum: a decision asks for the rest.
    """
    if config.models["use"] == "routing":
        return max(1, int(config.models["least_human"]))
    return config.overlap_min


def apply(session: Session, config: ProjectConfig) -> None:
    """Give every task the bounds and the place in the queue of a new configuration.

    Never below what it holds already. A closed task asks for no more, but has the new bounds if it
    is opened again.
    """
    session.execute(
        text(_APPLY),
        {
            "project": config.project_id,
            "least": _asked_at_first(config),
            "most": config.overlap_max,
            "step": STEPS[config.strategy],
            "exposure": config.gold["exposure"],
        },
    )


def terms(session: Session, project_id: uuid.UUID, version: int) -> Terms:
    """Read what handing out needs of a version of a project's configuration."""
    key = project_id, version
    if (known := _terms.get(key)) is None:
        if len(_terms) >= MAX_TERMS:
            _terms.clear()
        row = rows(session, _TERMS, project=project_id, version=version)[0]
        known = _terms[key] = Terms(*row)
    return known


_terms: dict[tuple[uuid.UUID, int], Terms] = {}
_TERMS = """
SELECT p.tenant_id, c.version, c.question, c.labels, c.lease_seconds, c.strategy, c.gold, c.limits,
       c.requires, c.pools, c.probation, c.whole_batches, c.budget_answers, c.deadline_at, c.price,
       c.currency, c.review_seconds, c.budget, c.guideline, c.must_accept, c.models,
       c.answer_type, c.interface, c.number
FROM project_configs c JOIN projects p ON p.id = c.project_id
WHERE c.project_id = %(project)s AND c.version = %(version)s
"""
# the same bounds as `bounds` gives
_APPLY = """
UPDATE tasks SET
    cap = greatest(b.cap, leased + answered),
    wanted = least(CASE WHEN state = 'open'
                        THEN greatest(b.wanted, answered + 1, leased + answered)
                        ELSE tasks.wanted END,
                   greatest(b.cap, leased + answered)),
    step = b.step
FROM (
    SELECT kind.is_gold,
           CASE WHEN kind.is_gold THEN coalesce(:exposure, :most) ELSE :most END AS cap,
           CASE WHEN kind.is_gold THEN coalesce(:exposure, :least) ELSE :least END AS wanted,
           CAST(:step AS smallint) AS step
    FROM (VALUES (true), (false)) kind (is_gold)
) b
JOIN (
    -- in the order in which everybody locks tasks
    SELECT id, is_gold FROM tasks WHERE project_id = :project ORDER BY id FOR NO KEY UPDATE
) t USING (is_gold)
WHERE tasks.id = t.id
"""
