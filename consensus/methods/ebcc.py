"""Bayesian classifier combination that knows of correlated errors: kinds of tasks in each label."""

from __future__ import annotations

import numpy as np

from consensus.methods.base import TableMethod, normalize
from consensus.methods.ibcc import divergence, expected_log
from consensus.posterior import Tables
from consensus.sweep import Sums
from consensus.votes import Ints


class EBCC(TableMethod):
    """Variational EBCC (Li, Rubinstein & Cohn 2019, section 4).

    Each label has `kinds` of tasks, each kind its own matrices, so that annotators who err together
    are explained by the kind of the task. `right` and `wrong` are the prior counts of a row,
    `label_strength` and `kind_strength` those of the shares of labels and of kinds.
    The kinds start out from how much people agree on a task, where the paper draws them by chance.
    """

    def __init__(
        self,
        *,
        kinds: int = 3,
        right: float = 4.0,
        wrong: float = 1.0,
        label_strength: float = 1.0,
        kind_strength: float = 0.1,
        tolerance: float = 1e-6,
        max_iterations: int = 500,
    ) -> None:
        if kinds < 1:
            raise ValueError(f"kinds must be at least 1, not {kinds}")
        if min(right, wrong, label_strength, kind_strength) <= 0:
            raise ValueError("the counts of a prior must be positive")
        self.kinds = kinds
        self.right = right
        self.wrong = wrong
        self.label_strength = label_strength
        self.kind_strength = kind_strength
        self.tolerance = tolerance
        self.max_iterations = max_iterations

    def label_of_state(self, labels: int) -> Ints | None:
        """Lay states out label by label, within a label kind by kind."""
        return None if self.kinds == 1 else np.repeat(np.arange(labels), self.kinds)

    def prepare(self, sums: Sums, shape: tuple[int, int, int]) -> None:
        """Set the Dirichlet priors."""
        self._labels = labels = shape[2]
        row = self.wrong + (self.right - self.wrong) * np.eye(labels)
        self._row = np.repeat(row, self.kinds, axis=0)

    def resume(self, start: EBCC, shape: tuple[int, int, int]) -> None:
        """Set the Dirichlet priors, which nothing is learned of."""
        self.prepare(Sums(np.empty(0), np.empty(0)), shape)

    def tables(self, sums: Sums) -> tuple[Tables, float]:
        """Update the distributions of shares and rows."""
        by_label = sums.states.reshape(self._labels, self.kinds)
        labels, kinds = by_label.sum(axis=1) + self.label_strength, by_label + self.kind_strength
        log_labels, log_kinds = expected_log(labels), expected_log(kinds)
        self._counts = sums.counts + self._row
        log_confusion = expected_log(self._counts)
        extra = divergence(labels, np.full_like(labels, self.label_strength), log_labels)
        extra += divergence(kinds, np.full_like(kinds, self.kind_strength), log_kinds)
        extra += divergence(self._counts, self._row, log_confusion)
        states = (log_labels[:, None] + log_kinds).ravel()
        return Tables(states, log_confusion, self.label_of_state(self._labels)), -extra

    def finish(self, sums: Sums) -> None:
        """Take the means, the kinds of each label averaged by their shares."""
        labels = self._labels
        shares = sums.states.reshape(labels, self.kinds)
        self.class_prior_ = normalize(shares.sum(axis=1) + self.label_strength)
        weight = normalize(shares + self.kind_strength)[None, :, :, None]
        rows = normalize(self._counts).reshape(-1, labels, self.kinds, labels)
        self.confusion_ = (rows * weight).sum(axis=2)
        given = self._counts.reshape(-1, labels, self.kinds, labels).sum(axis=(2, 3))
        self.confusion_counts_ = self.confusion_ * given[:, :, None]
        crowd = sums.counts.sum(axis=0).reshape(labels, self.kinds, labels).sum(axis=1)
        self.pooled_confusion_ = normalize(crowd + self._row[:: self.kinds])
