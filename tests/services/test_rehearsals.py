"""A requester tries its own project."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from crowd.db import new_id
from crowd.errors import AlreadyAnswered, Conflict, NotFound, UnknownLabel
from crowd.models import Answer, Assignment, OutboxEvent, Rehearsal
from crowd.services import models, rehearsals
from tests.factories import World, caller
from tests.services.test_predictions import predict


def start(world: World, count: int = 10) -> Rehearsal:
    return rehearsals.start(world.session, world.requester, world.project_id, count=count)


def say(world: World, rehearsal: Rehearsal, label: str) -> rehearsals.Step:
    step = rehearsals.step(world.session, world.requester, rehearsal.id)
    assert step.task is not None
    asked = {"task_id": step.task.id, "label": label}
    return rehearsals.answer(world.session, world.requester, rehearsal.id, **asked)


def compared(world: World, rehearsal: Rehearsal) -> rehearsals.Comparison:
    return rehearsals.compare(world.session, world.requester, rehearsal.id)


def test_ten_items_are_drawn_some_of_which_are_known(world: World) -> None:
    known = {world.task(gold="yes").id for _ in range(5)}
    world.tasks(20)

    drawn = start(world).task_ids

    assert len(drawn) == len(set(drawn)) == 10
    assert len(known & set(drawn)) >= rehearsals.KNOWN
    assert len(start(world, 2).task_ids) == 2


def test_a_small_project_is_tried_as_a_whole_and_an_empty_one_not_at_all(world: World) -> None:
    with pytest.raises(Conflict, match="no items"):
        start(world)

    tasks = world.tasks(3)

    assert set(start(world).task_ids) == {task.id for task in tasks}


def test_nothing_of_it_is_work(world: World) -> None:
    (task,) = world.tasks(1)
    before = world.counters(task)
    events = select(func.count()).select_from(OutboxEvent)
    told = world.session.scalar(events)

    step = say(world, start(world), "yes")

    assert (step.answered, step.task) == (1, None)
    assert world.counters(task) == before
    assert world.session.scalar(events) == told
    for table in (Answer, Assignment):
        mine = select(func.count()).select_from(table).filter_by(project_id=world.project_id)
        assert world.session.scalar(mine) == 0
    # the task goes out as ever
    assert world.lease("ann").leases


def test_what_is_said_is_held_against_what_is_known_and_predicted(world: World) -> None:
    world.task("known", gold="yes")
    guessed = world.task("guessed")
    models.register(world.session, world.requester, world.project_id, "net")
    predict(world, (guessed.external_id, "no", 0.9), name="net")
    rehearsal = start(world)
    say(world, rehearsal, "yes"), say(world, rehearsal, "yes")

    found = compared(world, rehearsal)

    assert [one.task_id for one in found.items] == rehearsal.task_ids
    assert (found.known, found.same_as_known) == (1, 1)
    assert (found.predicted, found.same_as_predicted) == (1, 0)
    assert found.median_s is not None
    assert all(one.time_spent_s >= 0 for one in found.items)


def test_known_answers_are_told_only_to_those_who_may_know(world: World) -> None:
    world.task(gold="yes")
    rehearsal = start(world)
    say(world, rehearsal, "no")
    blind = type(world.requester)(
        world.requester.tenant_id, "requester", frozenset({"tasks:read"}), world.requester.key_id
    )

    (item,) = rehearsals.compare(world.session, blind, rehearsal.id).items

    assert item.gold is None


def test_an_item_is_answered_once_with_a_label_of_the_project(world: World) -> None:
    (task,) = world.tasks(1)
    rehearsal = start(world)
    answer = {"session": world.session, "caller": world.requester, "rehearsal_id": rehearsal.id}

    with pytest.raises(UnknownLabel):
        rehearsals.answer(**answer, task_id=task.id, label="maybe")  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        rehearsals.answer(**answer, task_id=new_id(), label="yes")  # type: ignore[arg-type]
    say(world, rehearsal, "yes")
    with pytest.raises(AlreadyAnswered):
        rehearsals.answer(**answer, task_id=task.id, label="no")  # type: ignore[arg-type]


def test_a_rehearsal_goes_by_the_settings_it_began_with(world: World) -> None:
    world.tasks(1)
    rehearsal = start(world)
    world.change(labels=["yes", "no", "unclear"])

    step = rehearsals.step(world.session, world.requester, rehearsal.id)

    assert step.config.labels == ["yes", "no"]


def test_nobody_else_finds_it(world: World) -> None:
    world.tasks(1)
    rehearsal = start(world)
    stranger, _ = caller(world.session, "requester")

    for who in (stranger, world.marketplace):
        with pytest.raises(NotFound):
            rehearsals.step(world.session, who, rehearsal.id)


@pytest.mark.parametrize(
    ("accuracy", "labels", "target", "needed"),
    [
        (0.9, 2, 0.95, 2),
        (0.8, 2, 0.95, 3),
        (0.7, 2, 0.95, 4),
        (0.8, 4, 0.95, 2),
        (0.5, 2, 0.9, 1000),
    ],
)
def test_how_many_have_to_agree_follows_from_how_often_they_are_right(
    accuracy: float, labels: int, target: float, needed: int
) -> None:
    assert rehearsals.agreeing_answers(accuracy, labels, target) == needed


def test_what_a_thousand_items_take_follows_from_the_settings(world: World) -> None:
    outlook = rehearsals.outlook(world.config, 36.0)

    assert (outlook.answers_low, outlook.answers_high) == (2000, 3000)
    assert (outlook.hours_low, outlook.hours_high) == (20.0, 30.0)
    assert dict(outlook.agreeing) == {0.7: None, 0.8: 3, 0.9: 2}


def test_sets_are_rehearsed_too(world: World) -> None:
    sets = World(world.session, answer_type="multi-label")
    sets.task(gold='["no", "yes"]')
    rehearsal = start(sets)

    say(sets, rehearsal, '["no", "yes"]')

    found = compared(sets, rehearsal)
    assert [one.label for one in found.items] == ['["yes", "no"]']
    assert (found.known, found.same_as_known) == (1, 1)
    assert found.outlook is not None
    assert found.outlook.agreeing == []


def test_a_number_is_the_same_as_known_when_it_is_off_by_no_harm(world: World) -> None:
    span = {"minimum": 0, "maximum": 100, "step": None, "unit": "", "tolerance": 2}
    numbers = World(world.session, answer_type="numeric", labels=[], number=span)
    numbers.task(gold="50"), numbers.task(gold="10")
    rehearsal = start(numbers)

    with pytest.raises(UnknownLabel, match="from 0 to 100"):
        say(numbers, rehearsal, "lots")
    say(numbers, rehearsal, "51.5"), say(numbers, rehearsal, "51.5")

    found = compared(numbers, rehearsal)
    assert (found.known, found.same_as_known) == (2, 1)
