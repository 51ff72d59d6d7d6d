"""Mean and median of numbers: what a model of annotators has to beat."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from scipy.special import stdtrit

from consensus.answer_types.numeric_votes import NumericVotes
from consensus.votes import Floats

#: The standard deviation of a median over that of a mean, under normal errors.
MEDIAN_LOSS = float(np.sqrt(np.pi / 2))


class Mean:
    """The mean of each task, every annotator alike."""

    #: The truth of each task and its standard error: shape (T,). NaN and infinity where there
    #: are no answers.
    values_: Floats
    deviations_: Floats
    #: Answers beyond the first of their task: what the standard error rests on.
    freedom_: int

    def fit(self, votes: NumericVotes, gold: Mapping[Any, float] | None = None) -> Self:
        """Take the center of each task; its error is judged by the spread in all tasks alike."""
        counts = np.diff(votes.starts)
        self.values_ = np.where(counts > 0, self._centers(votes), np.nan)
        squares = ((votes.value - _means(votes)[votes.task]) ** 2).sum()
        self.freedom_ = int(np.maximum(counts - 1, 0).sum())
        # the spread of lone answers cannot be seen
        variance = squares / self.freedom_ if self.freedom_ else np.inf
        error = self._loss(counts) * np.sqrt(variance / np.maximum(counts, 1))
        self.deviations_ = np.where(counts > 0, error, np.inf)
        rows, known = votes.rows_of(gold)
        self.values_[rows], self.deviations_[rows] = known, 0.0
        return self

    def intervals(self, level: float = 0.95) -> tuple[Floats, Floats]:
        """Bound the truths by confidence intervals: two of shape (T,)."""
        reach = stdtrit(max(1, self.freedom_), (1 + level) / 2) * self.deviations_
        return self.values_ - reach, self.values_ + reach

    def _centers(self, votes: NumericVotes) -> Floats:
        return _means(votes)

    def _loss(self, counts: Floats) -> Floats:
        return np.ones(len(counts))


class Median(Mean):
    """The median of each task: half of its answers may be anything."""

    def _centers(self, votes: NumericVotes) -> Floats:
        counts = np.diff(votes.starts)
        ordered = np.append(votes.value[np.lexsort((votes.value, votes.task))], np.nan)
        # the end of the columns stands in for tasks without answers
        low = np.where(counts > 0, votes.starts[:-1] + (counts - 1) // 2, len(votes))
        high = np.where(counts > 0, votes.starts[:-1] + counts // 2, len(votes))
        middle: Floats = (ordered[low] + ordered[high]) / 2
        return middle

    def _loss(self, counts: Floats) -> Floats:
        return np.where(counts > 2, MEDIAN_LOSS, 1.0)


def _means(votes: NumericVotes) -> Floats:
    total = np.bincount(votes.task, votes.value, minlength=votes.shape[0])
    means: Floats = total / np.maximum(np.diff(votes.starts), 1)
    return means
