"""Sets and numbers of annotators whose habits are planted, through the services."""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Callable

from tests.factories import World

LABELS = ["cat", "dog", "cow", "hen"]
RANGE = {"minimum": 0.0, "maximum": 100.0, "step": None, "unit": "cm", "tolerance": 5.0}
Right = Callable[[str, int], float]


def asks_for_sets(world: World, **terms: object) -> World:
    world.change(answer_type="multi-label", labels=LABELS, limits={"held": 1000}, **terms)
    return world


def asks_for_numbers(world: World, **terms: object) -> World:
    world.change(answer_type="numeric", labels=[], number=RANGE, limits={"held": 1000}, **terms)
    return world


def a_set(*labels: str) -> str:
    return json.dumps([label for label in LABELS if label in labels])


def sets(
    world: World, tasks: int, names: str, right: Right, known: int = 0, seed: int = 7
) -> list[tuple[uuid.UUID, str]]:
    """Have everybody answer every task, each label of a set right with a chance."""
    chance = random.Random(seed)
    made = []
    for number in range(tasks):
        truth = [label for label in LABELS if chance.random() < 0.4]
        task = world.task(gold=a_set(*truth) if number < known else None)
        made.append((task.id, a_set(*truth)))
        for name in names:
            given = [
                label
                for label in LABELS
                if (label in truth) == (chance.random() < right(name, number))
            ]
            world.answer(name, task, a_set(*given))
    return made


def numbers(
    world: World, tasks: int, names: str, spread: Right, known: int = 0, bias: float = 0.0
) -> list[tuple[uuid.UUID, str]]:
    """Have everybody answer every task, with an error of a spread that may depend on its number."""
    chance = random.Random(11)
    made = []
    for number in range(tasks):
        truth = chance.uniform(20, 80)
        task = world.task(gold=f"{truth:.1f}" if number < known else None)
        made.append((task.id, f"{truth:.1f}"))
        for name in names:
            said = truth + bias + chance.gauss(0, spread(name, number))
            world.answer(name, task, f"{min(100, max(0, said)):.1f}")
    return made
