"""Keeping annotators from work, and letting them work again."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from crowd.errors import AssignmentClosed, NotFound
from crowd.models import AuditEntry, OutboxEvent
from crowd.services import annotators, answers, assignments
from tests.factories import World, caller


def block(world: World, name: str) -> None:
    who = world.annotator(name)
    annotators.block(world.session, world.marketplace, who.id, "answers without looking")
    world.session.expire_all()


def test_a_blocked_annotators_slots_are_given_out_again(world: World) -> None:
    world.change(overlap_min=1)
    tasks = world.tasks(3)
    world.lease("a", count=3)

    block(world, "a")

    assert [world.counters(task)[:3] for task in tasks] == [(1, 0, 0)] * 3
    assert world.lease("a").reason == "blocked"
    assert {lease.taken.task_id for lease in world.lease("b", count=3).leases} == {
        t.id for t in tasks
    }


def test_what_a_blocked_annotator_held_takes_no_answer(world: World) -> None:
    task = world.task()
    held = world.hold("a")

    block(world, "a")

    with pytest.raises(AssignmentClosed):
        answers.submit(world.session, world.marketplace, held.id, label="yes")
    assert world.counters(task)[:3] == (2, 0, 0)


def test_a_blocked_annotator_cannot_answer_late_either(world: World) -> None:
    task = world.task()
    held = world.hold("a")
    world.let_expire(held.id)
    assignments.expire_due(world.session, limit=10)
    closed_at = held.closed_at

    block(world, "a")

    with pytest.raises(AssignmentClosed):
        answers.submit(world.session, world.marketplace, held.id, label="yes")
    assert held.closed_at == closed_at
    assert world.counters(task)[:3] == (2, 0, 0)


def test_blocking_leaves_answers_and_other_annotators_alone(world: World) -> None:
    answered, held = world.tasks(2)
    world.answer("a", answered, "yes")
    world.lease("b", named=[held.external_id])

    block(world, "a")

    assert world.counters(answered)[:3] == (2, 0, 1)
    assert world.counters(held)[:3] == (2, 1, 0)


def test_blocking_twice_is_told_and_noted_once(world: World) -> None:
    world.task()
    world.lease("a")

    block(world, "a")
    block(world, "a")

    who = world.annotator("a").id
    told = select(OutboxEvent.topic).where(OutboxEvent.subject_id == who)
    assert world.session.scalars(told).all() == ["annotator.blocked"]
    noted = select(AuditEntry).filter_by(subject_id=who, action="annotator.blocked")
    assert world.session.scalars(noted).one().change == {
        "reason": "answers without looking",
        "returned": 1,
    }


def test_an_unblocked_annotator_works_again(world: World) -> None:
    world.task("t")
    held = world.hold("a")
    block(world, "a")

    annotators.unblock(world.session, world.marketplace, world.annotator("a").id)

    assert world.lease("a").reason == "none_left_for_you"
    assert world.hold("a", named=["t"]).id == held.id


def test_another_marketplace_can_block_nobody_here(world: World) -> None:
    who = world.annotator("a")
    stranger, _ = caller(world.session, "marketplace")

    for act in (annotators.unblock, lambda *a: annotators.block(*a, "because")):
        with pytest.raises(NotFound):
            act(world.session, stranger, who.id)

    assert who.state == "active"
