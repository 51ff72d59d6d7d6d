"""Qualifications that follow from skill."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import select

from crowd.errors import DuplicateName, Invalid, NotFound
from crowd.models import AuditEntry, OutboxEvent
from crowd.services import qualifications, runs, standards
from crowd.services.standards import StandardView
from tests.factories import World, caller
from tests.services.test_runs import run, skill

TERMS: dict[str, Any] = {"reach": 0.8, "keep": 0.7, "least_answers": 10, "least_gold": 2}


def standard(world: World, name: str = "birds", **terms: Any) -> StandardView:
    wish = {**TERMS, "qualification": name, **terms}
    return standards.create(world.session, world.requester, world.project_id, **wish)


def fit(world: World, *, answers: int = 10, gold: int = 2, **skills: tuple[float, float]) -> None:
    """Store a run that says so of some annotators, and let what follows follow."""
    seen = {"answers": answers, "gold_seen": gold, "gold_correct": gold}
    rows = [
        skill(world, name, accuracy=(low + high) / 2, accuracy_low=low, accuracy_high=high, **seen)
        for name, (low, high) in skills.items()
    ]
    runs.add(world.session, world.project_id, run(), rows)
    standards.derive(world.session, world.project_id)


def held(world: World, name: str) -> list[tuple[str, str]]:
    world.session.expire_all()
    who = world.annotator(name).id
    found = qualifications.of_annotator(world.session, world.requester, who)
    return [(one.name, one.origin) for one in found]


def told(world: World, verb: str) -> list[uuid.UUID | None]:
    topic = f"qualification.{verb}"
    return list(world.session.scalars(select(OutboxEvent.subject_id).filter_by(topic=topic)))


def test_who_is_surely_good_is_qualified_by_the_next_fit(world: World) -> None:
    standard(world)

    fit(world, a=(0.8, 0.95), b=(0.79, 0.95))

    assert held(world, "a") == [("birds", "derived")]
    assert held(world, "b") == []
    assert told(world, "granted") == [world.annotator("a").id]
    (entry,) = world.session.scalars(select(AuditEntry).filter_by(action="qualification.granted"))
    assert (entry.change["name"], entry.change["run"]) == ("birds", 0)


def test_little_is_not_enough(world: World) -> None:
    standard(world)

    fit(world, answers=9, a=(0.9, 1.0))
    fit(world, gold=1, a=(0.9, 1.0))

    assert held(world, "a") == []


def test_it_is_kept_until_it_is_surely_not_deserved(world: World) -> None:
    standard(world)
    fit(world, a=(0.8, 0.95))

    fit(world, answers=5, a=(0.5, 0.7))
    assert held(world, "a") == [("birds", "derived")]
    fit(world, a=(0.5, 0.69))

    assert held(world, "a") == []
    assert told(world, "revoked") == [world.annotator("a").id]


def test_a_fit_that_changes_nothing_says_nothing(world: World) -> None:
    standard(world)
    fit(world, a=(0.8, 0.95))
    fit(world, a=(0.8, 0.95))

    standards.derive(world.session, world.project_id)

    assert (len(told(world, "granted")), told(world, "revoked")) == (1, [])


def test_who_is_known_no_more_loses_it(world: World) -> None:
    standard(world)
    fit(world, a=(0.8, 0.95))

    fit(world, b=(0.6, 0.9))

    assert held(world, "a") == []


def test_what_was_granted_by_hand_is_never_taken_away(world: World) -> None:
    standard(world)
    fit(world, a=(0.8, 0.95))
    who = world.annotator("a").id
    qualifications.grant(world.session, world.requester, who, "birds")

    fit(world, a=(0.1, 0.2))

    assert held(world, "a") == [("birds", "granted")]


def test_a_new_standard_goes_by_the_newest_fit_at_once(world: World) -> None:
    fit(world, a=(0.8, 0.95))

    assert standard(world).held_by == 1
    assert held(world, "a") == [("birds", "derived")]


def test_what_follows_from_a_standard_ends_with_it(world: World) -> None:
    view = standard(world)
    fit(world, a=(0.8, 0.95))

    standards.retire(world.session, world.requester, view.standard.id)

    assert held(world, "a") == []
    with pytest.raises(NotFound):
        standards.retire(world.session, world.requester, view.standard.id)
    assert standard(world).held_by == 1


def test_a_qualification_follows_from_one_standard(world: World) -> None:
    standard(world)

    with pytest.raises(DuplicateName):
        standard(world)

    assert standard(world, "bees").standard.keep == 0.7


def test_what_is_gained_can_be_kept(world: World) -> None:
    assert standard(world, keep=None).standard.keep == 0.8
    with pytest.raises(Invalid) as refused:
        standard(world, "bees", keep=0.9)
    assert list(refused.value.errors) == ["keep"]


def test_a_standard_is_of_its_requester(world: World) -> None:
    view = standard(world)
    stranger, _ = caller(world.session, "requester")

    with pytest.raises(NotFound):
        standards.retire(world.session, stranger, view.standard.id)
