"""Who answers so much like somebody else that the two hardly answer on their own.

Made for few answers: it weighs each pair by itself, task by task, where `copying` looks at a whole
crowd and needs more of everything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from consensus.methods.base import Method
from consensus.peers import POOL_WEIGHT, Evidence, clamped
from consensus.posterior import TINY, normalized
from consensus.votes import Floats, Ints, Votes

#: Share of the answers that one of two who are alike takes over from the other.
SHARE = 0.9
#: Answers that an annotator's own habit weighs beside what others say of a task.
HABIT_WEIGHT = 4.0
#: Of what an annotator's matrix borrows from the crowd, `POOL_WEIGHT` answers, so many are left: a
#: strong habit shows in few answers.
BORROWED = 2.0
#: Of each annotator so many partners are looked at closely, those who seem at least so much alike
#: at first sight, in nats.
CLOSE, LEAST_SEEMING = 5, 2.0
#: More evidence than that is as good as any.
MOST = 300.0
#: Annotators compared with all others at a time: bounds the memory.
CHUNK = 256


@dataclass(frozen=True, eq=False)
class Likeness:
    """The most alike partner of each annotator, in the order of `votes.annotator_ids`."""

    #: Bound on the chance that one who answers independently is as much like anybody: shape (A,).
    chance: Floats
    #: The partner, as an index into `votes.annotator_ids`, or -1: shape (A,).
    partner: Ints
    #: Tasks that both answered, and those on which they said the same: (A,) each.
    common: Ints
    same: Ints


@dataclass(frozen=True, eq=False)
class _Crowd:
    """What comparing any two takes."""

    votes: Votes
    evidence: Evidence
    #: The crowd's matrix by the fit: shape (K, K).
    pooled: Floats
    #: Votes on each task by label: shape (T, K).
    counts: Floats
    #: The numbers of the votes, annotator by annotator, and where each begins: (N,), (A + 1,).
    order: Ints
    starts: Ints

    @classmethod
    def of(cls, votes: Votes, fit: Method, gold: Mapping[Any, str] | None) -> _Crowd:
        evidence = Evidence.of(votes, fit, gold)
        order = np.lexsort((votes.task, votes.annotator))
        starts = np.searchsorted(votes.annotator[order], np.arange(votes.shape[1] + 1))
        counts = votes.counts.astype(np.float64)
        return cls(votes, evidence, fit.pooled_confusion_, counts, order, starts)

    def of_annotator(self, number: int) -> Ints:
        """List an annotator's votes, in the order of their tasks."""
        return self.order[self.starts[number] : self.starts[number + 1]]


def likeness(
    votes: Votes,
    fit: Method,
    gold: Mapping[Any, str] | None = None,
    *,
    least_common: int = 5,
    of: npt.NDArray[np.bool_] | None = None,
) -> Likeness:
    """Find for each annotator the one who answers most alike, of `least_common` tasks and more.

    Each task that two have answered is a likelihood ratio: of one who takes over `SHARE` of the
    other's answers, against two who know nothing of each other. Their own answers do not vouch for
    the truth, and where they agree, that is explained by their habits or by what others say of the
    task, whichever does it better: a shared bias, or a task that misleads everybody, is no
    copying. The product of such ratios exceeds 1/p for independent annotators with a chance of at
    most p, however often one looks (Ville 1939); with as many partners, of as many times p.

    `of`, shape (A,), tells who is compared, with everybody; the others have a chance of 1 unless
    they are a partner. Raises ValueError for a fit of other votes.
    """
    if least_common < 1:
        raise ValueError("least_common must be at least 1")
    size = votes.shape[1]
    crowd = _Crowd.of(votes, fit, gold)
    rows = np.arange(size) if of is None else np.flatnonzero(of)
    best, ratios, partner = np.zeros(size), np.zeros(size), np.full(size, -1)
    common, same = np.zeros(size, np.int64), np.zeros(size, np.int64)
    for pair in sorted(set(_seemingly_alike(crowd, rows, least_common))):
        ratio, tasks, agreed = _ratio(crowd, *pair)
        for one, other in (pair, pair[::-1]):
            ratios[one] += np.exp(min(ratio, MOST))
            if ratio > best[one]:
                best[one], partner[one], common[one], same[one] = ratio, other, tasks, agreed
    chance = np.ones(size)
    found = np.flatnonzero(partner >= 0)
    chance[found] = np.minimum(1.0, _met(crowd, found, least_common) / ratios[found])
    return Likeness(chance, partner, common, same)


def _seemingly_alike(crowd: _Crowd, rows: Ints, least: int) -> Iterator[tuple[int, int]]:
    """Go through annotators: each with the few who seem most alike, the lower number first.

    At first sight a right answer is as probable as both are reliable on average, and a wrong one
    as usual as others make it: sums over cells of tasks and labels.
    """
    answered, given, right, wrong = _cells(crowd)
    accuracy = _accuracies(crowd)
    for first in range(0, len(rows), CHUNK):
        some = rows[first : first + CHUNK]
        common = (answered[some] @ answered.T).toarray()
        agreed = (given[some] @ given.T).toarray()
        chance = np.sqrt(np.outer(accuracy[some], accuracy))
        ratio = (given[some] @ right @ given.T).toarray() * np.log(SHARE / chance + 1 - SHARE)
        ratio += (given[some] @ wrong @ given.T).toarray()
        ratio += (common - agreed) * np.log(1 - SHARE)
        ratio[common < least] = -np.inf
        ratio[np.arange(len(some)), some] = -np.inf
        for one, seeming in zip(some.tolist(), ratio, strict=True):
            for other in np.argsort(-seeming)[:CLOSE].tolist():
                if seeming[other] >= LEAST_SEEMING:
                    yield min(one, other), max(one, other)


def _met(crowd: _Crowd, rows: Ints, least: int) -> Ints:
    """Count for some annotators those they have enough tasks in common with: shape (N,)."""
    answered = _answered(crowd.votes)
    parts = [rows[first : first + CHUNK] for first in range(0, len(rows), CHUNK)]
    counts = [((answered[some] @ answered.T) >= least).sum(axis=1) - 1 for some in parts]
    return np.concatenate(counts) if counts else np.zeros(0, np.int64)


def _cells(crowd: _Crowd) -> tuple[Any, Any, Any, Any]:
    """Lay out who answered which task (A, T), who gave which label to one (A, S), and two weights.

    The weights, diagonal (S, S), are how probably the label is right, and how much agreeing on it
    tells where it is wrong. Labels that nobody shares are left out.
    """
    votes, evidence = crowd.votes, crowd.evidence
    tasks, size, labels = votes.shape
    task, label = np.nonzero(crowd.counts > 1)
    others, gave = crowd.counts[task].sum(axis=1) - 2, crowd.counts[task, label] - 2
    right = evidence.posteriors[task, label]
    usual = (1 - evidence.usual.diagonal().mean()) / max(1, labels - 1)
    chance = (HABIT_WEIGHT * usual + gave) / (HABIT_WEIGHT + others)
    wrong = (1 - right) * np.log(SHARE / np.maximum(chance, TINY) + 1 - SHARE)
    number = np.full((tasks, labels), -1)
    number[task, label] = np.arange(len(task))
    cell = number[votes.task, votes.label]
    shared = cell >= 0

    where = votes.annotator[shared], cell[shared]
    given = sparse.csr_array((np.ones(int(shared.sum())), where), shape=(size, len(task)))
    return _answered(votes), given, sparse.diags_array(right), sparse.diags_array(wrong)


def _answered(votes: Votes) -> Any:
    """Lay out who answered which task: shape (A, T)."""
    tasks, size, _ = votes.shape
    return sparse.csr_array((np.ones(len(votes)), (votes.annotator, votes.task)), (size, tasks))


def _accuracies(crowd: _Crowd) -> Floats:
    """Estimate how often each is right, by the others; near the crowd's mean for few answers."""
    votes, size = crowd.votes, crowd.votes.shape[1]
    others = crowd.evidence.of_others(votes)
    right = others[np.arange(len(votes)), votes.label]
    hits, count = np.bincount(votes.annotator, right, size), np.diff(crowd.starts)
    mean = right.mean() if len(right) else 1.0
    accuracy: Floats = np.maximum((hits + POOL_WEIGHT * mean) / (count + POOL_WEIGHT), TINY)
    return accuracy


def _ratio(crowd: _Crowd, one: int, other: int) -> tuple[float, int, int]:
    """Weigh a pair: the log likelihood ratio, the tasks in common, and on how many they agree."""
    votes, evidence = crowd.votes, crowd.evidence
    ours, theirs = crowd.of_annotator(one), crowd.of_annotator(other)
    task, a, b = np.intersect1d(
        votes.task[ours], votes.task[theirs], assume_unique=True, return_indices=True
    )
    ours, theirs = ours[a], theirs[b]
    truth = normalized(evidence.joint[task] - evidence.said[ours] - evidence.said[theirs])[0]
    truth = clamped(truth, evidence.known[task])
    rows = np.arange(len(task))
    rest = crowd.counts[task]
    rest[rows, votes.label[ours]] -= 1
    rest[rows, votes.label[theirs]] -= 1
    agreed = votes.label[ours] == votes.label[theirs]
    said = _by_itself(crowd, ours, rest), _by_itself(crowd, theirs, rest)
    apart = (truth * said[0] * said[1]).sum(axis=1)
    taken_over = SHARE * agreed[:, None]
    # either may be the one who copies
    ratios = [
        np.log((truth * mine * (taken_over + (1 - SHARE) * his)).sum(axis=1) / apart).sum()
        for mine, his in (said, said[::-1])
    ]
    return float(np.logaddexp(*ratios) - np.log(2)), len(task), int(agreed.sum())


def _by_itself(crowd: _Crowd, vote: Ints, rest: Floats) -> Floats:
    """Compute the chance of votes, (N, K) by the truth, by habit or by what the rest (N, K) say."""
    votes, evidence = crowd.votes, crowd.evidence
    label = votes.label[vote]
    # an annotator's matrix without what the task itself has put there
    here = evidence.posteriors[votes.task[vote]]
    counts = evidence.counts[votes.annotator[vote]]
    counts = counts - (POOL_WEIGHT - BORROWED) * crowd.pooled
    own = np.maximum(counts[np.arange(len(vote)), :, label] - here, TINY)
    own /= np.maximum(counts.sum(axis=2) - here, TINY)
    others = (HABIT_WEIGHT * own + rest[np.arange(len(vote)), label][:, None]) / (
        HABIT_WEIGHT + rest.sum(axis=1)[:, None]
    )
    chance: Floats = np.minimum(np.maximum(own, others), 1.0)
    return chance
