"""The posterior of tasks from what a fit leaves behind: the E-step, and only that.

A model here is one of `Tables` (Dawid-Skene and its relatives), `Shares` (votes that are counted)
or a `Mixture` of such. Each holds something of every annotator, and `averaged` stands for one that
nothing is known of; `stored` keeps models outside of a process.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from consensus.votes import Floats, Ints, Votes

#: Keeps a probability of zero from ruling a label out for ever.
TINY = 1e-12
#: Entries normalized at a time, so that they stay in a processor's cache: 256 kB.
CELLS = 32_768


class Model(Protocol):
    """Enough for the posterior of any task."""

    def posteriors(self, votes: Votes) -> Floats:
        """Compute P(true label | answers) for every task: shape (T, K)."""
        ...


@dataclass(frozen=True, eq=False)
class Tables:
    """What each answer says of each state, in logarithms that add up.

    A state is a true label or, in a model with kinds of tasks within a label, a pair of both.
    """

    #: log P(state): shape (S,).
    log_prior: Floats
    #: log P(given label | state) of each annotator, up to what does not depend on the state: shape
    #: (A, S, K).
    log_confusion: Floats
    #: The label that each state stands for: shape (S,). None: state k is label k.
    label_of_state: Ints | None = None

    @classmethod
    def of(cls, class_prior: Floats, confusion: Floats) -> Tables:
        """Make tables of probabilities: a prior (K,) and matrices (A, K, K), rows true."""
        return cls(np.log(np.maximum(class_prior, TINY)), np.log(np.maximum(confusion, TINY)))

    def posteriors(self, votes: Votes) -> Floats:
        """Compute P(true label | answers) (Dawid & Skene 1979, eq. 2.5): shape (T, K)."""
        return self.by_label(normalized(log_joint(votes, self))[0], votes.shape[2])

    def by_label(self, states: Floats, labels: int) -> Floats:
        """Add up the states of each label: shape (T, S) to (T, K)."""
        if self.label_of_state is None:
            return states
        summed = np.zeros((len(states), labels))
        for state, label in enumerate(self.label_of_state):
            summed[:, label] += states[:, state]
        return summed


@dataclass(frozen=True, eq=False)
class Shares:
    """Votes counted by the weight of who gave them."""

    #: Shape (A,), 0 or more.
    weights: Floats
    #: Weight of an even vote that each task is given beside its own: with it nothing is certain.
    even: float = 0.0

    def posteriors(self, votes: Votes) -> Floats:
        """Share each task among its labels; evenly where nobody of any weight answered: (T, K)."""
        tasks, annotators, labels = votes.shape
        if self.weights.shape != (annotators,):
            raise ValueError(
                f"{annotators} annotators need as many weights, not {self.weights.shape}"
            )
        cell = votes.task * np.int64(labels) + votes.label
        summed = np.bincount(cell, self.weights[votes.annotator], tasks * labels)
        counts = summed.reshape(tasks, labels).astype(np.float64) + self.even / labels
        total = counts.sum(axis=1, keepdims=True)
        shares: Floats = np.where(total > 0, counts / np.where(total > 0, total, 1), 1 / labels)
        return shares


@dataclass(frozen=True, eq=False)
class Mixture:
    """The weighted mean of several models' posteriors (a linear opinion pool, Stone 1961)."""

    parts: tuple[Tables | Shares, ...]
    #: The weight of each part; they add up to 1.
    weights: tuple[float, ...]
    #: The power that the mean is raised to: below 1 it is less sure of itself.
    sharpness: float = 1.0

    def posteriors(self, votes: Votes) -> Floats:
        """Average what the parts say of each task: shape (T, K)."""
        return self.pooled([part.posteriors(votes) for part in self.parts])

    def pooled(self, posteriors: list[Floats]) -> Floats:
        """Average posteriors that the parts have given: each of shape (T, K)."""
        mean = sum(w * p for w, p in zip(self.weights, posteriors, strict=True))
        assert isinstance(mean, np.ndarray)
        return sharpened(mean, self.sharpness)


def sharpened(posteriors: Floats, sharpness: float) -> Floats:
    """Raise probabilities (T, K) to a power (temperature scaling, Guo et al. 2017)."""
    if sharpness == 1.0 or not posteriors.size:
        return posteriors
    return normalized(sharpness * np.log(np.maximum(posteriors, TINY)))[0]


def task_posteriors(votes: Votes, model: Model, gold: Mapping[Any, str] | None = None) -> Floats:
    """Compute P(true label | answers) for every task: shape (T, K).

    The model is that of `votes.annotator_ids`. Tasks in `gold` have their known label for certain.
    Raises ValueError where the shapes do not fit.
    """
    return clamped(model.posteriors(votes).copy(), votes, gold)


def clamped(posteriors: Floats, votes: Votes, gold: Mapping[Any, str] | None) -> Floats:
    """Put the known labels into posteriors of shape (T, K), in place."""
    rows, known = votes.rows_of(gold)
    posteriors[rows] = 0.0
    posteriors[rows, known] = 1.0
    return posteriors


def log_joint(votes: Votes, tables: Tables) -> Floats:
    """Compute log P(state, answers) for every task: shape (T, S)."""
    _, annotators, labels = votes.shape
    states = len(tables.log_prior)
    if tables.log_confusion.shape != (annotators, states, labels):
        raise ValueError(
            f"{annotators} annotators, {states} states and {labels} labels need tables of shape "
            f"({annotators}, {states}, {labels}), not {tables.log_confusion.shape}"
        )
    joint: Floats = votes.matrix @ by_column(tables.log_confusion) + tables.log_prior
    return joint


def by_column(log_confusion: Floats) -> Floats:
    """Lay tables (A, S, K) out as the columns of `votes.matrix` want them: shape (A·K, S)."""
    _annotators, states, _labels = log_confusion.shape
    return np.ascontiguousarray(log_confusion.transpose(0, 2, 1)).reshape(-1, states)


def normalized(joint: Floats, out: Floats | None = None) -> tuple[Floats, Floats]:
    """Turn log P(state, answers) into P(state | answers) and log P(answers); nothing underflows.

    Shapes (T, S) and (T,). The posterior goes into `out` where it is given, be it `joint` itself.
    """
    posterior = np.empty_like(joint) if out is None else out
    evidence = np.empty(len(joint))
    step = max(1, CELLS // max(1, joint.shape[1]))
    for first in range(0, len(joint), step):
        rows = slice(first, first + step)
        # numpy is slow along rows as short as these: lay states out one after the other
        laid = joint[rows].T.copy()
        top = np.maximum.reduce(laid)
        laid -= top
        np.exp(laid, out=laid)
        total = np.add.reduce(laid)
        laid /= total
        posterior[rows] = laid.T
        evidence[rows] = np.log(total, out=total)
        evidence[rows] += top
    return posterior, evidence
