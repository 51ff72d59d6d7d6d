"""Dawid-Skene with annotators drawn from a common crowd: few answers say little about a person."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from consensus.methods.base import expected_counts, vote_shares
from consensus.posterior import TINY, log_joint, normalized, task_posteriors
from consensus.votes import Floats, Votes

#: Answers that the crowd's matrix weighs beside an annotator's own, for each true label.
PRIOR_STRENGTH = 1.0
#: Answers that the matrix assumed of any crowd weighs beside the crowd's own.
POOL_STRENGTH = 20.0
#: How often an annotator is right before anything is known.
PRIOR_ACCURACY = 0.75
#: How much of an independent observation an answer counts for in the posterior that is stated.
DISCOUNT = 0.6
#: Tasks of each label assumed to have been seen.
CLASS_STRENGTH = 1.0


def prior_confusion(labels: int) -> Floats:
    """Assume annotators who are mostly right and err evenly: shape (K, K)."""
    right = PRIOR_ACCURACY if labels > 1 else 1.0
    matrix = np.full((labels, labels), (1 - right) / max(1, labels - 1))
    np.fill_diagonal(matrix, right)
    return matrix


def smoothed_prior(posteriors: Floats) -> Floats:
    """Estimate the share of each label: shape (K,)."""
    counts = posteriors.sum(axis=0) + CLASS_STRENGTH
    share: Floats = counts / counts.sum()
    return share


def smoothed_confusion(
    votes: Votes, posteriors: Floats, pooled: Floats, strength: float = PRIOR_STRENGTH
) -> tuple[Floats, Floats]:
    """Estimate each annotator's matrix, drawn toward the crowd's, and the crowd's own.

    Shapes (A, K, K) and (K, K). The mode under a Dirichlet prior of `strength` answers a row.
    """
    counts = expected_counts(votes, posteriors)
    own = counts + strength * pooled
    crowd = counts.sum(axis=0) + POOL_STRENGTH * prior_confusion(len(pooled))
    return own / own.sum(axis=2, keepdims=True), crowd / crowd.sum(axis=1, keepdims=True)


class DawidSkene:
    """Maximum a posteriori EM (Dawid & Skene 1979) under a Dirichlet prior learned from the crowd.

    Each row of an annotator's matrix has a Dirichlet prior centred on the crowd's row, so that a
    newcomer counts as average until shown otherwise (empirical Bayes, as in Kim & Ghahramani 2012).
    The crowd's matrix is learned in `rounds`, held fixed within each, so that the bound of a round
    never falls. EM ends when no posterior moves by more than `tolerance`: the labels settle long
    before the probabilities do, and it is the probabilities that decide.

    The posteriors that are stated count each answer as `discount` of an independent one; the fit
    itself does not, or it would learn too little of the annotators.
    """

    def __init__(
        self,
        *,
        strength: float = PRIOR_STRENGTH,
        discount: float = DISCOUNT,
        rounds: int = 2,
        tolerance: float = 1e-6,
        max_iterations: int = 500,
    ) -> None:
        self.strength = strength
        self.discount = discount
        self.rounds = rounds
        self.tolerance = tolerance
        self.max_iterations = max_iterations

    posteriors_: Floats
    class_prior_: Floats
    confusion_: Floats
    pooled_confusion_: Floats
    #: Log posterior density after each iteration of the last round, up to a constant.
    bounds_: list[float]
    discount_: float
    n_iter_: int
    converged_: bool

    def fit(self, votes: Votes, gold: dict[Any, str] | None = None) -> Self:
        """Learn priors, matrices and posteriors from the votes; known labels are held fast."""
        shares = vote_shares(votes, gold)
        self.n_iter_, self.discount_ = 0, self.discount
        assumed = prior_confusion(votes.shape[2])
        _, self.pooled_confusion_ = smoothed_confusion(votes, shares, assumed)
        for _ in range(self.rounds):
            pooled = self.pooled_confusion_
            shares = self._run_em(votes, gold, shares, pooled)
            _, self.pooled_confusion_ = smoothed_confusion(votes, shares, pooled)
        self.posteriors_ = task_posteriors(
            votes, self.class_prior_, self.confusion_, gold, discount=self.discount
        )
        return self

    def _run_em(
        self, votes: Votes, gold: dict[Any, str] | None, shares: Floats, pooled: Floats
    ) -> Floats:
        self.bounds_, self.converged_ = [], False
        for _ in range(self.max_iterations):
            self.n_iter_ += 1
            self.class_prior_ = smoothed_prior(shares)
            self.confusion_, _ = smoothed_confusion(votes, shares, pooled, self.strength)
            joint = log_joint(votes, self.class_prior_, self.confusion_)
            self.bounds_.append(self._bound(joint, votes, gold, pooled))
            before, shares = shares, normalized(joint, votes, gold)
            if not before.size or np.abs(shares - before).max() < self.tolerance:
                self.converged_ = True
                break
        return shares

    def _bound(
        self, joint: Floats, votes: Votes, gold: dict[Any, str] | None, pooled: Floats
    ) -> float:
        """Compute log P(answers, matrices, prior): what EM climbs."""
        rows, known = votes.rows_of(gold)
        likelihood = np.logaddexp.reduce(joint, axis=1)
        likelihood[rows] = joint[rows, known]
        log_confusion = np.log(np.maximum(self.confusion_, TINY))
        prior = self.strength * (pooled * log_confusion).sum()
        prior += CLASS_STRENGTH * np.log(np.maximum(self.class_prior_, TINY)).sum()
        return float(likelihood.sum() + prior)
