"""Something that happens once a task, judged by people: what it tells of the true label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from consensus.methods.base import normalize
from consensus.posterior import TINY
from consensus.votes import Floats, Ints

#: Tasks that what is assumed of each event counts for beside those it was seen at.
STRENGTH = 40.0
#: Levels of confidence that are told apart, at most, beside that of predictions without any.
LEVELS = 5
#: Parts in which tasks are held out, to see whether the rest foretells what is said of them.
FOLDS = 4
#: EM ends when no expected count moves by more than this share of all tasks.
TOLERANCE = 1e-5
MAX_ITERATIONS = 30


@dataclass(frozen=True, eq=False)
class Judged:
    """What events of E kinds tell, as the posteriors of people (N, K) have it.

    These are a prior of each task that the events do not change, so that thousands of events cannot
    outvote a few answers.
    """

    #: Expected number of tasks by event and true label: shape (E, K).
    counts: Floats
    #: P(true label): shape (K,).
    share: Floats
    #: P(true label | event), drawn toward what was assumed of it: shape (E, K).
    told: Floats

    @classmethod
    def of(cls, people: Floats, event: Ints, assumed: Floats) -> Judged:
        """Learn from posteriors of people (N, K) and the number of each task's event (N,).

        `assumed` is P(true label | event) before any is seen: shape (E, K). Each iteration of EM
        takes what events told so far into account: one step alone would take the doubt of people
        for the event's own.
        """
        tasks, labels = people.shape
        # each event's tasks next to each other: an iteration is then two products of matrices
        order = np.argsort(event, kind="stable")
        ends = np.searchsorted(event[order], np.arange(1, len(assumed)))
        blocks = np.split(people[order], ends)
        # a label nobody holds possible is not quite impossible
        told, share = assumed, normalize(people.sum(axis=0) + 1 / labels)
        counts, worth = np.zeros_like(assumed), assumed / share
        for _ in range(MAX_ITERATIONS):
            before = counts
            counts = np.stack([w * ((1 / (p @ w)) @ p) for p, w in zip(blocks, worth, strict=True)])
            if np.abs(counts - before).max() <= TOLERANCE * tasks:
                break
            share = normalize(counts.sum(axis=0) + 1 / labels)
            told = (counts + STRENGTH * assumed) / (counts.sum(axis=1, keepdims=True) + STRENGTH)
            worth = told / share
        return cls(counts, share, told)

    @property
    def worth(self) -> Floats:
        """P(true label | event) / P(true label): shape (E, K). One: it tells nothing."""
        ratio: Floats = np.maximum(self.told, TINY) / self.share
        return ratio

    @property
    def confusion(self) -> Floats:
        """P(event | true label): shape (K, E)."""
        frequency = normalize(self.counts.sum(axis=1) + 1 / len(self.counts))
        return normalize((self.told * frequency[:, None]).T)

    @property
    def information(self) -> float:
        """Mutual information of event and true label, in bits; 0 where no event was seen."""
        seen = self.counts.sum(axis=1)
        bits = (self.told * np.log2(self.worth)).sum(axis=1)
        return float(seen @ bits / max(seen.sum(), 1.0))


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


def learned(people: Floats, readings: Sequence[Ints]) -> list[Judged]:
    """Learn what predictions tell, read by their label alone and, if there are two, by level too.

    A reading numbers the event of each task, (N,); those by level are level * K + label. What a
    level tells is drawn toward what the label alone does.
    """
    label, *finer = readings
    plain = Judged.of(people, label, knows_or_guesses(people, label))
    every_level = np.tile(plain.told, (LEVELS + 1, 1))
    return [plain, *(Judged.of(people, event, every_level) for event in finer)]


def held_out(people: Floats, readings: Sequence[Ints]) -> list[Floats]:
    """Say what each task's prediction is worth by what other tasks tell: shape (N, K) a reading."""
    worth = [np.ones_like(people) for _ in readings]
    fold = np.arange(len(people)) % FOLDS
    for number in range(FOLDS):
        here, others = fold == number, fold != number
        found = learned(people[others], [event[others] for event in readings])
        for held, judged, event in zip(worth, found, readings, strict=True):
            held[here] = judged.worth[event[here]]
    return worth


def rightness(people: Floats, label: Ints, confusion: Floats) -> Floats:
    """Weigh for each task how far people speak for a label that was predicted: shape (N,).

    As `Evidence.rightness` weighs an answer: 1 and 0 are certain, 0.5 says nothing. `confusion` is
    P(predicted | true): shape (K, K).
    """
    errors = confusion.copy()
    np.fill_diagonal(errors, 0.0)
    errors = normalize(errors)
    np.fill_diagonal(errors, 0.0)
    if_right = people[np.arange(len(label)), label]
    if_wrong = np.einsum("nk,nk->n", people, errors.T[label])
    weight: Floats = if_right / np.maximum(if_right + if_wrong, TINY)
    return weight
