"""Zero-based skill: weighted votes and weights in turn, until neither changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np

from consensus.methods.base import Method
from consensus.methods.shares import agreement, count, leading
from consensus.posterior import Shares, task_posteriors
from consensus.votes import Floats, Votes

#: Changes of a weight below this are none.
STILL = 1e-12


class ZeroBasedSkill(Method):
    """A majority vote weighted by agreement with itself (Ustalov et al. 2024, crowd-kit).

    Each step moves the weights towards the agreement by `rate`, which shrinks by `shrink` every
    `steps_a_rate` steps, so that votes that chase each other come to rest. Where several labels
    lead, agreeing with one of them counts in part. The posterior is the weighted share of votes.
    """

    #: What each annotator's vote counts for, from 0 to 1: shape (A,).
    weights_: Floats

    def __init__(
        self,
        *,
        rate: float = 1.0,
        shrink: float = 0.5,
        steps_a_rate: int = 20,
        max_iterations: int = 100,
    ) -> None:
        self.rate = rate
        self.shrink = shrink
        self.steps_a_rate = steps_a_rate
        self.max_iterations = max_iterations

    def fit(
        self, votes: Votes, gold: Mapping[Any, str] | None = None, *, start: Method | None = None
    ) -> Self:
        """Learn the weights, then count; known labels are held fast.

        The weights of an earlier fit are gone on from, and newcomers start as its average.
        """
        self.weights_ = _first_weights(votes, start)
        self.bounds_, self.n_iter_, self.converged_ = [], 0, False
        rate = self.rate
        while self.n_iter_ < self.max_iterations and not self.converged_:
            self.n_iter_ += 1
            if self.n_iter_ % self.steps_a_rate == 0:
                rate *= self.shrink
            shares = task_posteriors(votes, Shares(self.weights_), gold)
            change = agreement(votes, leading(shares)) - self.weights_
            self.weights_ = self.weights_ + rate * change
            self.converged_ = bool(np.abs(change).max(initial=0.0) < STILL)
        count(self, votes, self.weights_, gold)
        return self


def _first_weights(votes: Votes, start: Method | None) -> Floats:
    if not isinstance(start, ZeroBasedSkill):
        return np.ones(votes.shape[1])
    before = dict(zip(start.annotator_ids_, start.weights_.tolist(), strict=True))
    average = float(start.weights_.mean()) if before else 1.0
    return np.array([before.get(a, average) for a in votes.annotator_ids], np.float64)
