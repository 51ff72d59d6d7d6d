"""Majority vote: the label that most have given. A tie stays a tie."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np

from consensus.methods.base import Method
from consensus.methods.shares import count
from consensus.votes import Floats, Votes


class MajorityVote(Method):
    """The share of votes, taken as a probability.

    Every annotator counts the same, or as much as `weights` says: a number from 0 up for each id.
    The matrices are those that the shares imply.
    """

    #: What each annotator's vote counts for: shape (A,).
    weights_: Floats

    def __init__(self, *, weights: Mapping[Any, float] | None = None) -> None:
        self.weights = weights

    def fit(
        self, votes: Votes, gold: Mapping[Any, str] | None = None, *, start: Method | None = None
    ) -> Self:
        """Count the votes; known labels are held fast, an earlier fit changes nothing.

        Raises ValueError for an annotator without a weight, and for a weight that is negative,
        infinite or NaN.
        """
        self.weights_ = _weights(votes, self.weights)
        count(self, votes, self.weights_, gold)
        self.bounds_, self.n_iter_, self.converged_ = [], 1, True
        return self


def _weights(votes: Votes, given: Mapping[Any, float] | None) -> Floats:
    if given is None:
        return np.ones(votes.shape[1])
    if absent := [a for a in votes.annotator_ids if a not in given]:
        raise ValueError(f"annotators without a weight (0 leaves one out): {absent[:5]}")
    weights = np.array([given[a] for a in votes.annotator_ids], np.float64)
    bad = ~(np.isfinite(weights) & (weights >= 0))
    if bad.any():
        who = votes.annotator_ids[int(bad.argmax())]
        raise ValueError(f"a weight must be a finite number from 0 up, not {given[who]} of {who!r}")
    return weights
