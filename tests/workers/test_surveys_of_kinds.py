"""Surveys of sets of labels, and of numbers: what was planted in the answers is what they find."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crowd.services import drifts, gold, gold_review, guidelines, surveys
from tests.factories import World
from tests.workers.planted_answers import spread
from tests.workers.planted_kinds import (
    LABELS,
    a_set,
    asks_for_numbers,
    asks_for_sets,
    numbers,
    sets,
)
from tests.workers.test_survey_jobs import figure, suggested, survey


def bounds(names: str) -> dict[str, int]:
    return {"overlap_min": len(names), "overlap_max": 20}


@pytest.fixture
def of_sets(world: World) -> World:
    return asks_for_sets(world, **bounds("abcd"))


@pytest.fixture
def of_numbers(world: World) -> World:
    return asks_for_numbers(world, **bounds("abcd"))


def test_sets_agree_as_a_whole_and_label_by_label(of_sets: World) -> None:
    sets(of_sets, 40, "abcd", lambda name, _: 0.97 if name in "ab" else 0.85)

    survey(of_sets)

    found = figure(of_sets, "agreement")
    assert found["scale"] == "sets"
    assert 0.3 < found["overall"]["low"] < found["overall"]["value"] < found["overall"]["high"] < 1
    assert [one["label"] for one in found["classes"]] == LABELS
    assert all(0.3 < one["value"] < 1 for one in found["classes"])
    assert found["groups"]["pairs"][0]["tasks"] == 40


def test_numbers_agree_by_how_near_they_are(of_numbers: World) -> None:
    numbers(of_numbers, 40, "abcd", lambda name, _: 2.0)

    survey(of_numbers)

    found = figure(of_numbers, "agreement")
    assert found["scale"] == "interval"
    assert found["overall"]["value"] > 0.97
    assert found["classes"] == []


def test_a_label_that_is_missed_for_another_stands_beside_it(of_sets: World) -> None:
    for _ in range(6):
        task = of_sets.task(gold=a_set("cat", "dog"))
        of_sets.answer("a", task, a_set("cat", "cow"))
        of_sets.answer("b", task, a_set("cat"))

    survey(of_sets)

    found = figure(of_sets, "confusion")
    assert found["labels"] == [*LABELS, "(nothing)"]
    cat, dog, *_ = found["gold"]["counts"]
    assert (cat, dog) == ([12, 0, 0, 0, 0], [0, 0, 6, 0, 6])
    assert found["gold"]["shares"][1] == [0, 0, 0.5, 0, 0.5]
    assert found["errors"] is None


def test_numbers_have_errors_and_no_confusion(of_numbers: World) -> None:
    numbers(of_numbers, 60, "abcd", lambda *_: 3.0, known=60, bias=2.0)

    survey(of_numbers)

    found = figure(of_numbers, "confusion")
    errors = found["errors"]["gold"]
    assert found["gold"] is None
    assert errors["bias_low"] < 2.0 < errors["bias_high"]
    assert errors["count"] == 240
    # of a normal error around 2 with a spread of 3
    assert 0.76 < errors["within"]["share"] < 0.88
    assert found["errors"]["annotators"]["absolute"] < errors["absolute"] + 1
    assert found["errors"]["rulings"] is None


@pytest.mark.parametrize("kind", ["sets", "numbers"])
def test_calibration_is_of_whole_sets_and_of_numbers_near_enough(world: World, kind: str) -> None:
    if kind == "sets":
        sets(asks_for_sets(world, **bounds("abcd")), 40, "abcd", lambda *_: 0.9, known=30)
    else:
        numbers(asks_for_numbers(world, **bounds("abcd")), 40, "abcd", lambda *_: 4.0, known=30)

    survey(world)

    found = figure(world, "calibration")["gold"]
    assert found["tasks"] == 30
    assert found["right"] > 0.6
    assert found["gap_low"] < 0.15


def test_shares_of_sets_are_by_label_and_those_of_numbers_are_quantiles(world: World) -> None:
    sets(asks_for_sets(world, **bounds("ab")), 30, "ab", lambda *_: 1.0)
    survey(world)
    of_sets = figure(world, "label_shares")
    other = asks_for_numbers(World(world.session), **bounds("ab"))
    numbers(other, 30, "ab", lambda *_: 1.0)
    survey(other)
    of_numbers = figure(other, "label_shares")

    (period,) = of_sets["periods"]
    assert (of_sets["labels"], of_sets["quantiles"], period["tasks"]) == (LABELS, [], 30)
    assert all(0.1 < share < 0.8 for share in period["shares"])
    (period,) = of_numbers["periods"]
    assert (of_numbers["labels"], len(of_numbers["quantiles"])) == ([], 5)
    assert period["values"] == sorted(period["values"])
    assert all(
        low <= value <= high
        for low, value, high in zip(period["low"], period["values"], period["high"], strict=True)
    )


def test_a_guideline_that_helps_with_numbers_shows_by_how_much(of_numbers: World) -> None:
    numbers(of_numbers, 30, "abcd", lambda *_: 8.0, known=30)
    guidelines.add(of_numbers.session, of_numbers.requester, of_numbers.project_id, body="Twice.")
    of_numbers.change(guideline=1, must_accept=False)
    numbers(of_numbers, 30, "abcd", lambda *_: 2.0, known=30)

    survey(of_numbers)

    asked = of_numbers.session, of_numbers.requester, of_numbers.project_id, 1
    found = surveys.guideline_effect(*asked)
    assert found["gold"]["before"]["share"] < 0.6 < 0.95 < found["gold"]["after"]["share"]
    assert found["error"]["high"] < 0
    assert found["labels"] == []
    assert found["agreement"]["low"] > 0


def test_a_guideline_that_changes_sets_shows_in_which_label(of_sets: World) -> None:
    for wrong in (False, True):
        for number in range(30):
            task = of_sets.task()
            said = a_set("cat", "hen") if wrong and number % 2 else a_set("cat")
            for name in "ab":
                of_sets.answer(name, task, said)
        if not wrong:
            key = of_sets.session, of_sets.requester, of_sets.project_id
            guidelines.add(*key, body="Hens count too.")
            of_sets.change(guideline=1, must_accept=False)

    survey(of_sets)

    found = surveys.guideline_effect(of_sets.session, of_sets.requester, of_sets.project_id, 1)
    moved = {one["label"]: one["difference"] for one in found["labels"]}
    assert moved == {"cat": 0, "dog": 0, "cow": 0, "hen": 0.5}
    assert found["error"] is None


@pytest.mark.parametrize("kind", ["sets", "numbers"])
def test_whose_accuracy_fell_is_found_with_the_moment(world: World, kind: str) -> None:
    if kind == "sets":
        asks_for_sets(world, **bounds("abcd"))
        sets(world, 100, "abcd", lambda name, n: 0.6 if name == "d" and n >= 50 else 0.97)
    else:
        asks_for_numbers(world, **bounds("abcd"))
        numbers(world, 100, "abcd", lambda name, n: 25.0 if name == "d" and n >= 50 else 2.0)
    spread(world, 20)

    survey(world)

    page = drifts.one_page_of(
        world.session, world.requester, world.project_id, changed=True, after=None, limit=10
    )
    assert [row.annotator_id for row in page.items] == [world.annotator("d").id]
    fallen = page.items[0]
    assert fallen.before > 0.75 > 0.5 > fallen.after
    assert abs((fallen.changed_at - datetime(2026, 3, 12, tzinfo=UTC)).days) <= 2


@pytest.mark.parametrize("kind", ["sets", "numbers"])
def test_gold_that_good_annotators_miss_is_doubted(world: World, kind: str) -> None:
    if kind == "sets":
        asks_for_sets(world, **bounds("abcd"))
        made = sets(world, 30, "abcd", lambda *_: 0.97, known=20)
        right = made[0][1]
        wrong = a_set(*(label for label in LABELS if (f'"{label}"' in right) == (label != "cow")))
    else:
        asks_for_numbers(world, **bounds("abcd"))
        made = numbers(world, 30, "abcd", lambda *_: 2.0, known=20)
        right = made[0][1]
        wrong = f"{(float(right) + 40) % 100:.1f}"
    gold.put(world.session, world.requester, made[0][0], label=wrong)

    survey(world)

    page = gold_review.one_page_of(
        world.session, world.requester, world.project_id, sort="doubt", after=None, limit=5
    )
    worst, second = page.items[:2]
    assert worst.task_id == made[0][0]
    assert worst.doubt > 0.5 > second.doubt
    assert worst.concern in ("contested", "doubted")
    assert (worst.missed, second.concern) == (4, None)
    if kind == "sets":
        assert worst.instead == right
    else:
        assert abs(float(worst.instead) - float(right)) < 5


@pytest.mark.parametrize("kind", ["sets", "numbers"])
def test_sure_tasks_are_suggested_as_gold(world: World, kind: str) -> None:
    if kind == "sets":
        asks_for_sets(world, **bounds("abcde"))
        made = dict(sets(world, 40, "abcde", lambda *_: 0.99, known=20))
    else:
        asks_for_numbers(world, **bounds("abcde"))
        made = dict(numbers(world, 40, "abcde", lambda *_: 1.0, known=20))

    survey(world)

    found = suggested(world)
    assert found
    for task, label in found:
        if kind == "sets":
            assert label == made[task]
        else:
            assert abs(float(label) - float(made[task])) <= 5
