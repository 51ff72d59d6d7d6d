"""Answers that are taken out of account, and back: nothing is deleted, nothing over-collected."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import select

from crowd.errors import Conflict, NotFound
from crowd.models import Answer, Exclusion, OutboxEvent, Task
from crowd.services import answers, exclusions, results
from tests.factories import World, caller, decided


def exclude(world: World, name: str, **more: object) -> Exclusion:
    who = world.annotator(name).id
    wish = {"annotator_id": who, "reason": "spam", **more}
    return exclusions.exclude(world.session, world.requester, world.project_id, **wish)


def counted(world: World, *tasks: Task) -> list[tuple[str, str]]:
    """Who says what, of what counts."""
    names = {world.annotator(name).id: name for name in "abc"}
    ids = [task.id for task in tasks]
    return [(names[who], label) for _, who, label in answers.of_tasks(world.session, ids)]


def test_what_is_excluded_counts_no_more_and_its_slot_is_free_again(world: World) -> None:
    task = world.task()
    world.answer("a", task, "yes"), world.answer("b", task, "no")
    assert not world.lease("c").leases

    exclusion = exclude(world, "b")

    assert exclusion.answers == 1
    assert counted(world, task) == [("a", "yes")]
    assert world.counters(task) == (2, 0, 1, "open")
    assert [lease.taken.task_id for lease in world.lease("c").leases] == [task.id]


def test_the_answers_themselves_stay(world: World) -> None:
    task = world.task()
    first = world.answer("a", task, "yes")
    exclude(world, "a")

    second = world.answer("b", task, "no")

    kept = world.session.scalars(select(Answer.id).filter_by(task_id=task.id)).all()
    assert set(kept) == {first.id, second.id}
    assert (first.number, second.number) == (1, 2)


def test_lifting_brings_them_back_even_where_others_have_taken_the_slots(world: World) -> None:
    world.change(overlap_min=1, overlap_max=1)
    task = world.task()
    world.answer("a", task, "yes")
    exclusion = exclude(world, "a")
    world.answer("b", task, "no")

    exclusions.lift(world.session, world.requester, exclusion.id)

    assert counted(world, task) == [("a", "yes"), ("b", "no")]
    assert world.counters(task)[:3] == (2, 0, 2)
    assert not world.lease("c").leases


def test_only_what_came_since_a_moment_is_excluded(world: World) -> None:
    early, late = world.tasks(2)
    world.answer("a", early, "yes")
    second = world.answer("a", late, "yes")

    exclude(world, "a", since=second.submitted_at)

    assert counted(world, late) == []
    assert (world.counters(early)[2], world.counters(late)[2]) == (1, 0)


def test_excluding_again_takes_only_what_is_new(world: World) -> None:
    world.answer("a", world.task(), "yes")
    exclude(world, "a")
    world.answer("a", world.task(), "yes")

    assert exclude(world, "a").answers == 1
    with pytest.raises(Conflict, match="no answers"):
        exclude(world, "a")


def test_an_exclusion_is_lifted_once(world: World) -> None:
    world.answer("a", world.task(), "yes")
    exclusion = exclude(world, "a")
    exclusions.lift(world.session, world.requester, exclusion.id)

    with pytest.raises(Conflict, match="lifted"):
        exclusions.lift(world.session, world.requester, exclusion.id)


def test_a_decision_made_before_an_exclusion_is_dropped(world: World) -> None:
    task = world.task()
    world.answer("a", task, "yes"), world.answer("b", task, "yes")
    before = decided(task, "resolved", seen=2)
    exclude(world, "b")

    results.record(world.session, world.config, [before])

    assert world.counters(task)[3] == "open"
    assert results.versions(world.session, world.requester, task.id) == []


def test_every_task_it_touches_is_decided_again(world: World) -> None:
    tasks = world.tasks(3)
    for task in tasks:
        world.answer("a", task, "yes")

    exclude(world, "a")

    query = select(OutboxEvent.subject_id).filter_by(topic="answers.excluded")
    told = world.session.scalars(query.filter_by(project_id=world.project_id)).all()
    assert set(told) == {task.id for task in tasks}


def test_whose_project_it_is_not_sees_nothing(world: World) -> None:
    world.answer("a", world.task(), "yes")
    exclusion = exclude(world, "a")
    stranger, _ = caller(world.session, "requester")

    with pytest.raises(NotFound):
        exclusions.lift(world.session, stranger, exclusion.id)
    with pytest.raises(NotFound):
        exclusions.exclude(
            world.session, world.requester, world.project_id, annotator_id=uuid.uuid4(), reason="x"
        )
