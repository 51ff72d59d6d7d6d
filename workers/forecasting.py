"""From what a project has come to, to what is to be expected of it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from consensus.forecast import (
    DAY,
    LEAST_DAYS,
    answers_needed,
    quantiles,
    slots_until,
    stop_chances,
)
from consensus.votes import Floats, Ints
from crowd.services.forecast_grounds import Ground
from crowd.services.progress import SLOT

#: Times that both what is needed and how fast it comes are drawn.
DRAWS = 400
#: A project whose rhythm is not known yet.
RHYTHM = timedelta(days=LEAST_DAYS)
#: Where nothing has come for so long, there is nothing to reckon with.
SILENCE = timedelta(days=1)


def figures_of(ground: Ground) -> dict[str, Any]:
    """Forecast when a project ends and what that costs, with 80 % intervals, where that is known.

    `needed`, `finish_s` (from now) and `cost_left` are [10 %, 50 %, 90 %], or None with the reason
    in `why_none`.
    """
    # the same ground gives the same forecast
    chance = np.random.default_rng(0)
    series = paces_of(ground)
    needed = _needed(ground, chance)
    finish, why_none = _finish(ground, needed, series, chance)
    per_slot = 3600 / SLOT.total_seconds()
    hour = round(per_slot)
    return {
        "answers": ground.whole.answers,
        "leased": ground.whole.leased,
        "annotators": ground.whole.annotators,
        "at_work": ground.at_work,
        "active": ground.active,
        "median_s": ground.median_s,
        "per_hour": float(series[-hour:].mean() * per_slot) if len(series) else 0.0,
        "per_hour_before": float(series[-25 * hour : -hour].mean() * per_slot)
        if len(series) > hour
        else None,
        "needed": [round(one) for one in quantiles(needed)],
        "finish_s": finish,
        "why_none": why_none,
        "is_early": len(series) < LEAST_DAYS * DAY,
        "held": f"{ground.whole.held:f}",
        "spent": f"{ground.whole.spent:f}",
        "cost_left": _cost_left(ground, needed),
        "obstacles": [asdict(one) for one in ground.obstacles],
    }


def paces_of(ground: Ground) -> Floats:
    """Lay out the answers of every ten minutes, gold among them, up to the last whole one: (S,)."""
    if not ground.paces:
        return np.empty(0)
    first = ground.paces[0][0]
    series = np.zeros(max(0, _slots(first, ground.now)))
    for began_at, answers in ground.paces:
        place = _slots(first, began_at)
        if place < len(series):
            series[place] = answers
    return series


def _slots(since: datetime, until: datetime) -> int:
    return int((until - since) // SLOT)


def _needed(ground: Ground, chance: np.random.Generator) -> Floats:
    """Draw the answers that open tasks still need: shape (D,)."""
    most = max([ground.config.overlap_max, *(answers for _, answers, *_ in ground.tasks)])
    closed, settled, pending = (np.zeros(most + 1, np.int64) for _ in range(3))
    for state, answers, is_settled, tasks in ground.tasks:
        kind: Ints = closed if state != "open" else settled if is_settled else pending
        kind[answers] += tasks
    bounds = ground.config.overlap_min, ground.config.overlap_max
    stops = stop_chances(closed, settled, bounds, chance, DRAWS)
    settled[bounds[1] :] = 0
    return answers_needed(stops, settled, pending, chance)


def _finish(
    ground: Ground, needed: Floats, series: Floats, chance: np.random.Generator
) -> tuple[list[float | None] | None, str | None]:
    if not ground.counts.open:
        return None, "done"
    if ground.project.state != "running":
        return None, "not_running"
    silent = len(series) and ground.now - ground.paces[-1][0] > SILENCE
    if silent:
        return None, "nothing_comes"
    slots = slots_until(needed, series * (1 - ground.gold_share), chance)
    if slots is None:
        return None, "too_soon"
    seconds = [one * SLOT.total_seconds() for one in quantiles(slots)]
    return [one if np.isfinite(one) else None for one in seconds], None


def _cost_left(ground: Ground, needed: Floats) -> list[str] | None:
    """Price the answers still needed, and the gold among them; None: nothing is paid."""
    if not ground.terms.price:
        return None
    each = float(ground.terms.price) / max(1 - ground.gold_share, 0.1)
    return [f"{one * each:.2f}" for one in quantiles(needed)]
