"""What every method is, and the M-step they share."""

from __future__ import annotations

from typing import Any, Protocol, Self

import numpy as np

from consensus.votes import Floats, Votes


class Method(Protocol):
    """A model of annotators. The constructor takes parameters; what `fit` learns ends in `_`."""

    #: P(true label | answers): shape (T, K).
    posteriors_: Floats
    #: Share of each label: shape (K,).
    class_prior_: Floats
    #: P(given | true) of each annotator: shape (A, K, K).
    confusion_: Floats
    #: The same of an annotator nothing is known about: shape (K, K).
    pooled_confusion_: Floats
    #: How much of an independent observation an answer counts for in `posteriors_`.
    discount_: float
    n_iter_: int
    converged_: bool

    def fit(self, votes: Votes, gold: dict[Any, str] | None = None) -> Self:
        """Learn from the votes, with the labels of some tasks known."""
        ...


def expected_counts(votes: Votes, posteriors: Floats) -> Floats:
    """Count how often each annotator gave a label where another was true: shape (A, K, K)."""
    _, annotators, labels = votes.shape
    by_column: Floats = votes.matrix.T @ posteriors
    return by_column.reshape(annotators, labels, labels).transpose(0, 2, 1)


def vote_shares(votes: Votes, gold: dict[Any, str] | None = None) -> Floats:
    """Share each task among its labels by votes; equal where there are none: shape (T, K)."""
    counts = votes.counts
    given = counts.sum(axis=1, keepdims=True)
    shares: Floats = np.where(given > 0, counts / np.maximum(given, 1), 1 / max(1, counts.shape[1]))
    rows, known = votes.rows_of(gold)
    shares[rows] = 0.0
    shares[rows, known] = 1.0
    return shares
