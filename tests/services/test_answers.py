"""Taking answers in."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from crowd.errors import (
    AlreadyAnswered,
    AssignmentClosed,
    AssignmentExpired,
    NotFound,
    UnknownLabel,
)
from crowd.models import Answer, OutboxEvent
from crowd.services import answers, assignments
from tests.factories import World, caller


def submit(world: World, assignment_id: object, label: str = "yes") -> Answer:
    return answers.submit(world.session, world.marketplace, assignment_id, label=label)  # type: ignore[arg-type]


def test_an_answer_fills_its_slot_and_tells_the_engine(world: World) -> None:
    task = world.task()
    held = world.hold("a")

    answer = submit(world, held.id)

    world.session.refresh(held)
    assert (answer.number, answer.label, held.state) == (1, "yes", "answered")
    assert world.counters(task) == (2, 0, 1, "open")
    told = select(OutboxEvent.topic).where(OutboxEvent.subject_id == task.id)
    assert world.session.scalars(told).all() == ["answer.submitted"]


def test_an_assignment_takes_one_answer(world: World) -> None:
    task = world.task()
    held = world.hold("a")
    submit(world, held.id)

    with pytest.raises(AlreadyAnswered):
        submit(world, held.id, "no")

    assert world.counters(task) == (2, 0, 1, "open")


def test_an_unknown_label_changes_nothing(world: World) -> None:
    task = world.task()
    held = world.hold("a")

    with pytest.raises(UnknownLabel, match="yes, no"):
        submit(world, held.id, "maybe")

    assert world.counters(task) == (2, 1, 0, "open")


def test_another_marketplace_finds_no_such_assignment(world: World) -> None:
    world.task()
    held = world.hold("a")
    stranger, _ = caller(world.session, "marketplace")

    with pytest.raises(NotFound):
        answers.submit(world.session, stranger, held.id, label="yes")


def test_a_late_answer_is_taken_while_its_slot_is_free(world: World) -> None:
    task = world.task()
    held = world.hold("a")
    world.let_expire(held.id)
    assignments.expire_due(world.session, limit=10)

    submit(world, held.id)

    assert world.counters(task) == (2, 0, 1, "open")


def test_a_late_answer_whose_slot_is_taken_is_refused(world: World) -> None:
    world.change(overlap_min=1)
    task = world.task()
    held = world.hold("a")
    world.let_expire(held.id)
    assignments.expire_due(world.session, limit=10)
    world.lease("b")

    with pytest.raises(AssignmentExpired):
        submit(world, held.id)

    assert world.counters(task) == (1, 1, 0, "open")


def test_a_returned_assignment_takes_no_answer(world: World) -> None:
    world.task()
    held = world.hold("a")
    assignments.give_back(world.session, world.marketplace, held.id)

    with pytest.raises(AssignmentClosed):
        submit(world, held.id)


def test_an_answered_assignment_cannot_be_given_back(world: World) -> None:
    world.task()
    held = world.hold("a")
    submit(world, held.id)

    with pytest.raises(AlreadyAnswered):
        assignments.give_back(world.session, world.marketplace, held.id)


def test_work_in_hand_is_taken_while_the_project_is_paused(world: World) -> None:
    world.task()
    held = world.hold("a")

    world.change(state="paused")

    assert submit(world, held.id).number == 1


def test_the_database_keeps_answers_from_being_changed(world: World) -> None:
    world.answer("a", world.task(), "yes")

    with pytest.raises(DBAPIError, match="never changed"), world.session.begin_nested():
        world.session.execute(text("UPDATE answers SET label = 'no'"))

    stored = select(func.count()).select_from(Answer).where(Answer.project_id == world.project_id)
    assert world.session.scalar(stored) == 1


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("UPDATE tasks SET leased = wanted + 1", "ck_tasks_overlap"),
        ("UPDATE tasks SET wanted = cap + 1", "ck_tasks_overlap"),
        ("UPDATE tasks SET leased = -1", "ck_tasks_counts"),
        (
            "INSERT INTO assignments SELECT gen_random_uuid(), project_id, task_id, annotator_id, "
            "config_version, state, leased_at, expires_at, closed_at FROM assignments",
            "uq_assignments_task_id_annotator_id",
        ),
        (
            "INSERT INTO answers SELECT gen_random_uuid(), assignment_id, project_id, task_id, "
            "annotator_id, number + 1, config_version, label, leased_at, submitted_at, "
            "time_spent_s FROM answers",
            "uq_answers_assignment_id",
        ),
    ],
)
def test_the_database_itself_carries_the_rules(
    world: World, statement: str, constraint: str
) -> None:
    world.answer("a", world.task(), "yes")

    with pytest.raises(DBAPIError, match=constraint), world.session.begin_nested():
        world.session.execute(text(statement))


def test_what_is_said_beside_an_answer_is_kept_with_it(world: World) -> None:
    world.task()
    held = world.hold()

    given = answers.submit(
        world.session, world.marketplace, held.id, label="yes", unsure=True, comment="blurred"
    )

    stored = world.session.get_one(Answer, given.id)
    assert (stored.label, stored.unsure, stored.comment) == ("yes", True, "blurred")


def test_a_page_can_say_that_less_time_was_spent_and_not_that_more_was(world: World) -> None:
    world.tasks(2)
    spent = []
    for said in (0.0, 1e6):
        held = world.hold()
        given = answers.submit(
            world.session, world.marketplace, held.id, label="yes", time_spent_s=said
        )
        spent.append(given.time_spent_s)

    assert spent[0] == 0.0
    assert 0.0 < spent[1] < 60.0
