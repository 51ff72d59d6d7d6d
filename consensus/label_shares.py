"""How often each label is given, over time, and whether that is still what was expected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

from consensus.looks import limits
from consensus.votes import Floats, Ints, Votes

#: Tasks that the first windows have to hold before others are held against them.
REFERENCE_TASKS = 300


@dataclass(frozen=True, eq=False)
class LabelShares:
    """One row a window, one column a label."""

    #: When each window starts, in seconds since 1970: shape (W,).
    starts: Floats
    #: Tasks answered in each window: shape (W,). Answers to one task are no more than one draw.
    tasks: Ints
    #: How often each label was given, each task weighing the same: shape (W, K).
    shares: Floats
    #: What was expected: shape (K,). Given, or the shares of the first `reference` windows.
    expected: Floats
    reference: int
    #: The chance of shares as far from those expected, if they still hold: 1 where not tested.
    p_value: Floats
    #: Windows that are off, by all looks together: shape (W,).
    off: npt.NDArray[np.bool_]


def label_shares(
    votes: Votes,
    window: float,
    expected: Sequence[float] | None = None,
    *,
    false_rate: float = 0.05,
) -> LabelShares:
    """Measure the shares of labels in windows of `window` seconds and test each against `expected`.

    Without it the first windows, up to `REFERENCE_TASKS` tasks, are what the later ones are held
    against. Tests are exact, of each label against the rest (binomial; Fisher's, where what is
    expected was counted too), and the chance that any window is `off` where nothing changes is at
    most `false_rate` (Bonferroni over labels, `looks.limits` over time). Raises ValueError for
    votes without times, a window of no length, or shares that are not one for each label.
    """
    labels = votes.shape[2]
    if expected is not None and len(expected) != labels:
        raise ValueError(f"expected shares must be {labels}, one for each label")
    starts, tasks, place, weight = _windows(votes, window)
    cells = place * np.int64(labels) + votes.label[_timed(votes)]
    sums = np.bincount(cells, weight, len(starts) * labels).reshape(len(starts), labels)
    # of two labels the one says what the other does
    tests = labels if labels > 2 else 1
    return _tested(starts, tasks, sums.astype(np.float64), expected, tests, false_rate)


def set_shares(
    votes: Votes,
    chosen: npt.NDArray[np.bool_],
    window: float,
    *,
    false_rate: float = 0.05,
) -> LabelShares:
    """Measure as `label_shares` does how often sets hold each label: `chosen`, of shape (K, L).

    The labels of the votes are numbers of sets. Shares need not add up to 1: each label is tested
    by itself. The first windows are what is expected.
    """
    starts, tasks, place, weight = _windows(votes, window)
    given = votes.label[_timed(votes)]
    sums = [np.bincount(place, weight * is_in[given], len(starts)) for is_in in chosen.T]
    columns = np.column_stack(sums).astype(np.float64)
    return _tested(starts, tasks, columns, None, chosen.shape[1], false_rate)


def reference_windows(tasks: Ints) -> int:
    """Say how many of the first windows, with so many tasks each, are what is expected."""
    reached = int(np.searchsorted(np.cumsum(tasks), REFERENCE_TASKS) + 1)
    return min(reached, len(tasks))


def _tested(
    starts: Floats,
    tasks: Ints,
    sums: Floats,
    expected: Sequence[float] | None,
    tests: int,
    false_rate: float,
) -> LabelShares:
    """Hold what each window gave to each label, (W, K), against what was expected."""
    shares = sums / np.maximum(tasks, 1)[:, None]
    counts = np.rint(sums)
    if expected is None:
        reference = reference_windows(tasks)
        seen, of = np.rint(sums[:reference].sum(axis=0)), int(tasks[:reference].sum())
        hoped = sums[:reference].sum(axis=0) / max(1, of)
        p_label = _fisher(counts, tasks, seen, of)
    else:
        reference, hoped = 0, np.asarray(expected, np.float64)
        p_label = _binomial(counts, tasks, hoped)
    p_value = np.minimum(1.0, p_label.min(axis=1, initial=1.0) * tests)
    p_value[:reference] = 1.0
    allowed = np.zeros(len(tasks))
    allowed[reference:] = limits(len(tasks) - reference, false_rate)
    return LabelShares(starts, tasks, shares, hoped, reference, p_value, p_value < allowed)


def _timed(votes: Votes) -> npt.NDArray[np.bool_]:
    assert votes.at is not None
    return ~np.isnan(votes.at)


def _windows(votes: Votes, window: float) -> tuple[Floats, Ints, Ints, Floats]:
    """Cut time: when windows start, the tasks in each, (W,), and of each vote that has a time its
    window and its weight, with all of a task's in one window weighing 1.
    """
    if votes.at is None:
        raise ValueError("these votes carry no times: build them with `at`")
    if not 0 < window < np.inf:
        raise ValueError(f"a window must last more than 0 seconds, not {window}")
    timed = _timed(votes)
    starts, number = np.unique(np.floor(votes.at[timed] / window), return_inverse=True)
    cells, cell, answers = np.unique(
        number * np.int64(max(1, votes.shape[0])) + votes.task[timed],
        return_inverse=True,
        return_counts=True,
    )
    tasks = np.bincount(cells // max(1, votes.shape[0]), minlength=len(starts))
    return starts * window, tasks, number, 1 / answers[cell]


def _binomial(counts: Floats, tasks: Ints, expected: Floats) -> Floats:
    """Test counts (W, K) against shares that are known."""
    return _two_sided(stats.binom(tasks[:, None], expected), counts)


def _fisher(counts: Floats, tasks: Ints, seen: Floats, of: int) -> Floats:
    """Test counts (W, K) against others that were counted."""
    drawn = tasks[:, None]
    law = stats.hypergeom(of + drawn, np.rint(seen + counts).astype(np.int64), drawn)
    return _two_sided(law, counts)


def _two_sided(law: Any, counts: Floats) -> Floats:
    """Take the smaller tail twice."""
    tails: Floats = np.minimum(1.0, 2 * np.minimum(law.cdf(counts), law.sf(counts - 1)))
    return tails
