"""Majority vote: every annotator counts the same. A tie stays a tie."""

from __future__ import annotations

from typing import Any, Self

from consensus.methods.base import vote_shares
from consensus.methods.dawid_skene import prior_confusion, smoothed_confusion, smoothed_prior
from consensus.votes import Floats, Votes


class MajorityVote:
    """The share of votes, taken as a probability.

    The confusion matrices are those that the shares imply; they describe the annotators, and give a
    first posterior until the next fit.
    """

    posteriors_: Floats
    class_prior_: Floats
    confusion_: Floats
    pooled_confusion_: Floats
    discount_: float = 1.0
    n_iter_: int = 1
    converged_: bool = True

    def fit(self, votes: Votes, gold: dict[Any, str] | None = None) -> Self:
        """Count the votes."""
        self.posteriors_ = vote_shares(votes, gold)
        self.class_prior_ = smoothed_prior(self.posteriors_)
        pooled = prior_confusion(votes.shape[2])
        self.confusion_, self.pooled_confusion_ = smoothed_confusion(
            votes, self.posteriors_, pooled
        )
        return self
