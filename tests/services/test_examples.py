"""Examples that annotators learn from: never gold, never what is still asked."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from crowd.errors import Conflict, Invalid, NotFound, UnknownLabel
from crowd.models import AuditEntry, Example, Task
from crowd.services import examples, gold, results
from tests.factories import World, caller, decided


def add(world: World, label: str, **what: Any) -> Example:
    wish = {"explanation": "look at its ears", **what}
    return examples.add(world.session, world.requester, world.project_id, label=label, **wish)


def closed(world: World, **fields: Any) -> Task:
    task = world.task(**fields)
    results.record(world.session, world.config, [decided(task)])
    return task


def listed(world: World) -> list[Example]:
    page = examples.one_page_of(
        world.session, world.requester, world.project_id, after=None, limit=5
    )
    return list(page.items)


def test_examples_are_listed_until_they_are_retired(world: World) -> None:
    first = add(world, "yes", payload={"text": "woof"}, confused_with="no")
    second = add(world, "no", task_id=closed(world).id)

    examples.retire(world.session, world.requester, first.id)
    examples.retire(world.session, world.requester, first.id)

    assert listed(world) == [second]
    noted = select(AuditEntry.action).filter_by(subject_id=world.project_id)
    said = world.session.scalars(noted).all()
    assert (said.count("example.added"), said.count("example.retired")) == (2, 1)


def test_gold_is_no_example_neither_the_task_nor_what_it_shows(world: World) -> None:
    known = closed(world, gold="yes", payload={"text": "woof", "n": 1})

    with pytest.raises(Conflict, match="gold"):
        add(world, "yes", task_id=known.id)
    with pytest.raises(Conflict, match="gold"):
        add(world, "yes", payload={"n": 1, "text": "woof"})
    gold.retire(world.session, world.requester, known.id)
    assert add(world, "yes", task_id=known.id)


def test_an_example_never_becomes_gold_even_when_it_is_shown_no_more(world: World) -> None:
    task = closed(world)
    example = add(world, "yes", task_id=task.id)
    examples.retire(world.session, world.requester, example.id)

    with pytest.raises(Conflict, match="example"):
        gold.put(world.session, world.requester, task.id, label="yes")


def test_a_task_that_is_still_open_is_no_example(world: World) -> None:
    with pytest.raises(Conflict, match="open"):
        add(world, "yes", task_id=world.task().id)


def test_labels_are_those_of_the_project_and_differ(world: World) -> None:
    for wish in ({"label": "maybe"}, {"label": "yes", "confused_with": "maybe"}):
        with pytest.raises(UnknownLabel):
            add(world, payload={}, **wish)
    with pytest.raises(Invalid, match="itself"):
        add(world, "yes", payload={}, confused_with="yes")


def test_examples_are_of_ones_own_projects(world: World) -> None:
    example = add(world, "yes", payload={})
    stranger, _ = caller(world.session, "requester")
    foreign = closed(World(world.session))

    with pytest.raises(NotFound):
        examples.retire(world.session, stranger, example.id)
    with pytest.raises(NotFound):
        add(world, "yes", task_id=foreign.id)
