"""The default: several models averaged with what the votes say without any model."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Self

import numpy as np

from consensus.methods.base import Method, TableMethod
from consensus.methods.ebcc import EBCC
from consensus.methods.shares import added_up, describe
from consensus.methods.typed import TypedDawidSkene
from consensus.posterior import Mixture, Shares, Tables, clamped, sharpened
from consensus.votes import Floats, Ints, Votes

#: Parameters that all models share: tables whose last digits move are good enough to average.
SHARED: dict[str, Any] = {"tolerance": 1e-4}
#: The models that are averaged, and the weight of each. The first is stopped early: EM begun at the
#: majority gains most in its first steps, and where its model does not hold, later it only drifts.
MEMBERS: tuple[tuple[float, Callable[[], TableMethod]], ...] = (
    (0.30, partial(TypedDawidSkene, kinds=1, strength=4.0, rounds=1, max_iterations=10, **SHARED)),
    (0.15, partial(TypedDawidSkene, kinds=3, strength=16.0, max_iterations=200, **SHARED)),
    (0.15, partial(EBCC, kinds=3, max_iterations=200, **SHARED)),
)
#: Weight of the weighted vote shares beside the models.
SHARE = 0.4
#: Weight of the even vote in each task's share.
EVEN = 1.0
#: Answers that the crowd weighs beside an annotator's own when votes are weighed.
WEIGHT_STRENGTH = 4.0
#: Known tasks from which the weights of the parts are learned; with fewer the assumed ones stand.
LEAST_GOLD = 20
#: Known tasks that the assumed weights count for beside those that there are.
GOLD_STRENGTH = 20.0
#: Standard deviation of the logarithm of the sharpness, before gold is seen.
SHARPNESS_SPREAD = 0.5
#: Votes from which the members are worth a thread each.
MANY = 50_000


class Auto(Method):
    """A mean of models with one and with several kinds of tasks, and of weighted vote shares.

    No model is best everywhere, and each is far too sure of itself; where they are wrong they are
    wrong in different ways, and their mean says so. The vote shares, each vote weighted by how far
    its giver is above chance, keep the mean from being surer than people are. Where at least
    `LEAST_GOLD` labels are known, a fit that was not told them shows how much each part deserves,
    and how sure the mean may be (stacking, Wolpert 1992; temperature scaling, Guo et al. 2017).
    """

    #: The models that are averaged, as fitted.
    members_: Sequence[TableMethod]
    model_: Mixture

    def fit(
        self, votes: Votes, gold: Mapping[Any, str] | None = None, *, start: Method | None = None
    ) -> Self:
        """Fit the members, and average them; known labels are held fast."""
        if start is not None and not isinstance(start, Auto):
            raise ValueError("Auto can go on only from a fit of its own kind")
        before = start.members_ if start else [None] * len(MEMBERS)
        weights, sharpness = _assumed(), 1.0
        rows, known = votes.rows_of(gold)
        if len(rows) >= LEAST_GOLD:
            blind = [p[rows] for p in self._parts(votes, None, [None] * len(MEMBERS))[1]]
            weights, sharpness = stacked(blind, known)
        self.model_, posteriors = self._parts(votes, gold, before)
        self.model_ = Mixture(self.model_.parts, weights, sharpness)
        pooled = clamped(self.model_.pooled(posteriors), votes, gold)
        describe(self, votes, pooled)
        hard = [m.difficulty_ for m in self.members_ if m.difficulty_ is not None]
        self.difficulty_ = np.mean(hard, axis=0)
        self.bounds_ = []
        self.n_iter_ = sum(member.n_iter_ for member in self.members_)
        self.converged_ = all(member.converged_ for member in self.members_[1:])
        return self

    def _parts(
        self, votes: Votes, gold: Mapping[Any, str] | None, before: Sequence[Method | None]
    ) -> tuple[Mixture, list[Floats]]:
        """Fit what is averaged: the parts, and the posteriors of each without any label clamped."""

        def fitted(number: int) -> TableMethod:
            return MEMBERS[number][1]().fit(votes, gold, start=before[number])

        threads = min(len(MEMBERS), os.cpu_count() or 1) if len(votes) >= MANY else 1
        if threads == 1:
            self.members_ = [fitted(number) for number in range(len(MEMBERS))]
        else:
            with ThreadPoolExecutor(threads) as pool:
                self.members_ = list(pool.map(fitted, range(len(MEMBERS))))
        believed: list[Floats] = [member.posteriors_ for member in self.members_]
        shares = Shares(_vote_weights(votes, np.mean(believed, axis=0)), EVEN)
        tables: list[Tables] = [member.model_ for member in self.members_]
        said = [table.posteriors(votes) for table in tables] if gold else believed
        return Mixture((*tables, shares), _assumed()), [*said, shares.posteriors(votes)]


def stacked(posteriors: Sequence[Floats], known: Ints) -> tuple[tuple[float, ...], float]:
    """Learn from known labels how to weigh posteriors (G, K), and how sure their mean may be.

    EM for the weights of a mixture, the assumed ones counting for `GOLD_STRENGTH` tasks; then the
    sharpness of greatest likelihood under a log-normal prior around 1.
    """
    every = np.arange(len(known))
    said = np.stack([p[every, known] for p in posteriors], axis=1)
    assumed = np.array(_assumed())
    weights = assumed
    for _ in range(200):
        credit = said * weights
        credit /= np.maximum(credit.sum(axis=1, keepdims=True), 1e-300)
        weights = (credit.sum(axis=0) + GOLD_STRENGTH * assumed) / (len(known) + GOLD_STRENGTH)
    pooled = np.asarray(sum(w * p for w, p in zip(weights, posteriors, strict=True)))

    def fitness(log_sharpness: float) -> float:
        right = sharpened(pooled, float(np.exp(log_sharpness)))[every, known]
        surprise = (log_sharpness / SHARPNESS_SPREAD) ** 2 / 2
        return float(np.log(np.maximum(right, 1e-12)).sum() - surprise)

    best = max(np.linspace(-1.5, 1.0, 101), key=fitness)
    return tuple(weights.tolist()), float(np.exp(best))


def _assumed() -> tuple[float, ...]:
    return (*(weight for weight, _ in MEMBERS), SHARE)


def _vote_weights(votes: Votes, believed: Floats) -> Floats:
    """Weigh each annotator by how far its accuracy is above chance; 1 on average: shape (A,)."""
    _, annotators, labels = votes.shape
    given = np.bincount(votes.annotator, minlength=annotators)
    right = added_up(believed[votes.task, votes.label], votes.annotator, annotators)
    average = right.sum() / max(1, len(votes))
    accuracy = (right + WEIGHT_STRENGTH * average) / (given + WEIGHT_STRENGTH)
    chance = 1 / labels
    above = np.clip((accuracy - chance) / max(1 - chance, 1e-9), 0, 1)
    mean = float(above @ given) / max(1, len(votes))
    weights: Floats = above / mean if mean > 0 else np.ones(annotators)
    return weights
