"""Who takes part: so many annotators of each kind."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass

from crowd.simulation.items import Item
from crowd.simulation.kinds import KINDS, Behaviour, Origin, Speed

Mix = Mapping[str, float]
MIXES: Mapping[str, Mix] = {
    "clean": {"expert": 0.2, "honest": 0.8},
    "typical": {
        "expert": 0.1, "honest": 0.55, "careless": 0.1, "drifting": 0.05, "spammer": 0.05,
        "constant": 0.05, "bot": 0.05, "copier": 0.05,
    },
    "hostile": {
        "expert": 0.05, "honest": 0.35, "careless": 0.1, "drifting": 0.05, "spammer": 0.15,
        "constant": 0.05, "bot": 0.05, "copier": 0.1, "adversary": 0.1,
    },
}  # fmt: skip


class BadMix(ValueError):
    """A mix names kinds there are none of, or weights that are none."""


@dataclass(frozen=True, slots=True)
class Annotator:
    """One of the crowd: the same for the same seed, number and place, to the byte."""

    kind: str
    origin: Origin
    behaviour: Behaviour
    speed: Speed

    def label(self, item: Item, nth: int) -> int:
        """Give the number of its label for an item, after `nth` earlier answers."""
        return self.behaviour.label(item, nth)

    def seconds(self, item: Item) -> float:
        """Give how long it thinks about an item."""
        return self.speed.seconds(self.origin.chance(f"seconds/{item.name}"))


def mix_of(text: str) -> Mix:
    """Read a mix: a name, or JSON such as {"honest": 0.7, "spammer": 0.3}. Raises BadMix."""
    if text in MIXES:
        return MIXES[text]
    try:
        mix = json.loads(text)
    except ValueError:
        raise BadMix(f"{text!r} is neither JSON nor one of {', '.join(MIXES)}.") from None
    if not isinstance(mix, dict) or not mix.keys() <= KINDS.keys():
        raise BadMix(f"A mix is an object of kinds and weights: {', '.join(KINDS)}.")
    weights = mix.values()
    if not all(isinstance(w, int | float) and 0 <= w < math.inf for w in weights) or not sum(
        weights
    ):
        raise BadMix("Weights are numbers, none of them below 0 and not all of them 0.")
    return mix


def cast(seed: int, size: int, mix: Mix, classes: int) -> tuple[Annotator, ...]:
    """Make a crowd of a size whose shares come as near to the mix as whole people can."""
    kinds = [(kind, place) for kind, n in counts(size, mix).items() for place in range(n)]
    return tuple(
        _annotator(kind, Origin(seed, number, classes, place))
        for number, (kind, place) in enumerate(kinds)
    )


def counts(size: int, mix: Mix) -> dict[str, int]:
    """Share out a size by weights: rounded down, the rest to the largest remainders."""
    total = sum(mix.values())
    exact = {kind: size * weight / total for kind, weight in mix.items()}
    found = {kind: int(share) for kind, share in exact.items()}
    by_rest = sorted(exact, key=lambda kind: found[kind] - exact[kind])
    for kind in by_rest[: size - sum(found.values())]:
        found[kind] += 1
    return found


def _annotator(kind: str, origin: Origin) -> Annotator:
    return Annotator(kind, origin, KINDS[kind].behave(origin), KINDS[kind].speed)
