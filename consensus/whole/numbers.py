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
from consensus.whole.weighing import Weighed, chance_of

#: Places in a step that stand for all of it.
PARTS = 20


@dataclass(frozen=True, eq=False)
class JudgedNumbers(Weighed):
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
    #: How often an answer on the right step is within the slack; see `consensus.whole.exactness`.
    exact: float = 0.0

    @cached_property
    def chance(self) -> Floats:
        """Compute P(right | the answer, the others' answers) for an average annotator: (N,)."""
        given = self.values[self.votes.label]
        chance = chance_of(
            self.evidence,
            self.steps,
            lambda rows: within(given[rows], self.edges, self.slack, self.exact),
        )
        told = self.known[self.votes.task]
        sure = ~np.isnan(told)
        chance[sure] = np.abs(given - told)[sure] <= self.slack
        return chance

    def doubts(self) -> Doubts:
        """Weigh known numbers against what was said; `others` are steps."""
        rows = np.flatnonzero(self.evidence.known >= 0)
        return doubts(self.evidence, within(self.known[rows], self.edges, self.slack, self.exact))

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
        near = within(value, self.edges, self.slack, self.exact)
        confidence = (posterior * near).sum(axis=1)
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


def within(values: Floats, edges: Floats, slack: float, exact: float = 0.0) -> Floats:
    """Say how probably the truth, on each step, is within the slack of each value: shape (M, S).

    By the share of the step that is; on the value's own step it is also where values are exact.
    """
    low, high = values[:, None] - slack, values[:, None] + slack
    inside = np.minimum(edges[1:], high) - np.maximum(edges[:-1], low)
    shares: Floats = np.clip(inside / np.diff(edges), 0.0, 1.0)
    own = np.arange(len(values)), steps_of_values(values, edges)
    shares[own] += exact * (1 - shares[own])
    return shares


def steps_within(edges: Floats, slack: float, exact: float = 0.0) -> Floats:
    """Say how probably numbers of two steps lie within the slack of each other: shape (S, S)."""
    inside = (np.arange(PARTS) + 0.5) / PARTS
    values = edges[:-1, None] + np.diff(edges)[:, None] * inside
    size = len(edges) - 1
    shares = within(values.ravel(), edges, slack, exact)
    mean: Floats = shares.reshape(size, PARTS, size).mean(axis=1)
    return mean


def steps_of_values(values: Floats, edges: Floats) -> Ints:
    """Find the step of each value: shape (M,)."""
    return np.clip(np.searchsorted(edges, values, "right") - 1, 0, len(edges) - 2)
