"""Wawa, "worker agreement with aggregate": a vote counts as its giver agrees with the majority."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from consensus.methods.base import Method, vote_shares
from consensus.methods.shares import agreement, count, leading
from consensus.votes import Floats, Votes


class Wawa(Method):
    """A majority vote weighted by agreement with the plain one (Ustalov et al. 2024, crowd-kit).

    Where several labels lead, agreeing with one of them counts in part, so that no order of labels
    decides. Known labels are the majority of their tasks. The posterior is the weighted share of
    votes.
    """

    #: Share of each annotator's votes that agree with the majority: shape (A,).
    weights_: Floats

    def fit(
        self, votes: Votes, gold: Mapping[Any, str] | None = None, *, start: Method | None = None
    ) -> Self:
        """Weigh the annotators, then count; an earlier fit changes nothing."""
        self.weights_ = agreement(votes, leading(vote_shares(votes, gold)))
        count(self, votes, self.weights_, gold)
        self.bounds_, self.n_iter_, self.converged_ = [], 1, True
        return self
