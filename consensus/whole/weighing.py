"""How far others speak for an answer, whatever it is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cached_property

import numpy as np

from consensus.peers import Evidence
from consensus.votes import Floats, Votes

#: Answers weighed at a time.
BLOCK = 100_000


def chance_of(evidence: Evidence, votes: Votes, near: Callable[[slice], Floats]) -> Floats:
    """Compute P(right | the answer, the others' answers) for an average annotator: shape (N,).

    `near` says of some rows how far each true label makes the answer right: shape (R, K).
    """
    others, usual = evidence.of_others(votes), evidence.usual
    chance = np.empty(len(votes))
    for first in range(0, len(chance), BLOCK):
        rows = slice(first, first + BLOCK)
        given = others[rows] * usual[:, votes.label[rows]].T
        chance[rows] = (given * near(rows)).sum(axis=1) / given.sum(axis=1)
    return chance


def rightness_of(chance: Floats) -> Floats:
    """Take the crowd's own rate out of P(right | the answer, the others' answers): shape (N,).

    What is left is a / (a + b), where a and b are the probabilities of the answer if its annotator
    is right in it and if not, as `Evidence.rightness` has it of labels: 0.5 says nothing.
    """
    rate = min(max(float(chance.mean()), 1e-6), 1 - 1e-6) if len(chance) else 0.5
    right, wrong = chance / rate, (1 - chance) / (1 - rate)
    weight: Floats = right / (right + wrong)
    return np.clip(weight, 0.0, 1.0)


class Weighed(ABC):
    """Answers of which it is known how probably each is right."""

    @property
    @abstractmethod
    def chance(self) -> Floats:
        """Compute P(right | the answer, the others' answers) for an average annotator: (N,)."""

    @cached_property
    def rightness(self) -> Floats:
        """Weigh for each answer how far the others speak for it: shape (N,)."""
        return rightness_of(self.chance)

    @property
    def centre(self) -> float:
        """Say how often the crowd is right."""
        return float(self.chance.mean()) if len(self.chance) else 0.5
