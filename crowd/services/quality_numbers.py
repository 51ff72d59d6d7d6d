"""What a report on quality says of numbers: how they are spread, and how far off they are. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import accumulate
from math import sqrt
from typing import Any

from crowd.services.answer_kinds import tolerance_of
from crowd.services.shares import Z

#: Shares of all numbers below each of those that are told.
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
#: Parts of equal width that the range is cut into.
BINS = 10
Counted = Sequence[Mapping[str, Any]]


def gather(
    asked: Mapping[str, Any] | None, judged: Counted, decided: Counted
) -> dict[str, Any] | None:
    """Lay out quantiles and a histogram of what was decided, and errors where more is known.

    Each counted row stands for so many `tasks`. None where no number is asked for.
    """
    if asked is None:
        return None
    found = sorted((float(one["label"]), int(one["tasks"])) for one in decided)
    return {
        "tolerance": tolerance_of(asked),
        "unit": asked.get("unit"),
        "quantiles": _quantiles(found),
        "histogram": _histogram(asked, found),
        "errors": _errors(judged),
    }


def _quantiles(found: Sequence[tuple[float, int]]) -> list[dict[str, float]]:
    """Find the numbers below which such shares of all lie: the lowest with as many up to it."""
    if not found:
        return []
    until = list(accumulate(tasks for _, tasks in found))
    return [
        {"share": share, "value": found[bisect_left(until, share * until[-1])][0]}
        for share in QUANTILES
    ]


def _histogram(
    asked: Mapping[str, Any], found: Sequence[tuple[float, int]]
) -> list[dict[str, Any]]:
    low, width = asked["minimum"], (asked["maximum"] - asked["minimum"]) / BINS
    tasks = [0] * BINS
    for value, count in found:
        tasks[min(BINS - 1, int((value - low) / width))] += count
    return [
        {"low": low + place * width, "high": low + (place + 1) * width, "tasks": count}
        for place, count in enumerate(tasks)
    ]


def _errors(judged: Counted) -> dict[str, Any]:
    """Measure how far what was decided lies above what is known, and how far from it."""
    found = [
        (float(one["label"]) - float(one["known"]), int(one["tasks"]))
        for one in judged
        if one["label"] is not None
    ]
    return {
        "tasks": sum(count for _, count in found),
        "bias": _mean(found),
        "absolute": _mean([(abs(error), count) for error, count in found]),
    }


def _mean(found: Sequence[tuple[float, int]]) -> dict[str, float | None]:
    """Average, with the 95 % interval of a normal distribution; none of a single task."""
    of = sum(count for _, count in found)
    if not of:
        return {"value": None, "low": None, "high": None}
    mean = sum(value * count for value, count in found) / of
    if of == 1:
        return {"value": mean, "low": None, "high": None}
    spread = sum((value - mean) ** 2 * count for value, count in found) / (of - 1)
    reach = Z * sqrt(spread / of)
    return {"value": mean, "low": mean - reach, "high": mean + reach}
