"""Dawid-Skene: a confusion matrix for each annotator, by maximum likelihood or under a prior."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from consensus.methods.base import (
    CLASS_STRENGTH,
    POOL_STRENGTH,
    TableMethod,
    assumed_confusion,
    normalize,
)
from consensus.posterior import Tables
from consensus.sweep import Sums
from consensus.votes import Floats

#: Answers that the crowd's matrix weighs beside an annotator's own, for each true label.
PRIOR_STRENGTH = 1.0
#: Least count of an answer: keeps a probability of zero from ruling a label out for ever.
LEAST = 1e-10


class DawidSkene(TableMethod):
    """EM over confusion matrices (Dawid & Skene 1979).

    With `strength` 0 it is the maximum likelihood. Above, each row of an annotator's matrix has a
    Dirichlet prior of that many answers, centred on the crowd's row, so that a newcomer counts as
    average until shown otherwise (empirical Bayes, as in Kim & Ghahramani 2012); the result is the
    mode of the posterior. `history` adds, for annotators known from before, the answers they gave
    elsewhere: a (K, K) table of counts, rows true.
    """

    #: The row of the crowd that each annotator's row is drawn toward: shape (K, K).
    center_: Floats

    def __init__(
        self,
        *,
        strength: float = PRIOR_STRENGTH,
        history: Mapping[Any, Floats] | None = None,
        tolerance: float = 1e-6,
        max_iterations: int = 500,
    ) -> None:
        if not strength >= 0:
            raise ValueError(f"strength is a number of answers, 0 or more, not {strength}")
        self.strength = strength
        self.rounds = 2 if strength else 1
        self.history = history
        self.tolerance = tolerance
        self.max_iterations = max_iterations

    def prepare(self, sums: Sums, shape: tuple[int, int, int]) -> None:
        """Center the prior on the crowd as the sums show it."""
        crowd = sums.counts.sum(axis=0) + POOL_STRENGTH * assumed_confusion(shape[2])
        self.center_ = normalize(crowd)
        self._set_prior(shape)

    def resume(self, start: DawidSkene, shape: tuple[int, int, int]) -> None:
        """Keep the center of the earlier fit's prior."""
        self.center_ = start.center_
        self._set_prior(shape)

    def _set_prior(self, shape: tuple[int, int, int]) -> None:
        _, annotators, labels = shape
        self._class_prior = CLASS_STRENGTH if self.strength else 0.0
        self._prior = np.broadcast_to(self.strength * self.center_, (annotators, labels, labels))
        if self.history:
            self._prior = self._prior.copy()
            for row, annotator in enumerate(self.annotator_ids_):
                if annotator in self.history:
                    self._prior[row] += self.history[annotator]

    def tables(self, sums: Sums) -> tuple[Tables, float]:
        """Take the mode of prior and matrices under their Dirichlet priors."""
        self.class_prior_ = normalize(np.maximum(sums.states + self._class_prior, LEAST))
        self.confusion_counts_ = np.maximum(sums.counts + self._prior, LEAST)
        self.confusion_ = normalize(self.confusion_counts_)
        tables = Tables(np.log(self.class_prior_), np.log(self.confusion_))
        extra = (self._prior * tables.log_confusion).sum()
        return tables, float(extra + self._class_prior * tables.log_prior.sum())

    def finish(self, sums: Sums) -> None:
        """See what the crowd is like on average."""
        self.pooled_confusion_ = normalize(sums.counts.sum(axis=0) + POOL_STRENGTH * self.center_)
