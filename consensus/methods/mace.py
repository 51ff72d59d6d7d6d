"""MACE: each annotator either knows the label or answers by habit."""

from __future__ import annotations

from typing import Any

import numpy as np

from consensus.methods.base import (
    CLASS_STRENGTH,
    POOL_STRENGTH,
    PRIOR_ACCURACY,
    Method,
    TableMethod,
    assumed_confusion,
    normalize,
)
from consensus.methods.ibcc import divergence, expected_log
from consensus.posterior import Tables
from consensus.sweep import Sums, Sweeps
from consensus.votes import Floats


class MACE(TableMethod):
    """Multi-annotator competence estimation by variational Bayes (Hovy et al. 2013, section 3).

    An annotator knows the label with probability θ and else gives label l with probability ξ(l),
    whatever is true: P(l | k) = θ [l = k] + (1 − θ) ξ(l). θ has a Beta(`knows`, `spams`) prior, ξ a
    Dirichlet one of `habit` for each label. Of `restarts` starts the one with the best bound wins;
    `seed` draws all but the first. A start takes all annotators to be equally competent: were they
    drawn apart, a tie would fall to one side by chance.
    """

    #: P(knows) of each annotator: shape (A,).
    competence_: Floats
    #: What each annotator answers when not knowing: shape (A, K).
    habits_: Floats

    def __init__(
        self,
        *,
        knows: float = 0.5,
        spams: float = 0.5,
        habit: float = 10.0,
        restarts: int = 3,
        seed: int = 0,
        tolerance: float = 1e-6,
        max_iterations: int = 500,
    ) -> None:
        if min(knows, spams, habit) <= 0:
            raise ValueError("knows, spams and habit are counts of a prior: give positive numbers")
        if restarts < 1:
            raise ValueError(f"restarts must be at least 1, not {restarts}")
        self.knows = knows
        self.spams = spams
        self.habit = habit
        self.restarts = restarts
        self.seed = seed
        self.tolerance = tolerance
        self.max_iterations = max_iterations

    def fit_sweeps(
        self, sweeps: Sweeps, before: Tables | None = None, start: Method | None = None
    ) -> None:
        """Learn from votes wherever they lie: by the best of several starts, or from `before`."""
        starts = self._starts(sweeps.shape) if before is None else [before]
        best: dict[str, Any] = {}
        for tables in starts:
            # the tables swept last say which right answers were known, which given by habit
            self.model_ = tables
            super().fit_sweeps(sweeps, tables)
            if not best or self.bounds_[-1] > best["bounds_"][-1]:
                best = dict(vars(self))
        if best["model_"] is not self.model_:
            vars(self).update(best)
            sweeps.sweep(best["model_"])

    def tables(self, sums: Sums) -> tuple[Tables, float]:
        """Update the distributions of competence and habits by the expected counts."""
        known = np.einsum("akk->ak", sums.counts) * self._knowing()
        by_habit = sums.counts.sum(axis=1) - known
        coins = np.stack([known.sum(axis=1), by_habit.sum(axis=1)], axis=1)
        coin_prior = np.broadcast_to([self.knows, self.spams], coins.shape)
        habit_prior = np.full(by_habit.shape, self.habit)
        coins, by_habit = coins + coin_prior, by_habit + habit_prior
        self.competence_ = normalize(coins)[:, 0]
        self.habits_ = normalize(by_habit)
        self.class_prior_ = normalize(sums.states + CLASS_STRENGTH)
        log_coins, log_habits = expected_log(coins), expected_log(by_habit)
        log_confusion = _log_tables(log_coins, log_habits)
        tables = Tables(np.log(self.class_prior_), log_confusion)
        extra = divergence(coins, coin_prior, log_coins)
        extra += divergence(by_habit, habit_prior, log_habits)
        return tables, float(CLASS_STRENGTH * tables.log_prior.sum()) - extra

    def finish(self, sums: Sums) -> None:
        """Take the means of the distributions."""
        labels = len(self.class_prior_)
        theta = self.competence_[:, None, None]
        self.confusion_ = theta * np.eye(labels) + (1 - theta) * self.habits_[:, None, :]
        # what an annotator knows shows in any row: the answers to all of them, in equal parts
        given = sums.counts.sum(axis=(1, 2)) + self.knows + self.spams
        self.confusion_counts_ = self.confusion_ * (given / labels)[:, None, None]
        crowd = self.confusion_counts_.sum(axis=0)
        self.pooled_confusion_ = normalize(crowd + POOL_STRENGTH * assumed_confusion(labels))

    def _starts(self, shape: tuple[int, int, int]) -> list[Tables]:
        """Take everybody to know a share of the labels, and to guess the others."""
        _, annotators, labels = shape
        drawn = np.random.default_rng(self.seed).uniform(0.1, 0.9, self.restarts - 1)
        prior, guess = np.full(labels, 1 / labels), np.full((labels, labels), 1 / labels)
        matrices = [p * np.eye(labels) + (1 - p) * guess for p in (PRIOR_ACCURACY, *drawn)]
        return [Tables.of(prior, np.tile(matrix, (annotators, 1, 1))) for matrix in matrices]

    def _knowing(self) -> Floats:
        """Compute P(knew | gave the true label), by the tables as they stand: shape (A, K).

        An answer that is not the true one is a habit, so the rest of its column shows how often the
        true one is given by habit too.
        """
        log_confusion = self.model_.log_confusion
        right = np.einsum("akk->ak", log_confusion)
        knowing: Floats = -np.expm1(log_confusion.min(axis=1) - right)
        return knowing


def _log_tables(log_coins: Floats, log_habits: Floats) -> Floats:
    """Lay out log (θ [l = k] + (1 − θ) ξ(l)), shape (A, K, K), of logs (A, 2) and (A, K)."""
    by_habit = log_coins[:, 1:] + log_habits
    labels = by_habit.shape[1]
    tables = np.repeat(by_habit[:, None, :], labels, axis=1)
    every = np.arange(labels)
    tables[:, every, every] = np.logaddexp(log_coins[:, :1], by_habit)
    return tables
