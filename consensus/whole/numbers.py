"""Numbers, of which the engine knows on which step of a scale they lie."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from consensus.known_labels import Candidates, Doubts, as_good_as_known, discounted, doubts
from consensus.peers import Evidence
from consensus.posterior import normalized
from consensus.votes import Floats, Ints, Votes
from consensus.whole.weighing import rightness_of

#: Answers weighed at a time.
BLOCK = 100_000


@dataclass(frozen=True, eq=False)
class JudgedNumbers:
    """What the votes on steps say of numbers: one is right within the `slack` of the truth."""

    #: Votes whose labels are the numbers that were given, and what each of these is: (K,).
    votes: Votes
    values: Floats
    #: The same votes, row by row, by the number of their step; and where steps end: (S + 1,).
    steps: Votes
    edges: Floats
    slack: float
    evidence: Evidence
    #: What is known of each task; NaN: nothing. Shape (T,).
    known: Floats

    @cached_property
    def chance(self) -> Floats:
        """Compute P(right | the answer, the others' answers) for an average annotator: (N,)."""
        others, usual = self.evidence.of_others(self.steps), self.evidence.usual
        chance = np.empty(len(self.votes))
        for first in range(0, len(chance), BLOCK):
            rows = slice(first, first + BLOCK)
            given = others[rows] * usual[:, self.steps.label[rows]].T
            reach = within(self.values[self.votes.label[rows]], self.edges, self.slack)
            chance[rows] = (given * reach).sum(axis=1) / given.sum(axis=1)
        told = self.known[self.votes.task]
        sure = ~np.isnan(told)
        chance[sure] = np.abs(self.values[self.votes.label] - told)[sure] <= self.slack
        return chance

    @cached_property
    def rightness(self) -> Floats:
        """Weigh for each answer how far the others speak for it: shape (N,)."""
        return rightness_of(self.chance)

    @property
    def centre(self) -> float:
        """Say how often the crowd is right."""
        return float(self.chance.mean()) if len(self.chance) else 0.5

    def doubts(self) -> Doubts:
        """Weigh known numbers against what was said; `others` are steps."""
        rows = np.flatnonzero(self.evidence.known >= 0)
        return doubts(self.evidence, within(self.known[rows], self.edges, self.slack))

    def candidates(self, is_good: npt.NDArray[np.bool_], most: int) -> tuple[Candidates, Floats]:
        """Find tasks of which the crowd is sure, and what they are: the mean of the good ones.

        `is_good` marks annotators, of shape (A,). They are balanced by step.
        """
        given = self.values[self.votes.label]
        size, task = self.votes.shape[0], self.votes.task
        weight = is_good[self.votes.annotator].astype(np.float64)
        answers = np.bincount(task, weight, size)
        value = np.bincount(task, weight * given, size) / np.maximum(answers, 1)
        value = np.where(answers > 0, value, self.edges[0])
        posterior, _ = normalized(discounted(self.evidence, np.arange(size)))
        confidence = (posterior * within(value, self.edges, self.slack)).sum(axis=1)
        found = as_good_as_known(
            self.votes,
            steps_of_values(value, self.edges),
            np.minimum(confidence, 1.0),
            np.abs(given - value[task]) <= self.slack,
            self.evidence.known < 0,
            is_good,
            most,
        )
        return found, value[found.rows]


def within(values: Floats, edges: Floats, slack: float) -> Floats:
    """Say what share of each step lies within the slack of each value: shape (M, S)."""
    low, high = values[:, None] - slack, values[:, None] + slack
    inside = np.minimum(edges[1:], high) - np.maximum(edges[:-1], low)
    shares: Floats = np.clip(inside / np.diff(edges), 0.0, 1.0)
    return shares


def steps_of_values(values: Floats, edges: Floats) -> Ints:
    """Find the step of each value: shape (M,)."""
    return np.clip(np.searchsorted(edges, values, "right") - 1, 0, len(edges) - 2)
