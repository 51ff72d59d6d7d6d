"""What is done about annotators in a project, and undone."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from crowd.errors import AssignmentClosed, Conflict, Invalid, NotFound
from crowd.models import Action, AuditEntry
from crowd.services import actions, annotators, answers, projects
from tests.factories import World, caller


def take(world: World, name: str, kind: str, **more: object) -> Action:
    wish = {"annotator_id": world.annotator(name).id, "kind": kind, "reason": "spam", **more}
    taken = actions.take(world.session, world.requester, world.project_id, **wish)
    assert taken is not None
    return taken


def undo(world: World, action: Action) -> None:
    actions.undo(world.session, world.requester, action.id, reason="a mistake")


def test_a_blocked_annotator_gets_no_work_and_hands_nothing_in(world: World) -> None:
    task = world.task()
    held = world.hold("a")

    take(world, "a", "block")

    assert world.lease("a").reason == "blocked"
    assert world.lease("a").retry_after is None
    assert world.counters(task)[1] == 0
    with pytest.raises(AssignmentClosed):
        answers.submit(world.session, world.marketplace, held.id, label="yes")


def test_a_block_is_of_one_project(world: World) -> None:
    other = World(world.session)
    other.marketplace = world.marketplace
    projects.open_to(world.session, other.requester, other.project_id, world.marketplace.tenant_id)
    world.task(), other.task()
    world.lease("a")

    take(world, "a", "block")

    assert world.lease("a").reason == "blocked"
    assert other.lease("a").leases


def test_a_paused_annotator_may_finish_what_it_holds_and_come_back(world: World) -> None:
    world.tasks(2)
    held = world.hold("a")

    action = take(world, "a", "pause", pause_seconds=600)

    leased = world.lease("a")
    assert leased.reason == "blocked"
    assert leased.retry_after is not None
    assert 590 < leased.retry_after <= 601
    assert answers.submit(world.session, world.marketplace, held.id, label="yes")
    undo(world, action)
    assert world.lease("a").leases


def test_a_pause_says_how_long_and_nothing_else_does(world: World) -> None:
    world.task()
    world.lease("a")

    for kind, seconds in (("pause", None), ("block", 60)):
        with pytest.raises(Invalid, match="pause_seconds"):
            take(world, "a", kind, pause_seconds=seconds)

    assert world.session.scalars(select(Action)).all() == []


def test_a_restricted_annotator_holds_one_at_a_time(world: World) -> None:
    world.tasks(5)
    world.answer("a", world.task(), "yes")

    take(world, "a", "restrict")

    assert len(world.lease("a", count=3).leases) == 1
    assert world.lease("a").reason == "limit_reached"


def test_excluding_blocks_and_takes_the_answers_out(world: World) -> None:
    task = world.task()
    world.answer("a", task, "yes")

    action = take(world, "a", "exclude")

    assert world.lease("a").reason == "blocked"
    assert answers.of_tasks(world.session, [task.id]) == []
    undo(world, action)
    assert len(answers.of_tasks(world.session, [task.id])) == 1
    world.tasks(1)
    assert world.lease("a").leases


def test_what_others_have_done_stays_in_force(world: World) -> None:
    world.tasks(2)
    world.lease("a")
    first, second = take(world, "a", "block"), take(world, "a", "pause", pause_seconds=60)

    undo(world, first)

    assert world.lease("a").reason == "blocked"
    undo(world, second)
    assert world.lease("a").leases


def test_a_marketplaces_own_block_is_not_lifted_by_a_requester(world: World) -> None:
    world.task()
    world.lease("a")
    who = world.annotator("a").id
    annotators.block(world.session, world.marketplace, who, "our own reason")

    undo(world, take(world, "a", "block"))

    assert world.lease("a").reason == "blocked"


def test_an_action_is_undone_once_and_says_by_whom_and_why(world: World) -> None:
    world.task()
    world.lease("a")
    action = take(world, "a", "warn")

    undo(world, action)

    assert (action.undone_by_id, action.undone_reason) == (world.requester.key_id, "a mistake")
    with pytest.raises(Conflict, match="already"):
        undo(world, action)
    noted = world.session.scalars(
        select(AuditEntry.action).filter_by(tenant_id=world.requester.tenant_id)
    ).all()
    assert {"action.taken", "action.undone"} <= set(noted)


def test_strangers_do_nothing_about_anybody(world: World) -> None:
    world.task()
    world.lease("a")
    action = take(world, "a", "warn")
    stranger, _ = caller(world.session, "requester")

    with pytest.raises(NotFound):
        actions.undo(world.session, stranger, action.id, reason="x")
