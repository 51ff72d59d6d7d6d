"""Sets of labels, of which the engine sees each label as a question of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from consensus.known_labels import (
    TRUST,
    Candidates,
    as_good_as_known,
    discounted,
    doubts,
)
from consensus.peers import Evidence
from consensus.posterior import TINY, normalized
from consensus.votes import Floats, Ints, Votes
from consensus.whole.weighing import Weighed

Bools = npt.NDArray[np.bool_]
NO_YES = ("no", "yes")


@dataclass(frozen=True, eq=False)
class DoubtedSets:
    """One entry a known task with a row among the votes."""

    #: Rows of the tasks: shape (G,).
    rows: Ints
    #: P(the known set is not right as a whole): shape (G,).
    wrong: Floats
    #: The set that is right if the known one is not: shape (G, L).
    instead: Bools


@dataclass(frozen=True, eq=False)
class JudgedSets(Weighed):
    """What the votes on labels say of whole sets: one is right where each of its labels is."""

    #: Votes whose labels are the sets that were given, and which labels each of these has: (K, L).
    votes: Votes
    chosen: Bools
    #: Votes on pairs of a task and a label, the label moving faster, and which answer each is part
    #: of: see `pairs_of`. Shape (N·L,).
    pairs: Votes
    answer: Ints
    evidence: Evidence
    #: The set that is known of each task, and where one is: shapes (T, L) and (T,).
    known: Bools
    is_known: Bools

    @cached_property
    def chance(self) -> Floats:
        """Compute P(right | the answer, the others' answers) for an average annotator: (N,).

        Labels are taken one by one, as the engine takes them.
        """
        others, usual = self.evidence.of_others(self.pairs), self.evidence.usual
        given = others * usual[:, self.pairs.label].T
        right = given[np.arange(len(given)), self.pairs.label] / given.sum(axis=1)
        told = np.log(np.maximum(right, TINY))
        chance = np.exp(np.bincount(self.answer, told, len(self.votes)))
        sure = self.is_known[self.votes.task]
        same = (self.chosen[self.votes.label] == self.known[self.votes.task]).all(axis=1)
        chance[sure] = same[sure]
        return chance.astype(np.float64)

    def doubts(self) -> DoubtedSets:
        """Weigh known sets against what was said, label by label."""
        labels = self.chosen.shape[1]
        found = doubts(self.evidence, trust=TRUST ** (1 / labels))
        rows = found.rows.reshape(-1, labels)[:, 0] // labels
        wrong = found.wrong.reshape(-1, labels)
        flipped = wrong > 0.5
        # if the set is wrong, something of it is
        none = np.flatnonzero(~flipped.any(axis=1))
        flipped[none, wrong[none].argmax(axis=1)] = True
        return DoubtedSets(rows, 1 - (1 - wrong).prod(axis=1), self.known[rows] ^ flipped)

    def candidates(self, is_good: Bools, most: int) -> tuple[Candidates, Bools]:
        """Find tasks of which the crowd is sure, and their sets: shape (C, L). Balanced by set."""
        labels = self.chosen.shape[1]
        posterior, _ = normalized(discounted(self.evidence, np.arange(len(self.evidence.joint))))
        belongs = posterior[:, 1].reshape(-1, labels)
        sets = belongs > 0.5
        _, place = np.unique(sets, axis=0, return_inverse=True)
        found = as_good_as_known(
            self.votes,
            place.ravel(),
            np.where(sets, belongs, 1 - belongs).prod(axis=1),
            (self.chosen[self.votes.label] == sets[self.votes.task]).all(axis=1),
            ~self.is_known,
            is_good,
            most,
        )
        return found, sets[found.rows]


def pairs_of(votes: Votes, chosen: Bools) -> tuple[Votes, Ints]:
    """Ask of each label by itself: votes on pairs, and which answer each is part of: (N·L,).

    Pair t · L + l is of task t and label l; the pairs' ids are these numbers.
    """
    labels = chosen.shape[1]
    task = (votes.task[:, None] * np.int64(labels) + np.arange(labels)).ravel()
    order = np.argsort(task, kind="stable")
    answer = order // labels
    pairs = replace(
        votes,
        task_ids=range(votes.shape[0] * labels),
        label_set=NO_YES,
        task=task[order],
        annotator=votes.annotator[answer],
        label=chosen[votes.label].ravel()[order].astype(np.int32),
        at=None,
        seconds=None,
    )
    return pairs, answer
