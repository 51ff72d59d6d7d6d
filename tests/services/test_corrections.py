"""What became of the tasks that a model had predicted streams out for it to learn from."""

from __future__ import annotations

import json
from typing import Any

from crowd.models import Task
from crowd.services import corrections, exports, gold, results
from crowd.services.corrections import Correction
from crowd.services.paging import Page
from tests.factories import World, decided
from tests.services.test_predictions import predict


def page(world: World, **wish: Any) -> Page:
    wish = {"differs": None, "after": None, "limit": 50, **wish}
    return corrections.one_page_of(
        world.session, world.requester, world.project_id, "resnet@3", **wish
    )


def told(found: Page) -> list[tuple[str, str, bool]]:
    items: list[Correction] = list(found.items)
    return [(one.external_id, one.label, one.differs) for one in items]


def resolve(world: World, task: Task, **fields: Any) -> None:
    results.record(world.session, world.config, [decided(task, **fields)])


def three(world: World) -> list[Task]:
    tasks = [world.task(name, payload={"text": name}) for name in "abc"]
    predict(world, ("a", "yes", 0.9), ("b", "no"), ("c", "yes"))
    return tasks


def test_each_resolved_task_stands_beside_its_prediction(world: World) -> None:
    a, b, _ = three(world)
    resolve(world, b), resolve(world, a)

    found = page(world)

    assert told(found) == [("b", "yes", True), ("a", "yes", False)]
    last = found.items[-1]
    assert (last.payload, last.confidence, last.certainty) == ('{"text": "a"}', 0.9, 0.97)
    assert (last.source, found.next_after) == ("consensus", None)


def test_what_is_decided_later_or_anew_comes_behind_what_was_read(world: World) -> None:
    a, b, c = three(world)
    resolve(world, c), resolve(world, a)
    first = page(world, limit=1)
    assert (told(first), first.next_after) == ([("c", "yes", False)], first.items[0].result_id)

    resolve(world, b), resolve(world, a, seen=3)
    rest = page(world, after=first.next_after)

    assert told(rest) == [("b", "yes", True), ("a", "yes", False)]


def test_only_what_the_model_has_wrong_can_be_asked_for(world: World) -> None:
    for task in three(world):
        resolve(world, task)

    assert told(page(world, differs=True)) == [("b", "yes", True)]
    assert [name for name, *_ in told(page(world, differs=False))] == ["a", "c"]


def test_gold_says_what_is_right(world: World) -> None:
    a, *_ = three(world)
    resolve(world, a)
    gold.put(world.session, world.requester, a.id, label="no")

    (correction,) = page(world).items

    assert (correction.label, correction.source, correction.certainty) == ("no", "gold", 1)


def test_what_is_open_or_disputed_teaches_nothing(world: World) -> None:
    a, b, _ = three(world)
    resolve(world, a, state="disputed"), resolve(world, b, state="open")

    assert told(page(world)) == []


def test_a_file_has_a_line_for_every_prediction(world: World) -> None:
    a, b, _ = three(world)
    resolve(world, b), gold.put(world.session, world.requester, a.id, label="no")

    pieces = exports.lines(world.session, world.project_id, "predictions", "ndjson")
    lines = [json.loads(line) for line in b"".join(pieces).splitlines()]

    names = ("external_id", "model", "prediction", "label", "source", "differs", "certainty")
    assert [tuple(line[name] for name in names) for line in lines] == [
        ("a", "resnet@3", "yes", "no", "gold", True, 1),
        ("b", "resnet@3", "no", "yes", "consensus", True, 0.97),
        ("c", "resnet@3", "yes", None, "consensus", None, None),
    ]
    assert lines[0]["payload"] == {"text": "a"}
