"""Whole forecasts, held against what then came to pass."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest

from consensus.forecast import DAY
from crowd.models import Project, ProjectConfig
from crowd.services.forecast_grounds import Ground, Spent
from crowd.services.progress import SLOT, Counts
from workers.forecasting import figures_of

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)


def life(seed: int, *, rhythm: bool) -> tuple[Ground, int, int]:
    """A project halfway through: what is known of it, and what it will truly take yet.

    Tasks need two to seven answers, some kinds more than others, and are answered one after the
    other, by a crowd that has nights and bad days.
    """
    chance = np.random.default_rng(seed)
    tasks = 1500
    needs = 2 + chance.binomial(5, chance.choice([0.1, 0.6], tasks))
    ends = needs.cumsum()
    half = int(ends[-1] * 0.5)
    shape = 1 + 0.9 * np.sin(2 * np.pi * np.arange(60 * DAY) / DAY) if rhythm else np.ones(60 * DAY)
    level = chance.gamma(8, 1 / 8, 60 * DAY // 12).repeat(12)
    mean = half / (6 * DAY) if rhythm else half / DAY
    stream = chance.poisson(mean * shape * level)
    so_far = int(np.searchsorted(stream.cumsum(), half)) + 1
    given = int(stream[:so_far].sum())
    done = int(np.searchsorted(ends, given, side="right"))
    begun = given - (int(ends[done - 1]) if done else 0)
    closed = Counter(needs[:done].tolist())
    rows = [("resolved", n, True, count) for n, count in closed.items()]
    rows += [("open", begun, True, 1), ("open", 0, True, tasks - done - 1)]
    left = int(ends[-1]) - given
    ended = int(np.searchsorted(stream[so_far:].cumsum(), left)) + 1
    paces = [(NOW - (so_far - n) * SLOT, int(one)) for n, one in enumerate(stream[:so_far]) if one]
    return ground(rows, paces, given, Counts(tasks - done, done, 0, 0)), left, ended


def ground(rows: Any, paces: Any, answers: int, counts: Counts, **more: Any) -> Ground:
    return Ground(
        project=Project(state=more.pop("state", "running")),
        config=ProjectConfig(overlap_min=2, overlap_max=7),
        terms=Mock(price=Decimal("0.05")),
        now=NOW,
        counts=counts,
        tasks=rows,
        whole=Spent(None, None, 5, answers, 0, Decimal(0), Decimal(answers) / 20),
        gold_share=more.pop("gold_share", 0.0),
        paces=paces,
        at_work=2,
        active=3,
        median_s=5.0,
        obstacles=[],
        seen="",
    )


@pytest.mark.parametrize("rhythm", [True, False])
def test_four_of_five_projects_end_within_what_was_said(rhythm: bool) -> None:
    ended = needed = 0
    for seed in range(60):
        halfway, left, slots = life(seed, rhythm=rhythm)
        said = figures_of(halfway)
        low, _, high = (one / SLOT.total_seconds() for one in said["finish_s"])
        ended += low <= slots <= high + 1
        needed += said["needed"][0] <= left <= said["needed"][2]

    assert 39 <= ended <= 57, ended
    assert 40 <= needed <= 57, needed


def test_gold_takes_its_share_of_the_pace_and_costs_too() -> None:
    halfway, _, _ = life(1, rhythm=False)
    beside = ground(
        halfway.tasks, halfway.paces, halfway.whole.answers, halfway.counts, gold_share=0.5
    )

    plain, mixed = figures_of(halfway), figures_of(beside)

    assert mixed["needed"] == plain["needed"]
    assert mixed["finish_s"][1] == pytest.approx(2 * plain["finish_s"][1], rel=0.2)
    assert float(mixed["cost_left"][1]) == pytest.approx(2 * float(plain["cost_left"][1]), rel=0.01)


def test_a_project_that_nobody_has_answered_for_a_month_has_no_pace() -> None:
    silent = ground([("open", 1, True, 5)], [], 5, Counts(5, 0, 0, 0))
    fresh = ground([("open", 0, True, 5)], [], 0, Counts(5, 0, 0, 0))

    assert figures_of(silent)["why_none"] == "nothing_comes"
    assert figures_of(fresh)["why_none"] == "too_soon"
