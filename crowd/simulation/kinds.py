"""The kinds of annotators: how each comes to a label, and how long it takes."""

from __future__ import annotations

import hashlib
import json
import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from crowd.simulation import matrices
from crowd.simulation.items import Item
from crowd.simulation.matrices import Matrix

#: Members of a ring of copiers, its leader among them.
RING = 5
#: A drifting annotator begins to tire after so many answers, and guesses after so many more.
FRESH = (20, 60)
TIRING = 60


@dataclass(frozen=True, slots=True)
class Origin:
    """Where everything about one annotator is drawn from: the seed, and its number."""

    seed: int
    number: int
    classes: int
    #: Its place among those of its kind, who have numbers in a row.
    place: int = 0

    def chance(self, what: str) -> random.Random:
        """Give the same draws for the same purpose, whatever else was drawn before."""
        return random.Random(f"{self.seed}/{self.number}/{what}")


class Behaviour(Protocol):
    def label(self, item: Item, nth: int) -> int:
        """Give the number of the label for an item; `nth` counts the earlier answers."""


@dataclass(frozen=True, slots=True)
class Seeing:
    """Sees the truth through a confusion matrix, the worse the harder the item."""

    origin: Origin
    matrix: Matrix

    def label(self, item: Item, nth: int, tired: float = 0.0) -> int:
        blur = 1 - (1 - item.difficulty) * (1 - tired)
        return matrices.given(self.origin.chance(item.name), self.matrix[item.truth], blur)


@dataclass(frozen=True, slots=True)
class Tiring:
    """Sees well at first, and less with every answer after a while."""

    sight: Seeing
    fresh: int

    def label(self, item: Item, nth: int) -> int:
        return self.sight.label(item, nth, tired=min(1.0, max(0, nth - self.fresh) / TIRING))


@dataclass(frozen=True, slots=True)
class Contrary:
    """Knows, and says anything else."""

    sight: Seeing

    def label(self, item: Item, nth: int) -> int:
        origin = self.sight.origin
        away = origin.chance(f"away/{item.name}").randrange(1, origin.classes)
        return (self.sight.label(item, nth) + away) % origin.classes


@dataclass(frozen=True, slots=True)
class Guessing:
    """Does not look."""

    origin: Origin

    def label(self, item: Item, nth: int) -> int:
        return self.origin.chance(item.name).randrange(self.origin.classes)


@dataclass(frozen=True, slots=True)
class Repeating:
    """Says one thing."""

    only: int

    def label(self, item: Item, nth: int) -> int:
        return self.only


@dataclass(frozen=True, slots=True)
class Hashing:
    """A program that makes a label of the payload: always the same, and of no meaning."""

    classes: int

    def label(self, item: Item, nth: int) -> int:
        shown = json.dumps(item.payload, sort_keys=True).encode()
        return int.from_bytes(hashlib.sha256(shown).digest()[:8]) % self.classes


@dataclass(frozen=True, slots=True)
class Speed:
    """Log-normal seconds an answer; a spread of 0 takes the same time always."""

    median: float
    spread: float

    def seconds(self, chance: random.Random) -> float:
        """Draw how long one answer takes."""
        return self.median * math.exp(self.spread * chance.gauss(0, 1))


@dataclass(frozen=True, slots=True)
class Kind:
    """A way to behave, and the usual speed of those who do."""

    behave: Callable[[Origin], Behaviour]
    speed: Speed


def _seeing(low: float, high: float) -> Callable[[Origin], Seeing]:
    def behave(origin: Origin) -> Seeing:
        chance = origin.chance("accuracy")
        return Seeing(origin, matrices.draw(chance, chance.uniform(low, high), origin.classes))

    return behave


_expert, _honest, _careless = _seeing(0.96, 0.98), _seeing(0.75, 0.95), _seeing(0.6, 0.7)


def _drifting(origin: Origin) -> Tiring:
    return Tiring(_honest(origin), origin.chance("fresh").randint(*FRESH))


def _constant(origin: Origin) -> Repeating:
    return Repeating(origin.chance("only").randrange(origin.classes))


def _copier(origin: Origin) -> Seeing:
    # what a leader says of an item hangs on nothing but the two of them: whoever draws as the
    # leader does says the same, whether the leader has been there or not
    return _careless(replace(origin, number=origin.number - origin.place % RING, place=0))


KINDS: Mapping[str, Kind] = {
    "expert": Kind(_expert, Speed(14.0, 0.4)),
    "honest": Kind(_honest, Speed(12.0, 0.5)),
    "careless": Kind(_careless, Speed(7.0, 0.5)),
    "drifting": Kind(_drifting, Speed(10.0, 0.5)),
    "spammer": Kind(Guessing, Speed(1.5, 0.5)),
    "constant": Kind(_constant, Speed(0.8, 0.3)),
    "bot": Kind(lambda origin: Hashing(origin.classes), Speed(1.0, 0.0)),
    "copier": Kind(_copier, Speed(4.0, 0.4)),
    "adversary": Kind(lambda origin: Contrary(_honest(origin)), Speed(10.0, 0.5)),
}
