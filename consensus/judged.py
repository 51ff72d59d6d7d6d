"""Events that people's posteriors judge: what each tells of the true label."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from consensus.methods.base import normalize
from consensus.posterior import TINY
from consensus.votes import Floats, Ints

#: Tasks that what is assumed of each event counts for beside those it was seen at.
STRENGTH = 20.0
#: EM ends when no expected count moves by more than this share of all tasks.
TOLERANCE = 1e-5
MAX_ITERATIONS = 30


@dataclass(frozen=True, eq=False)
class Judged:
    """Something that happens once a task, with as many kinds (E) as it may have.

    Judged by people only: their posteriors (N, K) are a prior of each task that the events do not
    change, so that thousands of events cannot outvote a few answers. What an event tells is of
    greatest likelihood under them (EM, one step of which would take a task's doubt for the event's
    own).
    """

    people: Floats
    #: The kind of event of each task: shape (N,).
    event: Ints
    #: Expected number of tasks by event and true label: shape (E, K).
    counts: Floats
    #: P(true label): shape (K,).
    share: Floats
    #: P(true label | event) before anything is counted: shape (E, K).
    centre: Floats
    #: P(true label | event, people): shape (N, K).
    believed: Floats

    @classmethod
    def of(cls, people: Floats, event: Ints, centre: Floats) -> Judged:
        """Learn from posteriors of people (N, K) and the number of each task's event (N,).

        What an event tells is drawn toward `centre`, one row an event.
        """
        tasks, labels = people.shape
        kinds = len(centre)
        # each event's tasks next to each other: an iteration is then two products of matrices
        order = np.argsort(event, kind="stable")
        ends = np.searchsorted(event[order], np.arange(1, kinds))
        blocks = np.split(people[order], ends)
        share, worth = np.full(labels, 1 / labels), np.ones((kinds, labels))
        counts = np.zeros((kinds, labels))
        for _ in range(MAX_ITERATIONS):
            before = counts
            counts = np.stack([w * ((1 / (p @ w)) @ p) for p, w in zip(blocks, worth, strict=True)])
            if np.abs(counts - before).max() <= TOLERANCE * tasks:
                break
            # a label nobody holds possible is not quite impossible
            share = normalize(counts.sum(axis=0) + 1 / labels)
            worth = _told(counts, centre) / share
        believed = people * worth[event]
        believed /= believed @ np.ones((labels, 1))
        return cls(people, event, counts, share, centre, believed)

    @property
    def told(self) -> Floats:
        """P(true label | event): shape (E, K)."""
        return _told(self.counts, self.centre)

    @property
    def confusion(self) -> Floats:
        """P(event | true label): shape (K, E)."""
        frequency = normalize(self.counts.sum(axis=1) + STRENGTH)
        return normalize((self.told * frequency[:, None]).T)

    @property
    def information(self) -> float:
        """Mutual information of event and true label, in bits."""
        frequency = normalize(self.counts.sum(axis=1))
        worth = self.told / self.share
        return float(frequency @ (self.told * np.log2(np.maximum(worth, TINY))).sum(axis=1))

    @cached_property
    def without_own(self) -> Floats:
        """What each task's event tells, its own task not counted, over P(true label): (N, K)."""
        others = np.maximum(self.counts[self.event] - self.believed, 0)
        told = _told(others, self.centre[self.event])
        worth: Floats = np.maximum(told, TINY) / self.share
        return worth

    @cached_property
    def gains(self) -> Floats:
        """How much better each event is foretold by people than by its frequency, in nats: (N,).

        Each by what the other tasks tell, so a matrix that fits noise gains nothing.
        """
        foretold: Floats = np.log(np.maximum((self.people * self.without_own).sum(axis=1), TINY))
        return foretold

    @property
    def rightness(self) -> Floats:
        """Weigh for each task how far people speak for the label that is its event: shape (N,).

        As `Evidence.rightness` weighs an answer: 1 and 0 are certain, 0.5 says nothing.
        """
        errors = self.confusion.copy()
        np.fill_diagonal(errors, 0.0)
        errors = normalize(errors)
        np.fill_diagonal(errors, 0.0)
        if_right = self.people[np.arange(len(self.event)), self.event]
        if_wrong = np.einsum("nk,kn->n", self.people, errors[:, self.event])
        weight: Floats = if_right / np.maximum(if_right + if_wrong, TINY)
        return weight


def knows_or_guesses(people: Floats, label: Ints) -> Floats:
    """Assume a model that knows the label of some tasks and guesses the others: shape (K, K).

    Returns P(true label | predicted), where the share that it knows is of greatest likelihood under
    the posteriors of people (N, K), and it guesses as it predicts (Hovy et al. 2013).
    """
    tasks, labels = people.shape
    guess = normalize(np.bincount(label, minlength=labels) + 1 / labels)
    right, lucky = people[np.arange(tasks), label], guess[label]
    known = 0.5
    for _ in range(MAX_ITERATIONS):
        knew = known * right / (known * right + (1 - known) * lucky)
        # as if it had known one task of two more
        before, known = known, float((knew.sum() + 1) / (tasks + 2))
        if abs(known - before) <= TOLERANCE:
            break
    said = known * np.eye(labels) + (1 - known) * guess
    return normalize(said.T * normalize(people.sum(axis=0) + 1 / labels))


def _told(counts: Floats, centre: Floats) -> Floats:
    """Draw P(true label | event) toward its centre with the weight of `STRENGTH` tasks."""
    told: Floats = (counts + STRENGTH * centre) / (counts.sum(axis=1, keepdims=True) + STRENGTH)
    return told
