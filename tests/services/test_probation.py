"""New annotators get little work until they have shown that they can do it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from crowd.models import AuditEntry
from crowd.services import gold, participations, policies, runs
from tests.factories import World
from tests.services.test_actions import take, undo
from tests.services.test_runs import run, skill

ASKED = {"gold": 4, "right": 0.75}


def fit(world: World, **seen: tuple[int, int]) -> None:
    """Store a run that has seen so much gold of annotators, so much of it right."""
    rows = [
        skill(world, name, gold_seen=gold, gold_correct=right)
        for name, (gold, right) in seen.items()
    ]
    number = runs.add(world.session, world.project_id, run(), rows).number
    participations.end_probations(world.session, world.project_id, number)


@pytest.fixture
def world(world: World) -> World:
    world.change(probation=ASKED)
    world.tasks(9)
    for name in "ab":
        world.answer(name, world.task(), "yes")
    return world


def test_a_new_annotator_holds_one_task_at_a_time(world: World) -> None:
    assert len(world.lease("a", count=3).leases) == 1
    assert world.lease("a").reason == "limit_reached"


def test_with_a_gold_policy_half_of_its_work_is_gold(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.change(gold={"policy": "share", "share": 0.1})
    world.task(gold="yes"), world.task(gold="yes")
    monkeypatch.setattr(policies._chance, "random", lambda: 0.49)
    fit(world, b=(4, 4))

    given = {name: world.lease(name).leases[0].taken.task_id for name in "ab"}

    known = gold.among(world.session, given.values())
    assert known == {given["a"]}


def test_it_ends_by_itself_with_a_fit_that_has_seen_enough_gold_well_answered(
    world: World,
) -> None:
    fit(world, a=(4, 3), b=(4, 2))

    assert len(world.lease("a", count=3).leases) == 3
    assert len(world.lease("b", count=3).leases) == 1
    (entry,) = world.session.scalars(select(AuditEntry).filter_by(action="probation.ended"))
    assert entry.subject_id == world.annotator("a").id
    assert entry.change == {"project_id": str(world.project_id), "run": 0}


def test_little_gold_proves_nothing_and_who_began_badly_can_make_up_for_it(world: World) -> None:
    fit(world, a=(3, 3), b=(5, 2))
    assert len(world.lease("a", count=3).leases) == 1

    fit(world, a=(4, 4), b=(12, 9))

    assert len(world.lease("a", count=2).leases) == 2
    assert len(world.lease("b", count=3).leases) == 3


def test_who_is_through_stays_through(world: World) -> None:
    fit(world, a=(4, 4))

    fit(world, a=(8, 4))

    assert len(world.lease("a", count=3).leases) == 3


def test_it_does_not_end_what_an_action_restricts(world: World) -> None:
    action = take(world, "a", "restrict")

    fit(world, a=(4, 4))

    assert len(world.lease("a", count=3).leases) == 1
    undo(world, action)
    assert len(world.lease("a", count=2).leases) == 2


def test_without_a_probation_nobody_is_on_one(world: World) -> None:
    world.change(probation=None)

    assert len(world.lease("a", count=3).leases) == 3


def test_the_requester_sees_who_is_on_probation(world: World) -> None:
    fit(world, a=(4, 4), b=(4, 0))

    page = runs.skills_page(world.session, world.requester, world.project_id, after=None, limit=9)

    assert [row.on_probation for row in page.items] == [False, True]
