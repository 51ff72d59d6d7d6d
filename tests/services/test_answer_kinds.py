"""What an answer may be, by the kind that a project asks for."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from crowd.errors import Invalid, UnknownLabel
from crowd.services import answer_kinds, answers, rules
from tests.factories import World

LABELS = ["cat", "dog", "cow"]
SETS = SimpleNamespace(answer_type="multi-label", labels=LABELS, number=None)


def sets(world: World, **config: Any) -> World:
    world.change(answer_type="multi-label", labels=LABELS, **config)
    return world


@pytest.mark.parametrize(
    ("given", "kept"),
    [('["cow", "cat"]', '["cat", "cow"]'), ("[]", "[]"), ('["dog","dog"]', '["dog"]')],
)
def test_a_set_is_kept_in_the_order_of_the_project(given: str, kept: str) -> None:
    assert answer_kinds.canonical(SETS, given) == kept


@pytest.mark.parametrize("given", ["cat", "", "{}", "[1]", '["bird"]', "null", "[[]]"])
def test_what_is_no_set_of_the_labels_is_refused(given: str) -> None:
    with pytest.raises(UnknownLabel):
        answer_kinds.canonical(SETS, given)


def test_a_set_is_handed_in_and_kept(world: World) -> None:
    sets(world).task()
    held = world.hold()

    given = answers.submit(world.session, world.marketplace, held.id, label='["cow","cat"]')

    assert given.label == '["cat", "cow"]'


def test_labels_in_use_stay_also_where_they_stand_in_sets(world: World) -> None:
    task = sets(world).task()
    world.answer("ann", task, '["cat","dog"]')

    world.change(labels=["cat", "dog"])

    with pytest.raises(Invalid, match="cannot be taken away"):
        world.change(labels=["cat", "cow"])


def test_answers_cannot_become_sets_afterwards(world: World) -> None:
    world.answer("ann", world.task(), "yes")

    world.change(answer_type="ordinal")

    with pytest.raises(Invalid, match="cannot become multi-label"):
        world.change(answer_type="multi-label")


@pytest.mark.parametrize(
    ("config", "field"),
    [
        ({"models": {"use": "hidden"}}, "models"),
        ({"strategy": "informative"}, "strategy"),
        ({"method": "ordinal-dawid-skene"}, "method"),
        ({"labels": [str(n) for n in range(31)]}, "labels"),
    ],
)
def test_what_does_not_go_with_sets_is_refused(
    world: World, config: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        world.change(answer_type="multi-label", **config)

    assert refused.value.errors.keys() == {field}


def test_the_order_of_a_scale_is_for_scales_alone(world: World) -> None:
    with pytest.raises(Invalid):
        world.change(method="ordinal-dawid-skene")

    world.change(answer_type="ordinal", method="ordinal-dawid-skene")


RANGE = {"minimum": -5.0, "maximum": 100.0, "step": None, "unit": "", "tolerance": None}
NUMBER = SimpleNamespace(answer_type="numeric", labels=[], number=RANGE)


@pytest.mark.parametrize(
    ("given", "kept"), [("1e1", "10"), ("-0", "0"), ("0.10", "0.1"), (" 7 ", "7"), ("-5", "-5")]
)
def test_a_number_has_one_text(given: str, kept: str) -> None:
    assert answer_kinds.canonical(NUMBER, given) == kept


@pytest.mark.parametrize("given", ["", "x", "nan", "inf", "101", "-5.1", "[1]", "1,5"])
def test_what_is_no_number_of_the_range_is_refused(given: str) -> None:
    with pytest.raises(UnknownLabel):
        answer_kinds.canonical(NUMBER, given)


@pytest.mark.parametrize(
    ("config", "field"),
    [
        ({"labels": []}, "number"),
        ({"number": RANGE}, "labels"),
        ({"labels": [], "number": RANGE, "method": "majority"}, "method"),
    ],
)
def test_a_number_needs_a_range_and_nothing_else(
    world: World, config: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        world.change(answer_type="numeric", **config)

    assert field in refused.value.errors


def test_rules_on_what_agrees_are_for_numbers_too(world: World) -> None:
    world.change(answer_type="numeric", labels=[], number=RANGE, overlap_min=3)
    terms = {"name": "r", "collector": "agreement", "below": 0.5, "action": "warn", "span": 10}
    more = {"least": 1, "sure": None, "pause_seconds": None, "from_beginning": False}
    task = world.task()
    for name, said in (("a", "40"), ("near", "41"), ("far", "90")):
        world.answer(name, task, said)

    found = rules.dry_run(world.session, world.requester, world.project_id, **terms, **more)

    assert [hit.annotator_id for hit in found.hits] == [world.annotator("far").id]
