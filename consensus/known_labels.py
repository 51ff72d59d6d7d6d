"""Known labels that may be wrong, and tasks whose label is as good as known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from consensus.peers import Evidence
from consensus.posterior import TINY, normalized
from consensus.votes import Floats, Ints, Votes

#: How often a known label is right before anybody has answered: published test sets have some 3 %
#: of errors (Northcutt, Athalye & Mueller 2021).
TRUST = 0.97
#: What an answer counts as, of an independent one: people err together.
DISCOUNT = 0.6
#: How sure the crowd is of what is suggested, at the least, and how many good annotators agree.
SURE, LEAST_GOOD = 0.97, 3


@dataclass(frozen=True, eq=False)
class Doubts:
    """One entry a known task with a row among the votes."""

    #: Rows of the tasks: shape (G,).
    rows: Ints
    #: P(the known label is wrong | the answers, as good as their annotators are elsewhere): (G,).
    wrong: Floats
    #: P(label, the known one is wrong): shape (G, K).
    others: Floats

    @property
    def instead(self) -> Ints:
        """Name the number of the label that is right if the known one is not: shape (G,)."""
        places: Ints = self.others.argmax(axis=1)
        return places


def doubts(evidence: Evidence, right: Floats | None = None, trust: float = TRUST) -> Doubts:
    """Weigh each known label against what annotators said of its task.

    How good an annotator is comes from its other tasks alone: who is right where the known label
    is wrong must not look bad because of it. `right`, of shape (G, K), says how far each true label
    makes the known one right; by default that is the known one alone. `trust` is how often known
    labels are right before anybody has answered.
    """
    rows = np.flatnonzero(evidence.known >= 0)
    if right is None:
        right = np.eye(evidence.joint.shape[1])[evidence.known[rows]]
    logs = discounted(evidence, rows)
    prior = trust * _shares(right)
    errors = (1 - trust) * _shares(1 - right)
    logs += np.log(np.maximum(prior + errors, TINY))
    posterior, _ = normalized(logs)
    others = posterior * errors / np.maximum(prior + errors, TINY)
    return Doubts(rows, others.sum(axis=1), others)


def _shares(weights: Floats) -> Floats:
    """Let rows add up to 1, or to 0 where nothing is in them."""
    shares: Floats = weights / np.maximum(weights.sum(axis=1, keepdims=True), TINY)
    return shares


@dataclass(frozen=True, eq=False)
class Candidates:
    """Tasks that would make good gold, the best first; one entry each."""

    rows: Ints
    label: Ints
    confidence: Floats
    #: Answers to the task, and those that say something else.
    answers: Ints
    unlike: Ints
    #: Good annotators who say so.
    good: Ints


def candidates(
    votes: Votes, evidence: Evidence, is_good: npt.NDArray[np.bool_], most: int = 100
) -> Candidates:
    """Find tasks of which the crowd is sure and `LEAST_GOOD` good annotators agree.

    `is_good` marks annotators, of shape (A,). They are balanced: one of each label with and
    without dissent, where there is one, before a second of any; the surest first.
    """
    posterior, _ = normalized(discounted(evidence, np.arange(len(evidence.joint))))
    label, confidence = posterior.argmax(axis=1), posterior.max(axis=1)
    same = votes.label == label[votes.task]
    return as_good_as_known(votes, label, confidence, same, evidence.known < 0, is_good, most)


def as_good_as_known(
    votes: Votes,
    label: Ints,
    confidence: Floats,
    same: npt.NDArray[np.bool_],
    unknown: npt.NDArray[np.bool_],
    is_good: npt.NDArray[np.bool_],
    most: int = 100,
) -> Candidates:
    """Choose candidates, given what each task is and how surely, and which votes say the same.

    Shapes (T,), (T,) and (N,); `unknown` marks tasks that are not known already, (T,). `label` is
    what is balanced.
    """
    size = votes.shape[0]
    answers = np.bincount(votes.task, minlength=size)
    unlike = np.bincount(votes.task[~same], minlength=size)
    good = np.bincount(votes.task[same & is_good[votes.annotator]], minlength=size)
    against = np.bincount(votes.task[~same & is_good[votes.annotator]], minlength=size)
    fit = unknown & (confidence >= SURE) & (good >= LEAST_GOOD) & (against == 0)
    rows = np.flatnonzero(fit)
    stratum = 2 * label[rows] + (unlike[rows] > 0)
    order = np.lexsort((-confidence[rows], stratum))
    rows, stratum = rows[order], stratum[order]
    opens = np.flatnonzero(np.diff(stratum, prepend=-1))
    place = np.arange(len(rows)) - np.repeat(opens, np.diff(opens, append=len(rows)))
    rows = rows[np.lexsort((-confidence[rows], place))][:most]
    return Candidates(rows, label[rows], confidence[rows], answers[rows], unlike[rows], good[rows])


def discounted(evidence: Evidence, rows: Ints) -> Floats:
    """Count each answer as less than an independent one: log P(true label, answers) of rows."""
    prior = evidence.log_prior
    logs: Floats = DISCOUNT * (evidence.joint[rows] - prior) + prior
    return logs
