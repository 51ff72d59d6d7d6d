"""Forecasts: how projects go, how they will go on, and what other rules would come to."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from crowd.client.connection import Connection
from crowd.client.models import Share
from crowd.client.operations import Operation, Operations
from crowd.client.shapes import read


@dataclass(frozen=True, slots=True)
class Counts:
    """Tasks by state, as of this moment; gold stands apart."""

    tasks: int
    open: int
    resolved: int
    disputed: int
    gold: int
    #: Share of the tasks that are resolved.
    done: float


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Something that keeps tasks from going on, and what to do about it."""

    reason: str
    tasks: int
    advice: str
    annotators: int | None = None


@dataclass(frozen=True, slots=True)
class Spent:
    """What one marketplace's annotators have done; exact."""

    marketplace_id: str
    marketplace: str
    annotators: int
    answers: int
    leased: int
    held: Decimal
    spent: Decimal


@dataclass(frozen=True, slots=True)
class OutlookCost:
    """What a project has cost, exactly, and what it is expected to cost yet."""

    currency: str
    held: Decimal
    spent: Decimal
    per_label: Decimal | None = None
    #: Forecast, to finish: with 10, 50 and 90 %.
    left: tuple[Decimal, ...] | None = None
    budget: Decimal | None = None
    #: Even the upper bound is; None: no budget, or no forecast.
    is_within_budget: bool | None = None


@dataclass(frozen=True, slots=True)
class Outlook:
    """How far a project is, and what is to be expected of it: [10 %, 50 %, 90 %] where several."""

    project_id: str
    name: str
    state: str
    counts: Counts
    #: Answers handed in, slots held, annotators who took part, and who answered just now.
    answers: int
    leased: int
    annotators: int
    at_work: int
    #: Seconds an answer takes, and answers in the last hour.
    median_s: float
    per_hour: float
    obstacles: tuple[Obstacle, ...]
    by_marketplace: tuple[Spent, ...]
    #: Why there is no end: "done", "not_running", "nothing_comes", "too_soon", "not_made_yet".
    why_none: str | None = None
    #: Days and nights are not known yet: trust the interval less.
    is_early: bool = True
    per_hour_before: float | None = None
    needed: tuple[int, ...] | None = None
    finish: tuple[datetime | None, ...] | None = None
    cost: OutlookCost | None = None
    #: When it was forecast; None: not yet.
    made_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Pace:
    """What came in during a stretch of time."""

    began_at: datetime
    answers: int
    annotators: int
    median_s: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """What rules come to, for a whole project: [low, middle, high] where several."""

    answers_a_task: tuple[float, ...]
    resolved: Share
    #: Share of the answers that are not there, but made up by a model.
    imagined: float
    answers: tuple[int, ...]
    annotators: int
    #: Of the labels, as their posteriors have it; None: there would be none.
    accuracy: tuple[float, ...] | None = None
    on_gold: Share | None = None
    cost: tuple[Decimal, ...] | None = None
    finish_s: tuple[float | None, ...] | None = None


@dataclass(frozen=True, slots=True)
class WhatIf:
    """How it is, and how it would be."""

    tasks_replayed: int
    now: Estimate
    then: Estimate


class Forecasts:
    """How projects go, and how they will go on."""

    def __init__(self, connection: Connection) -> None:
        self._api = connection
        self._operations = Operations(connection)

    def list(self) -> Iterator[Outlook]:
        """Read the outlook of each of your projects, the oldest first."""
        return self._api.pages("/forecasts", Outlook)

    def of(self, project_id: str) -> Outlook:
        """Read a project's outlook. Raises NotFound."""
        return read(Outlook, self._api.get(f"/projects/{project_id}/forecast"))

    def pace(
        self,
        project_id: str,
        *,
        every: str = "hour",
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Sequence[Pace]:
        """Read how many answers came in, by "ten_minutes", "hour" or "day". Raises NotFound."""
        bounds = {"from": since and since.isoformat(), "to": until and until.isoformat()}
        found = self._api.get(f"/projects/{project_id}/pace", every=every, **bounds)
        return [read(Pace, item) for item in found["items"]]

    def ask(self, project_id: str, **rules: Any) -> Operation:
        """Ask what other rules would come to: overlap_min, overlap_max, target_confidence, price.

        `annotators`, a filter, asks what these alone would come to. Raises Invalid, Conflict.
        """
        body = {name: str(one) if isinstance(one, Decimal) else one for name, one in rules.items()}
        return read(Operation, self._api.post(f"/projects/{project_id}/what-ifs", body))

    def answer(self, operation_id: str) -> WhatIf | None:
        """Read what came of a question; None: it is not computed yet. Raises NotFound."""
        result = self._operations.get(operation_id).result
        return None if result is None else read(WhatIf, result)

    def what_if(self, project_id: str, *, wait: float = 60.0, **rules: Any) -> WhatIf | None:
        """Ask, and wait for the answer, up to so many seconds; None: not by then."""
        operation = self.ask(project_id, **rules)
        end = time.monotonic() + wait
        while (found := self.answer(operation.id)) is None and time.monotonic() < end:
            time.sleep(0.5)
        return found
