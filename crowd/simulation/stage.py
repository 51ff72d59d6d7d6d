"""What a simulation is played on: a project with planted items, and registered annotators."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from crowd.client import Client, Marketplace
from crowd.simulation.cast import Annotator
from crowd.simulation.items import Item, labels_of

#: Called with the requester's client and the project's id when all is set up and before any work.
BeforeWork = Callable[[Client, str], None]
QUESTION = "Which label fits the item? (simulated)"


class SimulationError(Exception):
    """A simulation cannot be set up; the message says what to do."""


@dataclass(frozen=True)
class Player:
    """An annotator of the crowd as the service knows it."""

    annotator: Annotator
    #: By what name its marketplace knows it.
    name: str
    #: By what id the service does.
    id: str


@dataclass(frozen=True)
class Stage:
    """A running project and everybody who may work on it."""

    requester: Client
    marketplace: Client
    project_id: str
    items: Mapping[str, Item]
    labels: Sequence[str]
    gold: frozenset[str]
    players: Sequence[Player]


def build(
    requester: Client,
    marketplace: Client,
    *,
    items: Sequence[Item],
    crowd: Sequence[Annotator],
    classes: int,
    gold_count: int,
    seed: int,
    threads: int = 8,
    marketplace_name: str | None = None,
    before_work: BeforeWork | None = None,
    **config: Any,
) -> Stage:
    """Make the project, import the items with some as gold, register the crowd, and start.

    Raises SimulationError where it is not clear which marketplace the crowd is of.
    """
    labels = labels_of(classes)
    ours = _ours(requester.projects.marketplaces(), marketplace_name)
    # a service may see many simulations: each has names of its own
    run = uuid.uuid4().hex[:8]
    project = requester.projects.create(f"simulation {run}", labels, question=QUESTION, **config)
    requester.projects.open_to(project.id, ours.id)
    chosen = _gold(items, gold_count, seed)
    requester.imports.create(project.id, (_line(item, labels, chosen) for item in items))
    with ThreadPoolExecutor(threads) as pool:
        players = list(pool.map(lambda one: _registered(marketplace, one, run), crowd))
    if before_work is not None:
        before_work(requester, project.id)
    requester.projects.start(project.id)
    by_name = {item.name: item for item in items}
    return Stage(requester, marketplace, project.id, by_name, labels, chosen, players)


def _ours(found: Sequence[Marketplace], name: str | None) -> Marketplace:
    named = [one for one in found if name in (None, one.name)]
    if len(named) != 1:
        known = ", ".join(sorted(one.name for one in found)) or "none"
        raise SimulationError(f"Name the marketplace the key is of. There are: {known}.")
    return named[0]


def _gold(items: Sequence[Item], count: int, seed: int) -> frozenset[str]:
    chosen = random.Random(f"{seed}/gold").sample(range(len(items)), count)
    return frozenset(items[number].name for number in chosen)


def _line(item: Item, labels: Sequence[str], gold: frozenset[str]) -> Mapping[str, Any]:
    known = labels[item.truth] if item.name in gold else None
    return {"external_id": item.name, "payload": item.payload, "gold": known}


def _registered(marketplace: Client, annotator: Annotator, run: str) -> Player:
    name = f"simulated-{run}-{annotator.origin.number}"
    return Player(annotator, name, marketplace.annotators.register(name).id)
