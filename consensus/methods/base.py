"""What every method is, and how those made of tables are fitted."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Self

import numpy as np
from scipy.special import betaincinv

from consensus.posterior import TINY, Model, Shares, Tables, clamped, task_posteriors
from consensus.sweep import InMemory, Sums, Sweeps
from consensus.votes import Floats, Ints, Votes

#: How often an annotator is right before anything is known.
PRIOR_ACCURACY = 0.75
#: Tasks of each label assumed to have been seen.
CLASS_STRENGTH = 1.0
#: Answers that the matrix assumed of any crowd weighs beside the crowd's own.
POOL_STRENGTH = 20.0
#: Iterations of a round whose prior will change anyway.
EARLY = 40


class Method:
    """A model of annotators. The constructor takes parameters; what `fit` learns ends in `_`."""

    #: P(true label | answers): shape (T, K).
    posteriors_: Floats
    #: Share of each label: shape (K,).
    class_prior_: Floats
    #: P(given | true) of each annotator: shape (A, K, K).
    confusion_: Floats
    #: The answers, expected and assumed, that the matrices rest on: shape (A, K, K).
    confusion_counts_: Floats
    #: The matrix of an annotator nothing is known about: shape (K, K).
    pooled_confusion_: Floats
    #: What the posterior of any one task is computed from; None where there is no such thing.
    model_: Model | None = None
    #: How hard each task is, from 0 (easy) to 1: shape (T,). None where the model does not say.
    difficulty_: Floats | None = None
    #: What the fit climbs, after each iteration: a log density or a lower bound of the evidence.
    bounds_: list[float]
    n_iter_: int
    converged_: bool
    annotator_ids_: Sequence[Hashable]
    label_set_: Sequence[str]

    def fit(
        self, votes: Votes, gold: Mapping[Any, str] | None = None, *, start: Method | None = None
    ) -> Self:
        """Learn from the votes, with the labels of some tasks known.

        `start` is an earlier fit, perhaps of fewer votes, to go on from.
        """
        raise NotImplementedError

    def intervals(self, level: float = 0.95) -> tuple[Floats, Floats]:
        """Bound each entry of `confusion_` by its central credible interval: two of (A, K, K).

        Each row is a Dirichlet distribution of `confusion_counts_`, so each entry is a Beta one.
        """
        own = np.maximum(self.confusion_counts_, TINY)
        rest = np.maximum(self.confusion_counts_.sum(axis=2, keepdims=True) - own, TINY)
        tail = (1 - level) / 2
        low, high = betaincinv(own, rest, tail), betaincinv(own, rest, 1 - tail)
        # far out, the interval of a skewed Beta may miss its own mean
        return np.minimum(low, self.confusion_), np.maximum(high, self.confusion_)


class TableMethod(Method):
    """A method made of tables, fitted by sweeps: subclasses say how sums become tables."""

    model_: Tables
    tolerance: float = 1e-6
    max_iterations: int = 500
    #: Times that a prior learned from the crowd is learned anew, held fixed in between.
    rounds: int = 1

    def fit(
        self, votes: Votes, gold: Mapping[Any, str] | None = None, *, start: Method | None = None
    ) -> Self:
        """Learn priors, matrices and posteriors from the votes; known labels are held fast.

        EM ends when no posterior moves by more than `tolerance`: the labels settle long before the
        probabilities do, and it is the probabilities that decide.
        """
        sweeps = InMemory(votes, gold)
        self.annotator_ids_, self.label_set_ = votes.annotator_ids, votes.label_set
        before = self._tables_before(start)
        self.fit_sweeps(sweeps, before, start if before else None)
        states = sweeps.states
        self.posteriors_ = clamped(self.model_.by_label(states, votes.shape[2]), votes, gold)
        self.difficulty_ = self.difficulties(states)
        return self

    def fit_sweeps(
        self, sweeps: Sweeps, before: Tables | None = None, start: Method | None = None
    ) -> None:
        """Learn from votes wherever they lie; all but `posteriors_` is set.

        `bounds_` is the history of the last round: between rounds the prior changes, and with it
        what is climbed.
        """
        sums = sweeps.begin(before, self.label_of_state(sweeps.shape[2]))
        self.n_iter_ = 0
        for last in [False] * (0 if before else self.rounds - 1) + [True]:
            if start is None:
                self.prepare(sums, sweeps.shape)
            else:
                self.resume(start, sweeps.shape)
            sums = self._climb(sweeps, sums, self.max_iterations if last else EARLY)
        self.finish(sums)

    def label_of_state(self, labels: int) -> Ints | None:
        """Say which label each state stands for; None: state k is label k."""
        return None

    def prepare(self, sums: Sums, shape: tuple[int, int, int]) -> None:
        """Set what is fixed for a round, given the sums so far."""

    def resume(self, start: Any, shape: tuple[int, int, int]) -> None:
        """Set what is fixed for the whole fit, as an earlier fit of the same kind had it."""

    def tables(self, sums: Sums) -> tuple[Tables, float]:
        """Turn sums into tables, and say what these add to the bound beside the likelihood."""
        raise NotImplementedError

    def finish(self, sums: Sums) -> None:
        """Set `class_prior_`, `confusion_` and the like from the last sums."""
        raise NotImplementedError

    def difficulties(self, states: Floats) -> Floats | None:
        """Say how hard tasks are by their posteriors (T, S); None: the model can't."""
        return None

    def _climb(self, sweeps: Sweeps, sums: Sums, most: int) -> Sums:
        self.bounds_, self.converged_ = [], False
        while len(self.bounds_) < most and not self.converged_:
            self.model_, extra = self.tables(sums)
            sums = sweeps.sweep(self.model_)
            self.bounds_.append(sums.likelihood + extra)
            self.converged_ = sums.moved < self.tolerance
        self.n_iter_ += len(self.bounds_)
        return sums

    def _tables_before(self, start: Method | None) -> Tables | None:
        """Lay an earlier fit's tables out for these annotators; newcomers count as average."""
        if start is None:
            return None
        if not isinstance(start, TableMethod) or type(start) is not type(self):
            raise ValueError(f"{type(self).__name__} can go on only from a fit of its own kind")
        if tuple(start.label_set_) != tuple(self.label_set_):
            raise ValueError("the earlier fit has other labels")
        if not len(start.annotator_ids_):
            return None
        tables = start.model_
        known = self._laid_out(start, tables.log_confusion, tables.log_confusion.mean(axis=0))
        return Tables(tables.log_prior, known, tables.label_of_state)

    def _laid_out(self, start: Method, rows: Floats, average: Floats) -> Floats:
        """Bring what an earlier fit holds of each annotator into the order of this one's."""
        place = {annotator: i for i, annotator in enumerate(start.annotator_ids_)}
        places = np.fromiter((place.get(a, -1) for a in self.annotator_ids_), np.int64)
        return np.concatenate([rows, average[None]])[places]


def vote_shares(votes: Votes, gold: Mapping[Any, str] | None = None) -> Floats:
    """Share each task among its labels by votes; equal where there are none: shape (T, K)."""
    return task_posteriors(votes, Shares(np.ones(votes.shape[1])), gold)


def expected_counts(votes: Votes, posteriors: Floats) -> Floats:
    """Count how often each annotator gave a label where another was true: shape (A, K, K)."""
    _, annotators, labels = votes.shape
    by_column: Floats = votes.matrix.T @ posteriors
    return by_column.reshape(annotators, labels, labels).transpose(0, 2, 1)


def assumed_confusion(labels: int) -> Floats:
    """Assume annotators who are mostly right and err evenly: shape (K, K)."""
    right = PRIOR_ACCURACY if labels > 1 else 1.0
    matrix = np.full((labels, labels), (1 - right) / max(1, labels - 1))
    np.fill_diagonal(matrix, right)
    return matrix


def normalize(counts: Floats) -> Floats:
    """Divide the last axis by its sum; equal shares where there is nothing to divide."""
    total = counts.sum(axis=-1, keepdims=True)
    shares: Floats = np.where(
        total > 0, counts / np.where(total > 0, total, 1), 1 / max(1, counts.shape[-1])
    )
    return shares
