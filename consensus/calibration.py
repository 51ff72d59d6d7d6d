"""Whether probabilities mean what they say: of what is stated as 0.9, is nine in ten right?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from consensus.votes import Floats, Ints

#: Where bins of stated confidence begin and end: finest where most of it lies.
EDGES: Floats = np.array([0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 1.0])
#: Two-sided 95 % of a normal distribution.
Z = 1.959964


@dataclass(frozen=True, eq=False)
class Calibration:
    """Confidence held against what is right, in bins without those that are empty."""

    #: Bounds of each bin: shape (B,) each; the last holds its upper one too.
    low_edge: Floats
    high_edge: Floats
    tasks: Ints
    #: Mean confidence and share right in each bin, the latter with its 95 % interval (Wilson 1927).
    stated: Floats
    right: Floats
    right_low: Floats
    right_high: Floats
    #: Confidence less share right over all tasks, with its 95 % interval: above 0 is too sure.
    gap: tuple[float, float, float]
    #: The expected calibration error over these bins, with its 95 % interval.
    error: tuple[float, float, float]


def calibration(
    stated: Floats, hit: Floats, *, resamples: int = 1000, seed: int = 0
) -> Calibration:
    """Hold the confidence in each task's label against whether it is right: shape (T,) each.

    A sample's error is above that of what it is a sample of, and each resample's is again above
    the sample's: the interval takes that off (basic bootstrap over tasks, Davison & Hinkley 1997).
    Raises ValueError where there are no tasks, or shapes do not fit.
    """
    if stated.shape != hit.shape or stated.ndim != 1 or not len(stated):
        raise ValueError("stated and hit must be one number for each task, and there must be tasks")
    number = np.clip(np.searchsorted(EDGES, stated, "right") - 1, 0, len(EDGES) - 2)
    used, bin_of = np.unique(number, return_inverse=True)
    tasks = np.bincount(bin_of)
    right = np.bincount(bin_of, hit) / tasks
    low, high = _wilson(right, tasks)
    gaps = stated - hit
    gap, error = float(gaps.mean()), float(np.abs(np.bincount(bin_of, gaps)).sum() / len(gaps))
    chance = np.random.default_rng(seed)
    drawn = np.empty((resamples, 2))
    for number_of, picked in enumerate(chance.integers(len(gaps), size=(resamples, len(gaps)))):
        some = np.bincount(bin_of[picked], gaps[picked])
        drawn[number_of] = some.sum() / len(gaps), np.abs(some).sum() / len(gaps)
    edges = np.quantile(drawn, [0.975, 0.025], axis=0) if resamples else np.full((2, 2), np.nan)
    (gap_low, error_low), (gap_high, error_high) = 2 * np.array([gap, error]) - edges
    return Calibration(
        low_edge=EDGES[used],
        high_edge=EDGES[used + 1],
        tasks=tasks,
        stated=np.bincount(bin_of, stated) / tasks,
        right=right,
        right_low=low,
        right_high=high,
        gap=(gap, float(gap_low), float(gap_high)),
        error=(error, max(0.0, float(error_low)), max(0.0, float(error_high))),
    )


def _wilson(share: Floats, count: Ints) -> tuple[Floats, Floats]:
    """Bound shares of so many cases with 95 % (Wilson 1927): shape (B,) each."""
    z = Z * Z / count
    reach = Z * np.sqrt(share * (1 - share) / count + z / count / 4)
    middle = share + z / 2
    low: Floats = np.maximum(0.0, (middle - reach) / (1 + z))
    high: Floats = np.minimum(1.0, (middle + reach) / (1 + z))
    return low, high
