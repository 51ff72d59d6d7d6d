"""One-coin Dawid-Skene: one accuracy for each annotator, errors spread evenly."""

from __future__ import annotations

import numpy as np

from consensus.methods.base import CLASS_STRENGTH, PRIOR_ACCURACY, TableMethod, normalize
from consensus.posterior import Tables
from consensus.sweep import Sums
from consensus.votes import Floats


class OneCoin(TableMethod):
    """EM over one accuracy an annotator (Zhang, Chen, Zhou & Jordan 2016, section 3).

    The accuracy has a Beta prior of `strength` answers, centred on the crowd's.
    """

    def __init__(
        self, *, strength: float = 2.0, tolerance: float = 1e-6, max_iterations: int = 500
    ) -> None:
        self.strength = strength
        self.tolerance = tolerance
        self.max_iterations = max_iterations

    def prepare(self, sums: Sums, shape: tuple[int, int, int]) -> None:
        """Center the prior on the crowd as its vote shares show it."""
        self._labels = shape[2]
        right, given = np.trace(sums.counts.sum(axis=0)), sums.counts.sum()
        self._average = (right + 20 * PRIOR_ACCURACY) / (given + 20) if self._labels > 1 else 1.0

    def resume(self, start: OneCoin, shape: tuple[int, int, int]) -> None:
        """Keep the center of the earlier fit's prior."""
        self._labels, self._average = start._labels, start._average

    def tables(self, sums: Sums) -> tuple[Tables, float]:
        """Take the mode of each accuracy under its Beta prior."""
        right = np.trace(sums.counts, axis1=1, axis2=2) + self.strength * self._average
        total = sums.counts.sum(axis=(1, 2)) + self.strength
        self.class_prior_ = normalize(sums.states + CLASS_STRENGTH)
        self.accuracy_ = np.clip(right / np.maximum(total, 1e-10), 1e-10, 1 - 1e-10)
        self.confusion_ = self._spread(self.accuracy_)
        self.confusion_counts_ = self.confusion_ * (total / self._labels)[:, None, None]
        tables = Tables(np.log(self.class_prior_), np.log(self.confusion_))
        wrong = np.log1p(-self.accuracy_)
        extra = self._average * np.log(self.accuracy_) + (1 - self._average) * wrong
        return tables, float(self.strength * extra.sum() + CLASS_STRENGTH * tables.log_prior.sum())

    def finish(self, sums: Sums) -> None:
        """See what the crowd is like on average."""
        self.pooled_confusion_ = self._spread(np.array([self._average]))[0]

    def _spread(self, accuracy: Floats) -> Floats:
        labels = self._labels
        if labels == 1:
            return np.ones((len(accuracy), 1, 1))
        wrong = ((1 - accuracy) / (labels - 1))[:, None, None]
        eye = np.eye(labels)
        return accuracy[:, None, None] * eye + wrong * (1 - eye)
