"""What a project's configuration says of handing out: how much gold, and who has had enough."""

from __future__ import annotations

import random
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from crowd.db import rows
from crowd.services.configs import Terms
from crowd.services.participations import Entry

#: Nobody can compute the next draw from those before.
_chance = random.SystemRandom()
#: Of an annotator's first leases, those of which `first` are gold: so many for each.
SPREAD_OVER = 2
#: With the adaptive policy, the factor on `share` for an annotator of whom nothing is known, and
#: for one who is known exactly.
LEAST_FACTOR, MOST_FACTOR = 0.25, 3.0
#: Gold never becomes more than this share of an annotator's work.
MOST_GOLD = 0.5
#: A restricted annotator holds so many assignments at a time, and has as much gold as there can be.
RESTRICTED_TO = 1
#: More answers than anybody asks for.
MANY = 1_000_000_000


@dataclass(slots=True)
class Left:
    """What a project may still take beside what is out; None: no bound."""

    answers: int | None = None
    money: Decimal | None = None

    def room(self, terms: Terms) -> int:
        """Count the answers it may still take at a price; many, where nothing bounds them."""
        answers = MANY if self.answers is None else self.answers
        if self.money is None or not terms.price:
            return answers
        return min(answers, int(self.money // terms.price))

    def take(self, terms: Terms) -> None:
        """Count one more answer."""
        if self.answers is not None:
            self.answers -= 1
        if self.money is not None:
            self.money -= terms.price or 0


def gold_among(entry: Entry, count: int) -> int:
    """Draw how many of an annotator's next leases shall be gold, by the project's policy."""
    if not entry.terms.mixes_gold:
        return 0
    drawn = 0
    for number in range(count):
        share = _gold_share(entry, entry.leases + number, entry.gold_leases + drawn)
        drawn += _chance.random() < share
    return drawn


def _gold_share(entry: Entry, leases: int, gold_leases: int) -> float:
    policy = entry.terms.gold
    share: float = policy["share"]
    match policy["policy"]:
        case "first":
            window = SPREAD_OVER * policy["first"]
            # drawn without replacement: exactly `first` of the window, at places nobody knows
            if leases < window:
                return float(max(0, policy["first"] - gold_leases) / (window - leases))
        case "adaptive":
            span = MOST_FACTOR - LEAST_FACTOR
            factor = LEAST_FACTOR + span * entry.uncertainty
            share = min(MOST_GOLD, share * factor)
    return max(share, MOST_GOLD) if entry.is_restricted else share


def room(session: Session, entry: Entry, wanted: int) -> tuple[int, str | None, int | None]:
    """Say how many more leases an annotator may have, up to `wanted`.

    Where that is none: the reason, and the seconds after which asking again makes sense.
    """
    for left, reason, retry_after in _bounds(session, entry):
        if left <= 0:
            return 0, reason, retry_after
        wanted = min(wanted, left)
    return wanted, None, None


def _bounds(session: Session, entry: Entry) -> list[tuple[int, str, int | None]]:
    limits = entry.terms.limits
    bounds: list[tuple[int, str, int | None]] = [
        (
            (RESTRICTED_TO if entry.is_restricted else limits["held"]) - entry.leased,
            "limit_reached",
            30,
        )
    ]
    used = (entry.hour_leases, entry.day_leases, entry.leases)
    bounds += _quota(limits["annotator"], used, entry.now)
    if any(limits["marketplace"].values()):
        key = {"project": entry.project_id, "tenant": entry.tenant_id}
        # a quota of thousands of annotators is kept exactly: one at a time, where there is one
        rows(session, _LOCK_MARKETPLACE, **key)
        bounds += _quota(
            limits["marketplace"], rows(session, _MARKETPLACE_USE, **key)[0], entry.now
        )
    if entry.terms.is_bounded:
        left = budget_left(session, entry.project_id)
        bounds.append((left.room(entry.terms), "budget_spent", None))
    return bounds


def budget_left(session: Session, project_id: uuid.UUID) -> Left:
    """Count what a project may still take beside what is out.

    With a budget, requests take turns until their transactions end. Nobody waits for a task or an
    assignment while it is its turn: those who hold one may be waiting for theirs.
    """
    budget = rows(session, _BUDGET, project=project_id)[0]
    if budget.budget_answers is None and budget.budget is None:
        return Left()
    rows(session, _LOCK_BUDGET, project=project_id)
    spent = rows(session, _SPENT, project=project_id)[0]
    return Left(
        None if budget.budget_answers is None else budget.budget_answers - spent.answers,
        None if budget.budget is None else budget.budget - spent.money,
    )


def _quota(
    limits: Mapping[str, int | None], used: Any, now: datetime
) -> list[tuple[int, str, int | None]]:
    hour = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    day = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    waits = (("hour", hour), ("day", day), ("total", None))
    return [
        (limit - spent, "limit_reached", None if ends is None else 1 + int((ends - now).seconds))
        for (span, ends), spent in zip(waits, used, strict=True)
        if (limit := limits[span]) is not None
    ]


_LOCK_MARKETPLACE = """
SELECT FROM project_marketplaces
WHERE project_id = %(project)s AND tenant_id = %(tenant)s FOR NO KEY UPDATE
"""
# not the project's row: a change of the project holds that while it waits for tasks
_LOCK_BUDGET = "SELECT pg_advisory_xact_lock(hashtextextended(%(project)s::text, 0))"
_BUDGET = """
SELECT c.budget_answers, c.budget FROM projects p
JOIN project_configs c ON c.project_id = p.id AND c.version = p.config_version
WHERE p.id = %(project)s
"""
_MARKETPLACE_USE = """
SELECT coalesce(sum(hour_leases) FILTER (WHERE hour_at = date_trunc('hour', now())), 0) AS hour,
       coalesce(sum(day_leases) FILTER (WHERE day_at = date_trunc('day', now())), 0) AS day,
       coalesce(sum(leases), 0) AS total
FROM participations WHERE project_id = %(project)s AND tenant_id = %(tenant)s
"""
_SPENT = """
SELECT coalesce(sum(leased + answered), 0) AS answers, coalesce(sum(held + earned), 0) AS money
FROM participations WHERE project_id = %(project)s
"""
