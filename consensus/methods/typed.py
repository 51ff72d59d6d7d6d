"""Dawid-Skene with kinds of tasks and with annotators drawn from a common crowd."""

from __future__ import annotations

import numpy as np

from consensus.methods.base import (
    CLASS_STRENGTH,
    POOL_STRENGTH,
    TableMethod,
    assumed_confusion,
    normalize,
)
from consensus.posterior import Tables
from consensus.sweep import Sums
from consensus.votes import Floats, Ints

#: Answers that the crowd weighs beside an annotator's own when their abilities are compared.
ABILITY_STRENGTH = 4.0
#: Tasks of each kind assumed to have been seen.
KIND_STRENGTH = 0.5
#: Least assumed count of an answer.
LEAST = 1e-3


class TypedDawidSkene(TableMethod):
    """EM over confusion matrices for each kind of task, drawn toward what the crowd does there.

    Tasks of one label come in `kinds` (as in Li, Rubinstein & Cohn 2019): on some kinds everybody
    errs alike, which one matrix an annotator cannot say. With few answers a matrix of one's own for
    each kind could not be learned, so each row has a Dirichlet prior of `strength` answers. It is
    centered on the crowd's row for the kind, itself drawn to that of the label and to one that is
    mostly right, with the odds of being right multiplied by how much better than the crowd the
    annotator is on all tasks together. The centers are learned in `rounds`, each from the fit
    before.
    """

    #: Share of each state: shape (K·kinds,).
    states_: Floats

    def __init__(
        self,
        *,
        kinds: int = 3,
        strength: float = 16.0,
        rounds: int = 3,
        tolerance: float = 1e-6,
        max_iterations: int = 500,
    ) -> None:
        if kinds < 1:
            raise ValueError(f"kinds must be at least 1, not {kinds}")
        if not strength > 0:
            raise ValueError(f"strength is a number of answers, above 0, not {strength}")
        self.kinds = kinds
        self.strength = strength
        self.rounds = rounds
        self.tolerance = tolerance
        self.max_iterations = max_iterations

    def label_of_state(self, labels: int) -> Ints | None:
        """Lay states out label by label, within a label kind by kind."""
        return None if self.kinds == 1 else np.repeat(np.arange(labels), self.kinds)

    def prepare(self, sums: Sums, shape: tuple[int, int, int]) -> None:
        """Center the priors on the crowd, and on how good each annotator is beside it."""
        self._labels, self._label_of_state = shape[2], self.label_of_state(shape[2])
        self._right, errors, odds = self._crowd(sums.counts)
        self._prior = self._center(self._right, errors, odds)
        self._average = self._center(self._right, errors, np.ones(1))[0]

    def resume(self, start: TypedDawidSkene, shape: tuple[int, int, int]) -> None:
        """Keep the priors of the earlier fit; newcomers count as average."""
        self._labels, self._label_of_state = shape[2], self.label_of_state(shape[2])
        self._right, self._average = start._right, start._average
        self._prior = self._laid_out(start, start._prior, start._average)

    def tables(self, sums: Sums) -> tuple[Tables, float]:
        """Take the mode of the shares and the rows under their Dirichlet priors."""
        by_label = sums.states.reshape(self._labels, self.kinds)
        prior = _log_shares(by_label.sum(axis=1) + CLASS_STRENGTH)
        kinds = _log_shares(by_label + KIND_STRENGTH)
        log_confusion = _log_shares(sums.counts + self._prior)
        extra = CLASS_STRENGTH * prior.sum() + KIND_STRENGTH * kinds.sum()
        extra += np.einsum("ask,ask->", self._prior, log_confusion)
        states = (prior[:, None] + kinds).ravel()
        return Tables(states, log_confusion, self._label_of_state), float(extra)

    def finish(self, sums: Sums) -> None:
        """Average the kinds of each label by their shares."""
        labels = self._labels
        self.states_ = np.exp(self.model_.log_prior)
        shares = self.states_.reshape(labels, self.kinds)
        self.class_prior_ = shares.sum(axis=1)
        weight = normalize(shares)[None, :, :, None]

        def merged(rows: Floats) -> Floats:
            laid = rows.reshape(-1, labels, self.kinds, labels)
            summed: Floats = (laid * weight).sum(axis=2)
            return summed

        self.confusion_ = normalize(merged(np.exp(self.model_.log_confusion)))
        given = (sums.counts + self._prior).reshape(-1, labels, self.kinds, labels)
        self.confusion_counts_ = self.confusion_ * given.sum(axis=(2, 3))[:, :, None]
        self.pooled_confusion_ = normalize(merged(self._average[None]))[0]

    def difficulties(self, states: Floats) -> Floats | None:
        """Say how often the crowd errs on such tasks: shape (T,)."""
        return None if self.kinds == 1 else states @ (1 - self._right)

    def _crowd(self, counts: Floats) -> tuple[Floats, Floats, Floats]:
        """See how the crowd answers in each state, and by what each annotator's odds differ.

        Gives P(right) (S,), how errors are spread (S, K), and ratios of odds (A,).
        """
        labels, states = self._labels, counts.shape[1]
        label = np.repeat(np.arange(labels), self.kinds)
        total = counts.sum(axis=0)
        of_label = total.reshape(labels, self.kinds, labels).sum(axis=1)
        crowd = _halfway(total, _halfway(of_label, assumed_confusion(labels))[label])
        is_right = np.eye(labels)[label]
        right = (crowd * is_right).sum(axis=1)
        given = counts.sum(axis=2)
        average = float(total.sum(axis=1) @ right) / max(1.0, total.sum())
        assumed, answers = ABILITY_STRENGTH * average, given.sum(axis=1) + ABILITY_STRENGTH
        own = ((counts * is_right).sum(axis=(1, 2)) + assumed) / answers
        expected = (given @ right + assumed) / answers
        errors = normalize(crowd * (1 - is_right)) if labels > 1 else np.zeros((states, 1))
        return right, errors, _odds(own) / _odds(expected)

    def _center(self, right: Floats, errors: Floats, ratio: Floats) -> Floats:
        """Lay the prior counts out: shape (A, S, K)."""
        odds = ratio[:, None] * _odds(right)
        chance = (odds / (1 + odds))[:, :, None]
        is_right = np.eye(self._labels)[np.repeat(np.arange(self._labels), self.kinds)]
        center = chance * is_right + (1 - chance) * errors
        # in the order that sums lie in memory, so that adding the two is a walk along both
        laid = np.maximum(self.strength * center, LEAST).transpose(0, 2, 1).copy()
        prior: Floats = laid.transpose(0, 2, 1)
        return prior


def _log_shares(counts: Floats) -> Floats:
    """Take the logarithm of shares along the last axis, in the place of counts above 0."""
    counts /= np.add.reduce(counts, axis=-1, keepdims=True)
    return np.log(counts, out=counts)


def _halfway(counts: Floats, toward: Floats) -> Floats:
    """Share rows of counts (…, K), drawn halfway to given rows, and further where there are few.

    A crowd's rows that followed its answers alone would let labels drift into each other.
    """
    return normalize(counts + (counts.sum(axis=-1, keepdims=True) + POOL_STRENGTH) * toward)


def _odds(chance: Floats) -> Floats:
    odds: Floats = chance / np.maximum(1 - chance, 1e-9)
    return odds
