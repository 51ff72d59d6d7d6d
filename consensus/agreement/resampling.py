"""A coefficient of agreement with its bootstrap interval, from sums over tasks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypedDict

import numpy as np

from consensus.votes import Floats, Ints

#: Weights (resamples × patterns) held in memory at a time.
CELLS = 4_000_000


@dataclass(frozen=True)
class Agreement:
    """A coefficient and its interval; NaN where one is not defined."""

    value: float
    low: float
    high: float
    #: Tasks with at least two answers.
    tasks: int
    #: Pairs of answers to one task, over all tasks.
    pairs: int

    def __float__(self) -> float:
        return self.value


class Resampling(TypedDict, total=False):
    """How an interval is drawn: keywords that every coefficient takes."""

    #: How often tasks are drawn anew (1000); 0: no interval.
    resamples: int
    #: Share of the resamples that lie inside the interval (0.95).
    level: float
    seed: int


@dataclass(frozen=True, eq=False)
class Patterns:
    """Tasks that were answered alike, taken together: no coefficient tells them apart."""

    #: How often each label was given: shape (U, K).
    counts: Floats
    #: How many tasks were answered so: shape (U,).
    tasks: Ints

    @classmethod
    def of(cls, counts: Floats) -> Patterns:
        """Find the distinct rows of counts (T, K); a task without answers is left out."""
        # short integers are sorted ten times as fast as floats
        short = np.min_scalar_type(int(counts.max(initial=0)))
        rows = counts[counts.any(axis=1)].astype(short)
        rows = rows[np.lexsort(rows.T)]
        new = np.ones(len(rows), bool)
        new[1:] = (rows[1:] != rows[:-1]).any(axis=1)
        starts = np.flatnonzero(new)
        return cls(rows[starts].astype(np.float64), np.diff(starts, append=len(rows)))

    @property
    def answers(self) -> Floats:
        """Count the answers to a task of each pattern: shape (U,)."""
        total: Floats = self.counts.sum(axis=1)
        return total

    def agreement(
        self,
        statistics: Floats,
        coefficient: Callable[[Floats], Floats],
        *,
        resamples: int = 1000,
        level: float = 0.95,
        seed: int = 0,
    ) -> Agreement:
        """Compute a coefficient from the sums of each task's `statistics` (U, S).

        Its interval holds the middle `level` of the values found when tasks are drawn anew, with
        replacement (percentile bootstrap, Efron 1979), and the value itself. Draws for which the
        coefficient is not defined do not count; with fewer than two tasks there is no interval.
        """
        refuse_level(level)
        if resamples < 0:
            raise ValueError(f"resamples must be 0 or more, not {resamples}")
        answers = self.answers
        value = float(coefficient((self.tasks @ statistics)[None])[0])
        compared = int(self.tasks[answers > 1].sum())
        pairs = round(float(self.tasks @ (answers * (answers - 1))) / 2)
        low = high = float("nan")
        if compared > 1 and resamples:
            drawn = coefficient(self._resampled(statistics, resamples, seed))
            drawn = np.append(drawn[~np.isnan(drawn)], value)
            edge = (1 - level) / 2
            # with few tasks the draws may all lie on one side of the value
            low = min(value, float(np.quantile(drawn, edge)))
            high = max(value, float(np.quantile(drawn, 1 - edge)))
        return Agreement(value, low, high, compared, pairs)

    def _resampled(self, statistics: Floats, resamples: int, seed: int) -> Floats:
        """Sum the statistics over tasks drawn with replacement, again and again: shape (B, S)."""
        chance = np.random.default_rng(seed)
        at_once = max(1, CELLS // int(self.tasks.sum()))
        sizes = [min(at_once, resamples - done) for done in range(0, resamples, at_once)]
        return np.concatenate([self._weights(chance, size) @ statistics for size in sizes])

    def _weights(self, chance: np.random.Generator, size: int) -> Floats:
        """Draw how often each pattern comes up when as many tasks are drawn: shape (size, U)."""
        total, patterns = int(self.tasks.sum()), len(self.tasks)
        if total > 8 * patterns:
            return chance.multinomial(total, self.tasks / total, size).astype(np.float64)
        # with patterns hardly fewer than tasks it is quicker to draw the tasks, one by one
        drawn = np.repeat(np.arange(patterns), self.tasks)[
            chance.integers(total, size=(size, total))
        ]
        drawn += np.arange(size)[:, None] * patterns
        counted = np.bincount(drawn.ravel(), minlength=size * patterns)
        return counted.reshape(size, patterns).astype(np.float64)


def refuse_level(level: float) -> None:
    """Raise ValueError for a level that is no share."""
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, not {level}")


def ratio(above: Any, below: Any) -> Floats:
    """Divide where there is something to divide by; NaN elsewhere."""
    above, below = np.broadcast_arrays(above, below)
    quotient: Floats = np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0)
    return quotient
