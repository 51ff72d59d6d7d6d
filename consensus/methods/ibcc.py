"""Independent Bayesian classifier combination: Dawid-Skene with distributions for its matrices."""

from __future__ import annotations

import numpy as np
from scipy.special import digamma, gammaln

from consensus.methods.base import TableMethod, normalize
from consensus.posterior import Tables
from consensus.sweep import Sums
from consensus.votes import Floats


def expected_log(counts: Floats) -> Floats:
    """Compute E[log p] of Dirichlet distributions along the last axis."""
    found: Floats = digamma(counts) - digamma(counts.sum(axis=-1, keepdims=True))
    return found


def divergence(counts: Floats, prior: Floats, log_expected: Floats) -> float:
    """Compute KL(Dir(counts) || Dir(prior)), summed over all but the last axis.

    A prior that many rows share is given once: it is broadcast.
    """
    return float(
        (gammaln(counts.sum(axis=-1)) - gammaln(prior.sum(axis=-1))).sum()
        - (gammaln(counts) - gammaln(prior)).sum()
        + ((counts - prior) * log_expected).sum()
    )


class IBCC(TableMethod):
    """Variational IBCC (Kim & Ghahramani 2012; Simpson et al. 2013, eqs. 8-14)."""

    def __init__(
        self,
        *,
        right: float = 2.0,
        wrong: float = 1.0,
        prevalence: float = 1.0,
        tolerance: float = 1e-6,
        max_iterations: int = 500,
    ) -> None:
        self.right = right
        self.wrong = wrong
        self.prevalence = prevalence
        self.tolerance = tolerance
        self.max_iterations = max_iterations

    def prepare(self, sums: Sums, shape: tuple[int, int, int]) -> None:
        """Set the Dirichlet priors."""
        labels = shape[2]
        self._row = self.wrong + (self.right - self.wrong) * np.eye(labels)
        self._prevalence = np.full(labels, self.prevalence)

    def resume(self, start: IBCC, shape: tuple[int, int, int]) -> None:
        """Set the Dirichlet priors, which nothing is learned of."""
        self.prepare(Sums(np.empty(0), np.empty(0)), shape)

    def tables(self, sums: Sums) -> tuple[Tables, float]:
        """Update the variational distributions of prior and matrices."""
        self.confusion_counts_ = sums.counts + self._row
        states = sums.states + self._prevalence
        tables = Tables(expected_log(states), expected_log(self.confusion_counts_))
        extra = divergence(states, self._prevalence, tables.log_prior)
        extra += divergence(self.confusion_counts_, self._row, tables.log_confusion)
        return tables, -extra

    def finish(self, sums: Sums) -> None:
        """Take the means of the distributions."""
        self.class_prior_ = normalize(sums.states + self._prevalence)
        self.confusion_ = normalize(self.confusion_counts_)
        self.pooled_confusion_ = normalize(sums.counts.sum(axis=0) + self._row)
