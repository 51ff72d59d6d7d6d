"""Known labels that may be wrong, and tasks whose label is as good as known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from consensus.peers import Evidence
from consensus.posterior import normalized
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
    #: The number of the label that is right if the known one is not: shape (G,).
    instead: Ints


def doubts(evidence: Evidence) -> Doubts:
    """Weigh each known label against what annotators said of its task.

    How good an annotator is comes from its other tasks alone: who is right where the known label
    is wrong must not look bad because of it.
    """
    rows = np.flatnonzero(evidence.known >= 0)
    known = evidence.known[rows]
    labels = evidence.joint.shape[1]
    logs = _discounted(evidence, rows)
    logs += np.log((1 - TRUST) / max(1, labels - 1))
    logs[np.arange(len(rows)), known] += np.log(TRUST) - np.log((1 - TRUST) / max(1, labels - 1))
    posterior, _ = normalized(logs)
    wrong = 1 - posterior[np.arange(len(rows)), known]
    posterior[np.arange(len(rows)), known] = -1.0
    return Doubts(rows, wrong, posterior.argmax(axis=1))


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
    posterior, _ = normalized(_discounted(evidence, np.arange(len(evidence.joint))))
    label, confidence = posterior.argmax(axis=1), posterior.max(axis=1)
    same = votes.label == label[votes.task]
    size = votes.shape[0]
    answers = np.bincount(votes.task, minlength=size)
    unlike = np.bincount(votes.task[~same], minlength=size)
    good = np.bincount(votes.task[same & is_good[votes.annotator]], minlength=size)
    against = np.bincount(votes.task[~same & is_good[votes.annotator]], minlength=size)
    fit = (evidence.known < 0) & (confidence >= SURE) & (good >= LEAST_GOOD) & (against == 0)
    rows = np.flatnonzero(fit)
    stratum = 2 * label[rows] + (unlike[rows] > 0)
    order = np.lexsort((-confidence[rows], stratum))
    rows, stratum = rows[order], stratum[order]
    opens = np.flatnonzero(np.diff(stratum, prepend=-1))
    place = np.arange(len(rows)) - np.repeat(opens, np.diff(opens, append=len(rows)))
    rows = rows[np.lexsort((-confidence[rows], place))][:most]
    return Candidates(rows, label[rows], confidence[rows], answers[rows], unlike[rows], good[rows])


def _discounted(evidence: Evidence, rows: Ints) -> Floats:
    """Count each answer as less than an independent one: log P(true label, answers) of rows."""
    prior = evidence.log_prior
    logs: Floats = DISCOUNT * (evidence.joint[rows] - prior) + prior
    return logs
