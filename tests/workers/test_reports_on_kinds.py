"""Reports on quality of sets of labels, and of numbers."""

from __future__ import annotations

import json
import random

import pytest

from crowd.services.quality_tables import tables_of
from tests.factories import World
from tests.workers.test_report_jobs import written
from workers.jobs.consensus import refit_project
from workers.printing import pdf_of

LABELS = ["cat", "dog", "cow"]
RANGE = {"minimum": 0.0, "maximum": 100.0, "step": None, "unit": "cm", "tolerance": 5.0}


def a_set(*labels: str) -> str:
    return json.dumps(list(labels))


@pytest.fixture
def sets(world: World) -> World:
    world.change(answer_type="multi-label", labels=LABELS, overlap_min=2, overlap_max=2)
    return world


@pytest.fixture
def numbers(world: World) -> World:
    number = {"answer_type": "numeric", "labels": [], "number": RANGE, "method": "auto"}
    world.change(**number, overlap_min=2, overlap_max=2)
    return world


def all_say(world: World, said: str, times: int, *, gold: str | None = None) -> None:
    for _ in range(times):
        task = world.task(gold=gold)
        for name in "ab":
            world.answer(name, task, said)


def test_sets_are_right_as_a_whole_and_label_by_label(sets: World) -> None:
    all_say(sets, a_set("cat", "dog"), 6, gold=a_set("cat", "dog"))
    all_say(sets, a_set("cat"), 2, gold=a_set("cat", "dog"))
    refit_project(sets.project_id)

    content = written(sets)

    gold = content["gold"]
    assert (gold["labels"]["count"], gold["labels"]["of"], gold["answers"]["count"]) == (6, 8, 12)
    cat, dog, cow = content["classes"]
    assert (cat["recall"]["count"], cat["recall"]["of"]) == (8, 8)
    assert (dog["recall"]["count"], dog["recall"]["of"], dog["precision"]["of"]) == (6, 8, 6)
    assert (dog["share"]["count"], dog["share"]["of"], cow["share"]["count"]) == (8, 8, 0)
    assert sum(one["right"]["count"] for one in content["calibration"]["bins"]) == 6


def test_sets_that_share_labels_agree_better_than_texts_do(sets: World) -> None:
    chance = random.Random(3)
    for _ in range(40):
        task = sets.task()
        chosen = [label for label in LABELS if chance.random() < 0.5]
        sets.answer("a", task, a_set(*chosen))
        sets.answer("b", task, a_set(*chosen[:1]))

    agreement = written(sets)["agreement"]

    assert agreement["scale"] == "sets"
    assert agreement["alpha"]["low"] < agreement["alpha"]["value"] < agreement["alpha"]["high"]
    assert agreement["alpha"]["value"] > agreement["percent"]["value"] - 0.2


def test_numbers_are_right_but_for_the_tolerance(numbers: World) -> None:
    all_say(numbers, "42", 6, gold="40")
    all_say(numbers, "46", 2, gold="40")
    all_say(numbers, "60", 4)
    refit_project(numbers.project_id)

    content = written(numbers)

    gold, errors = content["gold"], content["numbers"]["errors"]
    assert (gold["labels"]["count"], gold["labels"]["of"], gold["answers"]["count"]) == (6, 8, 12)
    assert errors["bias"]["value"] == errors["absolute"]["value"] == 3.0
    assert errors["bias"]["low"] < 3.0 < errors["bias"]["high"]
    # gold stands in the dataset as it is known
    assert content["numbers"]["quantiles"][2] == {"share": 0.5, "value": 40.0}
    assert [one["tasks"] for one in content["numbers"]["histogram"]][4:7] == [8, 0, 4]
    assert content["classes"] == []


def test_numbers_that_lie_near_agree(numbers: World) -> None:
    for number in range(2, 20):
        task = numbers.task()
        numbers.answer("a", task, f"{5 * number}")
        numbers.answer("b", task, f"{5 * number + (4 if number % 2 else -6)}")

    agreement = written(numbers)["agreement"]

    assert agreement["scale"] == "interval"
    assert agreement["alpha"]["value"] > 0.95
    assert (agreement["percent"]["value"], agreement["percent"]["pairs"]) == (0.5, 18)


@pytest.mark.parametrize("kind", ["sets", "numbers"])
def test_each_kind_is_told_in_its_own_words(kind: str, request: pytest.FixtureRequest) -> None:
    world: World = request.getfixturevalue(kind)
    said = a_set("cat") if kind == "sets" else "12"
    all_say(world, said, 3, gold=said)
    refit_project(world.project_id)

    content = written(world)
    tables = {table.title: table for table in tables_of(content)}

    told = str(tables["Quality"].rows[0][0])
    assert ("as a whole" in told, "tolerance" in told) == (kind == "sets", kind == "numbers")
    assert ("Label by label" in tables, "How far off" in tables) == (
        kind == "sets",
        kind == "numbers",
    )
    assert pdf_of(content, 1).startswith(b"%PDF")
    for table in tables.values():
        assert {len(row) for row in table.rows} == {len(table.head) or 2}, table.title
