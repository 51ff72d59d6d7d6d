"""What a simulated crowd is asked: items with a planted truth that nothing in them tells."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

#: Beta distribution of an item's difficulty: most are clear, a few are hard; 0.07 on average.
CLEAR, HARD = 0.3, 4.2


@dataclass(frozen=True, slots=True)
class Item:
    """One item; `truth` is the number of its label."""

    name: str
    truth: int
    #: 0: everybody is as accurate as they can be; 1: everybody guesses.
    difficulty: float

    @property
    def payload(self) -> Mapping[str, Any]:
        """What annotators are shown."""
        return {"item": self.name}


def labels_of(classes: int) -> list[str]:
    """Name the labels; their order is that of their numbers."""
    width = len(str(classes - 1))
    return [f"label-{number:0{width}}" for number in range(classes)]


def plant(
    seed: int, count: int, classes: int, prior: Sequence[float] | None = None
) -> tuple[Item, ...]:
    """Draw items with their truths; `prior` weighs the labels, all alike unless it is given.

    Raises ValueError for a prior that does not fit.
    """
    if prior is not None and (len(prior) != classes or min(prior) < 0 or not sum(prior)):
        raise ValueError(f"A prior needs {classes} weights, none of them below 0.")
    return tuple(_item(seed, number, classes, prior) for number in range(count))


def _item(seed: int, number: int, classes: int, prior: Sequence[float] | None) -> Item:
    # the name has chance of its own: it must say nothing of the truth
    name = random.Random(f"{seed}/name/{number}").getrandbits(64)
    chance = random.Random(f"{seed}/truth/{number}")
    truth = chance.choices(range(classes), prior)[0]
    return Item(f"{name:016x}", truth, chance.betavariate(CLEAR, HARD))
