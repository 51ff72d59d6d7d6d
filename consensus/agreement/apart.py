"""How far apart whole answers are that are no labels: sets of labels, and numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from consensus.votes import Floats, Ints

#: Sets held against each other at a time.
CELLS = 2_000_000
#: Distinct sets that stand for all of them where chance is reckoned, drawn as often as they are
#: given: the mean over more of them moves alpha by less than 0.01.
DRAWN = 1024


class Apart(Protocol):
    """Distances between answers that are numbered as the labels of some `Votes`."""

    def between(self, one: Ints, other: Ints) -> Floats:
        """Measure how far apart pairs of answers are: shape (P,), 0 for the same."""
        ...

    def expected(self, of: Ints, among: Ints, weights: Floats) -> Floats:
        """Measure how far each answer `of`, (U,), is from one drawn `among` others by `weights`."""
        ...


@dataclass(frozen=True, eq=False)
class Numbers:
    """Squared differences: alpha is then that of an interval scale (Krippendorff 2011)."""

    #: The number that each answer is: shape (K,).
    values: Floats

    def between(self, one: Ints, other: Ints) -> Floats:
        """Square the differences of pairs."""
        apart: Floats = (self.values[one] - self.values[other]) ** 2
        return apart

    def expected(self, of: Ints, among: Ints, weights: Floats) -> Floats:
        """Take the distance to the mean, and the spread around it."""
        drawn = self.values[among]
        mean = weights @ drawn
        apart: Floats = (self.values[of] - mean) ** 2 + weights @ (drawn - mean) ** 2
        return apart


@dataclass(frozen=True, eq=False)
class Sets:
    """The MASI distance of sets (Passonneau 2006): 1 less their overlap, and less for a part.

    Jaccard's overlap counts in full where sets are equal, two thirds where one is part of the
    other, a third where each has something of its own: who names more of the same says nearly the
    same.
    """

    #: Which labels are in each set: shape (K, L).
    chosen: npt.NDArray[np.bool_]

    def between(self, one: Ints, other: Ints) -> Floats:
        """Measure pairs of sets."""
        both = (self.chosen[one] & self.chosen[other]).sum(axis=1)
        sizes = self.chosen.sum(axis=1)
        return _masi(both, sizes[one], sizes[other])

    def expected(self, of: Ints, among: Ints, weights: Floats) -> Floats:
        """Average over the distinct sets, or over `DRAWN` drawn from them where there are more."""
        if len(among) > DRAWN:
            drawn = np.random.default_rng(0).choice(len(among), DRAWN, p=weights)
            among, weights = among[drawn], np.full(DRAWN, 1 / DRAWN)
        members = self.chosen.astype(np.float32)
        sizes = members.sum(axis=1)
        block = max(1, CELLS // len(among))
        parts = np.split(of, range(block, len(of), block))
        apart = [
            _masi(members[part] @ members[among].T, sizes[part, None], sizes[among]) @ weights
            for part in parts
        ]
        return np.concatenate(apart)


def _masi(both: Any, one: Any, other: Any) -> Floats:
    """Compute the distance of sets of so many labels, `both` of which they share."""
    either = one + other - both
    part = np.where(both == np.minimum(one, other), 2 / 3, 1 / 3)
    # two empty sets are the same; an empty one shares nothing with another
    overlap = np.where(either > 0, both / np.maximum(either, 1), 1.0)
    apart: Floats = 1 - overlap * np.where(both == either, 1.0, part)
    return apart
