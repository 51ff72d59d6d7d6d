"""GLAD: annotators of different ability at tasks of different difficulty."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Self

import numpy as np
from scipy.special import expit, log_expit

from consensus.methods.base import CLASS_STRENGTH, Method, normalize, vote_shares
from consensus.methods.shares import added_up, describe
from consensus.posterior import normalized
from consensus.votes import Floats, Ints, Votes

#: Halvings of a step before it is given up.
HALVINGS = 12
#: The longest step: a further one may overflow before it is halved.
LONGEST = 2.0
#: Share of a sum that rounding may cost.
ROUNDING = 1e-13


class GLAD(Method):
    """EM over abilities and difficulties (Whitehill et al. 2009, section 2 and appendix).

    An annotator of ability α is right at a task of easiness β with probability σ(αβ), β > 0; errors
    are spread evenly over the other labels. α and log β have normal priors of mean `ability` and
    `easiness` and standard deviation 1. The M-step is one Newton step in α, then one in log β, each
    halved where it would lower its part of the bound, so that the bound never falls.
    """

    #: α of each annotator, below 0 for one who is mostly wrong: shape (A,).
    ability_: Floats
    #: log β of each task: shape (T,).
    easiness_: Floats
    task_ids_: Sequence[Hashable]

    def __init__(
        self,
        *,
        ability: float = 1.0,
        easiness: float = 1.0,
        tolerance: float = 1e-6,
        max_iterations: int = 500,
    ) -> None:
        self.ability = ability
        self.easiness = easiness
        self.tolerance = tolerance
        self.max_iterations = max_iterations

    def fit(
        self, votes: Votes, gold: Mapping[Any, str] | None = None, *, start: Method | None = None
    ) -> Self:
        """Learn abilities, difficulties and posteriors; known labels are held fast.

        An earlier GLAD is gone on from; whom and what it has not seen starts as the prior. Raises
        ValueError where it has other labels.
        """
        self.task_ids_ = votes.task_ids
        self.bounds_, self.n_iter_, self.converged_ = [], 0, False
        posteriors = self._begin(votes, gold, start)
        while self.n_iter_ < self.max_iterations and not self.converged_:
            self.n_iter_ += 1
            self._improve(votes, posteriors)
            before = posteriors
            posteriors, bound = self._posteriors(votes, gold)
            self.bounds_.append(bound)
            moved = np.abs(posteriors - before).max(initial=0.0)
            self.converged_ = bool(moved < self.tolerance)
        describe(self, votes, posteriors)
        self.difficulty_ = expit(-self.easiness_)
        return self

    def _begin(self, votes: Votes, gold: Mapping[Any, str] | None, start: Method | None) -> Floats:
        tasks, annotators, _ = votes.shape
        self.ability_ = np.full(annotators, self.ability)
        self.easiness_ = np.full(tasks, self.easiness)
        if not isinstance(start, GLAD):
            return vote_shares(votes, gold)
        if tuple(start.label_set_) != tuple(votes.label_set):
            raise ValueError("the earlier fit has other labels")
        self.ability_ = _carried(
            votes.annotator_ids, start.annotator_ids_, start.ability_, self.ability
        )
        self.easiness_ = _carried(votes.task_ids, start.task_ids_, start.easiness_, self.easiness)
        self.class_prior_ = start.class_prior_
        return self._posteriors(votes, gold)[0]

    def _improve(self, votes: Votes, posteriors: Floats) -> None:
        """Raise the expected log joint, by all votes' probabilities of being right."""
        right = posteriors[votes.task, votes.label]
        self.class_prior_ = normalize(posteriors.sum(axis=0) + CLASS_STRENGTH)
        beta = np.exp(self.easiness_)[votes.task]
        self.ability_ = _climbed(
            self.ability_, self.ability, votes.annotator, right, lambda at: (at * beta, beta)
        )
        alpha = self.ability_[votes.annotator]
        self.easiness_ = _climbed(
            self.easiness_, self.easiness, votes.task, right, lambda at: (alpha * np.exp(at),) * 2
        )

    def _posteriors(self, votes: Votes, gold: Mapping[Any, str] | None) -> tuple[Floats, float]:
        """Compute the posteriors (T, K) as abilities and difficulties stand, and the bound."""
        tasks, _, labels = votes.shape
        odds = self.ability_[votes.annotator] * np.exp(self.easiness_)[votes.task]
        others = np.log(max(1, labels - 1))
        cell = votes.task * np.int64(labels) + votes.label
        joint = added_up(odds + others, cell, tasks * labels).reshape(tasks, labels)
        joint += added_up(log_expit(-odds) - others, votes.task, tasks)[:, None]
        joint += np.log(self.class_prior_)
        rows, known = votes.rows_of(gold)
        joint[rows] += np.where(np.arange(labels) == known[:, None], 0.0, -np.inf)
        posteriors, evidence = normalized(joint)
        bound = evidence.sum() + CLASS_STRENGTH * np.log(self.class_prior_).sum()
        bound -= ((self.ability_ - self.ability) ** 2).sum() / 2
        bound -= ((self.easiness_ - self.easiness) ** 2).sum() / 2
        return posteriors, float(bound)


def _climbed(
    point: Floats,
    mean: float,
    group: Ints,
    right: Floats,
    odds_at: Callable[[Floats], tuple[Floats, Floats]],
) -> Floats:
    """Take a Newton step towards the best of each group's own number: shape (G,).

    `odds_at` gives, for a number a vote, the log odds that the vote is right and their slope. The
    curvature is the expected one, never negative; a step that lowers the group's part of the bound
    is halved, and at last not taken.
    """

    def height(at: Floats) -> Floats:
        odds, _ = odds_at(at[group])
        expected = added_up(right * odds + log_expit(-odds), group, len(point))
        return expected - (at - mean) ** 2 / 2

    odds, slope = odds_at(point[group])
    chance = expit(odds)
    gradient = added_up((right - chance) * slope, group, len(point)) - (point - mean)
    curvature = added_up(chance * (1 - chance) * slope**2, group, len(point)) + 1
    step = np.clip(gradient / curvature, -LONGEST, LONGEST)
    least = height(point)
    # sums of many logs are not exact: what they lose by rounding is no loss
    least -= ROUNDING * (1 + np.abs(least))
    for _ in range(HALVINGS):
        lower = height(point + step) < least
        if not lower.any():
            return point + step
        step = np.where(lower, step / 2, step)
    return np.where(height(point + step) < least, point, point + step)


def _carried(
    ids: Sequence[Hashable], before: Sequence[Hashable], values: Floats, otherwise: float
) -> Floats:
    """Carry numbers over from the ids of an earlier fit."""
    value = dict(zip(before, values.tolist(), strict=True))
    return np.array([value.get(i, otherwise) for i in ids], np.float64)
