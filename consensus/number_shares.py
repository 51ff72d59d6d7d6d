"""How numbers are spread, over time, and whether that is still as it was in the beginning."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from consensus.label_shares import reference_windows
from consensus.looks import limits
from consensus.votes import Floats, Ints, Votes

#: Shares of all numbers that lie below each of those that are told.
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)


@dataclass(frozen=True, eq=False)
class NumberShares:
    """One row a window, one column a quantile."""

    #: When each window starts, in seconds since 1970, and tasks answered in it: shape (W,) each.
    starts: Floats
    tasks: Ints
    #: Numbers below which such a share of the answers lies, with their 95 % intervals: (W, Q) each.
    values: Floats
    low: Floats
    high: Floats
    #: Those of the first `reference` windows: shape (Q,).
    expected: Floats
    reference: int
    #: The chance of numbers spread as differently, if nothing has changed: 1 where not tested.
    p_value: Floats
    #: Windows that are off, by all looks together: shape (W,).
    off: npt.NDArray[np.bool_]


def number_shares(
    votes: Votes, values: Floats, window: float, *, false_rate: float = 0.05
) -> NumberShares:
    """Test windows of `window` seconds against the first ones, up to 300 tasks.

    The labels of the votes are numbers of `values`, (K,). Of each task the first answer in a window
    counts: a mean of several would be spread the less the more there are. The test is that of
    Kolmogorov and Smirnov; the chance that any window is `off` where nothing changes is at most
    `false_rate` (`looks.limits`). Raises ValueError for votes without times.
    """
    if votes.at is None:
        raise ValueError("these votes carry no times: build them with `at`")
    starts, parts = _by_window(votes, values, window)
    tasks = np.array([len(part) for part in parts], np.int64)
    reference = reference_windows(tasks)
    first = np.concatenate([np.empty(0), *parts[:reference]])
    p_value = np.ones(len(parts))
    for place in range(reference, len(parts)):
        p_value[place] = stats.ks_2samp(parts[place], first, method="asymp").pvalue
    allowed = np.zeros(len(parts))
    allowed[reference:] = limits(len(parts) - reference, false_rate)
    told = np.array([quantiles_of(part) for part in parts]).reshape(len(parts), 3, len(QUANTILES))
    expected = quantiles_of(first)[0] if len(first) else np.empty(0)
    columns = told[:, 0], told[:, 1], told[:, 2]
    return NumberShares(starts, tasks, *columns, expected, reference, p_value, p_value < allowed)


def quantiles_of(numbers: Floats) -> Floats:
    """Find quantiles of some numbers, and the bounds of their 95 % intervals: shape (3, Q).

    Bounds are order statistics: how many lie below a quantile is binomial.
    """
    ordered, size = np.sort(numbers), len(numbers)
    places = stats.binom.ppf([[0.025], [0.975]], size, QUANTILES).astype(np.int64)
    low, high = ordered[np.clip(places, 0, size - 1)]
    middle = np.quantile(ordered, QUANTILES)
    return np.stack([middle, np.minimum(low, middle), np.maximum(high, middle)])


def _by_window(votes: Votes, values: Floats, window: float) -> tuple[Floats, list[Floats]]:
    """Take the first answer to each task in each window that has one."""
    assert votes.at is not None
    timed = np.flatnonzero(~np.isnan(votes.at))
    timed = timed[np.argsort(votes.at[timed], kind="stable")]
    starts, number = np.unique(np.floor(votes.at[timed] / window), return_inverse=True)
    size = np.int64(max(1, votes.shape[0]))
    cells, first = np.unique(number * size + votes.task[timed], return_index=True)
    edges = np.searchsorted(cells // size, np.arange(1, len(starts)))
    given = values[votes.label[timed[first]]]
    return starts * window, np.split(given, edges) if len(starts) else []
