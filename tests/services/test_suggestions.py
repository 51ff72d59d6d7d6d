"""What annotators had best be given next."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from crowd.models import OutboxEvent, Suggestion
from crowd.services import suggestions
from tests.factories import World


def kept(world: World, annotator_id: uuid.UUID) -> list[uuid.UUID]:
    query = select(Suggestion.task_id).filter_by(annotator_id=annotator_id)
    return list(world.session.scalars(query.order_by(Suggestion.position)))


def test_a_new_list_replaces_the_old_one_however_long(world: World) -> None:
    person, (first, second, third) = world.annotator("a").id, [t.id for t in world.tasks(3)]
    long, short = [(first, 0.3), (second, 0.2), (third, 0.1)], [(third, 0.4)]

    suggestions.replace(world.session, world.project_id, person, long)
    assert kept(world, person) == [first, second, third]
    suggestions.replace(world.session, world.project_id, person, short)

    assert kept(world, person) == [third]


def test_a_deleted_task_is_left_out(world: World) -> None:
    person, task = world.annotator("a").id, world.task()
    rows = [(uuid.uuid4(), 0.9), (task.id, 0.1)]

    suggestions.replace(world.session, world.project_id, person, rows)

    assert kept(world, person) == [task.id]


def test_the_active_are_those_who_answered_here_the_latest_first(world: World) -> None:
    task = world.task()
    world.answer("first", task, "yes"), world.answer("second", task, "no")
    world.annotator("idle")

    found = suggestions.recently_active(world.session, world.project_id)

    assert found == [world.annotator("second").id, world.annotator("first").id]


def test_only_tasks_with_a_free_slot_are_candidates_the_urgent_ones_alone(world: World) -> None:
    world.task(), world.task(priority=5)
    full, urgent = world.task(priority=5), world.task(priority=5)
    world.lease("a", named=[full.external_id]), world.lease("b", named=[full.external_id])
    world.lease("a", named=[urgent.external_id])

    found = suggestions.candidates(world.session, world.project_id)

    assert full.id not in {candidate.id for candidate in found}
    assert [c.slots for c in found if c.id == urgent.id] == [1]
    assert len(found) == 2


def test_a_list_is_low_when_its_tasks_can_no_longer_be_had(world: World) -> None:
    person, tasks = world.annotator("a").id, world.tasks(suggestions.LOW)
    rows = [(task.id, 0.1) for task in tasks]
    suggestions.replace(world.session, world.project_id, person, rows)

    def low() -> bool:
        return bool(suggestions.running_low(world.session, world.project_id, [person]))

    assert not low()
    world.answer("a", tasks[0], "yes")
    assert low()


def test_lists_are_asked_for_once(world: World) -> None:
    asked = [suggestions.request(world.session, world.project_id) for _ in range(2)]

    assert asked == [True, False]
    query = select(OutboxEvent.subject_id).filter_by(topic=suggestions.REQUESTED)
    assert world.session.scalars(query).all() == [world.project_id]


def test_work_comes_in_the_order_of_the_list_and_goes_on_beyond_it(world: World) -> None:
    world.change(strategy="informative")
    first, second, third = (task.id for task in world.tasks(3))
    person = world.annotator("a").id
    suggestions.replace(world.session, world.project_id, person, [(third, 0.9), (first, 0.5)])

    given = [world.lease("a").leases[0].taken.task_id for _ in range(3)]

    assert given == [third, first, second]
