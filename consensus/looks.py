"""Tests of a series that is looked at again and again, as it grows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import special

from consensus.agreement.resampling import Agreement
from consensus.votes import Floats

#: Two-sided 95 % of a normal distribution, twice: the width of an interval in deviations.
WIDTH = 2 * 1.959964


def limits(looks: int, false_rate: float = 0.05) -> Floats:
    """Share out a chance of false alarms among looks, the first of them most: shape (looks,).

    The limits add up to `false_rate` however many looks there will be (Bonferroni, with weights
    6 / (π i)²), so that what was found by an earlier look stays found.
    """
    number = np.arange(1, looks + 1, dtype=np.float64)
    shares: Floats = false_rate * 6 / (np.pi * number) ** 2
    return shares


def unlike_before(
    series: Sequence[Agreement], false_rate: float = 0.05
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Test each point of a series against all those before it, weighed by their pairs.

    Gives p-values and which points differ, of shape (N,) each; the chance that any does where
    nothing changes is at most `false_rate`. The first point with a value is compared with nothing.
    """
    value = np.nan_to_num([point.value for point in series])
    width = np.array([point.high - point.low for point in series])
    tasks = np.array([max(1, point.tasks) for point in series], np.float64)
    usable = np.isfinite(width)
    weight = np.where(usable, [float(point.pairs) for point in series], 0.0)
    # where all agree the draws do too: what has not been seen yet may still be one task in so many
    deviation = np.maximum(np.nan_to_num(width) / WIDTH, 1 / tasks)
    # a point's own deviation goes with its value: that of all so far does not
    until, before = np.cumsum(weight), np.cumsum(weight) - weight
    a_task = np.cumsum(weight * deviation**2 * tasks) / np.maximum(until, 1)
    earlier = np.maximum(before, 1)
    mean = (np.cumsum(weight * value) - weight * value) / earlier
    spread = np.cumsum(weight**2 / tasks) - weight**2 / tasks
    apart = np.abs(value - mean)
    z = apart / np.sqrt(np.maximum(a_task * (1 / tasks + spread / earlier**2), 1e-12))
    tested = usable & (before > 0)
    p_value = np.where(tested, 2 * special.ndtr(-z), 1.0)
    allowed = np.zeros(len(series))
    allowed[tested] = limits(int(tested.sum()), false_rate)
    return p_value, p_value < allowed
