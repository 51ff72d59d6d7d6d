"""Trainings: practised with feedback, tested without, and what passing them gives."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import func, select, update

from crowd.db import seconds
from crowd.errors import Conflict, DuplicateName, Invalid, NotFound, UnknownLabel
from crowd.models import AuditEntry, OutboxEvent, Training, TrainingAnswer, TrainingAttempt
from crowd.services import projects, qualifications, training_attempts, trainings
from crowd.services.training_attempts import Feedback, Step
from tests.factories import World, caller, unique

PRACTICE = [
    {"payload": {"text": "a sparrow"}, "label": "yes", "explanation": "It has feathers."},
    {"payload": {"text": "a bat"}, "label": "no", "explanation": None},
]
TERMS: dict[str, Any] = {
    "question": "A bird?",
    "labels": ["yes", "no"],
    "practice": PRACTICE,
    "test": [{"payload": {"n": n}, "label": "yes"} for n in range(4)],
    "pass_mark": 0.75,
    "attempts": 2,
    "wait_seconds": 0,
    "attempt_seconds": 600,
    "qualification": "birds",
    "valid_seconds": None,
}


def training(world: World, **terms: Any) -> Training:
    terms = {**TERMS, "name": unique("training"), **terms}
    return trainings.create(world.session, world.requester, **terms)


def start(world: World, made: Training, name: str = "a") -> Step:
    world.annotator(name)
    return training_attempts.start(world.session, world.marketplace, made.id, annotator=name)


def say(world: World, step: Step, label: str) -> tuple[Feedback | None, Step]:
    assert step.number is not None
    return training_attempts.answer(
        world.session, world.marketplace, step.attempt.id, number=step.number, label=label
    )


def go_through(world: World, made: Training, name: str = "a", *, right: int = 4) -> Step:
    """Go through a training; so many items of the test are right."""
    step = start(world, made, name)
    while step.item is not None:
        in_test = step.item.kind == "test"
        label = "no" if in_test and right <= 0 else "yes"
        right -= in_test
        step = say(world, step, label)[1]
    return step


def let_pass(world: World, attempt_id: uuid.UUID, *, by: int) -> None:
    """Move an attempt into the past, by so many seconds."""
    world.session.flush()
    moved = {
        name: getattr(TrainingAttempt, name) - seconds(by)
        for name in ("created_at", "expires_at", "ended_at")
    }
    world.session.execute(
        update(TrainingAttempt).where(TrainingAttempt.id == attempt_id).values(moved)
    )
    world.session.expire_all()


def held(world: World, name: str = "a") -> list[tuple[str, str]]:
    who = world.annotator(name).id
    found = qualifications.of_annotator(world.session, world.requester, who)
    return [(one.name, one.origin) for one in found]


def test_practice_is_answered_with_what_is_right_and_why(world: World) -> None:
    first = start(world, training(world))

    told, second = say(world, first, "yes")
    mistaken, third = say(world, second, "yes")

    assert first.item is not None
    assert first.item.payload == {"text": "a sparrow"}
    assert told == Feedback(True, "yes", "It has feathers.")
    assert mistaken == Feedback(False, "no", None)
    assert third.item is not None
    assert (third.number, third.item.kind) == (3, "test")


def test_who_passes_the_test_is_qualified_and_gets_work(world: World) -> None:
    world.change(requires=["birds"])
    world.task()
    assert world.lease("a").reason == "not_qualified"

    step = go_through(world, training(world), right=3)

    assert (step.state, step.attempt.score, step.item) == ("passed", 0.75, None)
    assert held(world) == [("birds", "tested")]
    assert world.lease("a").leases
    (granted,) = world.session.scalars(select(AuditEntry).filter_by(action="qualification.granted"))
    assert granted.tenant_id == world.requester.tenant_id
    assert granted.change["attempt_id"] == str(step.attempt.id)
    topics = world.session.scalars(select(OutboxEvent.topic)).all()
    assert "qualification.granted" in topics


def test_who_fails_is_not_and_of_the_test_only_the_score_is_told(world: World) -> None:
    made = training(world, practice=[])
    told, step = say(world, start(world, made), "no")
    for label in ("no", "yes", "yes"):
        feedback, step = say(world, step, label)
        assert feedback is told is None

    assert (step.state, step.attempt.score, step.attempts_left) == ("failed", 0.5, 1)
    assert held(world) == []


def test_there_are_so_many_attempts_and_a_wait_between_them(world: World) -> None:
    made = training(world, wait_seconds=3600)
    failed = go_through(world, made, right=0)
    assert failed.again_at is not None
    with pytest.raises(Conflict, match="next attempt may begin"):
        start(world, made)

    let_pass(world, failed.attempt.id, by=3601)
    let_pass(world, go_through(world, made, right=0).attempt.id, by=3601)

    with pytest.raises(Conflict, match="2 attempts"):
        start(world, made)
    assert start(world, made, "b").item is not None


def test_an_attempt_ends_with_its_time_and_counts(world: World) -> None:
    made = training(world, attempts=1)
    step = start(world, made)
    let_pass(world, step.attempt.id, by=601)

    seen = training_attempts.read(world.session, world.marketplace, step.attempt.id)

    assert (seen.state, seen.item, seen.attempts_left) == ("expired", None, 0)
    with pytest.raises(Conflict, match="expired"):
        say(world, step, "yes")
    with pytest.raises(Conflict, match="1 attempts"):
        start(world, made)


def test_after_a_pass_attempts_are_counted_anew(world: World) -> None:
    made = training(world)
    go_through(world, made, right=0)
    go_through(world, made)

    assert go_through(world, made, right=0).attempts_left == 1


def test_there_is_one_attempt_at_a_time_and_it_goes_on_where_it_was(world: World) -> None:
    made = training(world)
    say(world, start(world, made), "yes")

    again = start(world, made)

    assert again.number == 2
    query = select(func.count()).select_from(TrainingAttempt).filter_by(training_id=made.id)
    assert world.session.scalar(query) == 1


def test_items_are_answered_once_in_their_order_and_by_a_label(world: World) -> None:
    made = training(world)
    step = start(world, made)
    say(world, step, "yes")

    with pytest.raises(Conflict, match="Item 2 is next"):
        say(world, step, "no")
    with pytest.raises(UnknownLabel):
        say(world, start(world, made), "maybe")

    query = select(TrainingAnswer).filter_by(attempt_id=step.attempt.id)
    assert [one.label for one in world.session.scalars(query)] == ["yes"]


def test_each_attempt_draws_its_test_among_all_items(world: World) -> None:
    made = training(world, practice=[], test_size=2, attempts=None)

    drawn = {tuple(go_through(world, made, right=0).attempt.items) for _ in range(30)}

    assert {place for items in drawn for place in items} == {1, 2, 3, 4}
    assert all(len(set(items)) == 2 for items in drawn)


def test_a_qualification_lasts_as_long_as_is_said_and_never_less_than_before(world: World) -> None:
    lasting, short = training(world), training(world, valid_seconds=60)
    go_through(world, short)
    who = world.annotator("a").id

    def ends() -> list[bool]:
        world.session.expire_all()
        found = qualifications.of_annotator(world.session, world.requester, who)
        return [one.expires_at is not None for one in found]

    assert ends() == [True]
    go_through(world, lasting)
    go_through(world, short)
    assert ends() == [False]


def test_what_was_granted_by_hand_stands_beside_what_was_tested(world: World) -> None:
    go_through(world, training(world))
    who = world.annotator("a").id

    qualifications.grant(world.session, world.requester, who, "birds")

    assert held(world) == [("birds", "granted"), ("birds", "tested")]
    qualifications.revoke(world.session, world.requester, who, "birds")
    assert held(world) == []


def test_a_retired_training_is_finished_by_those_in_it_and_begun_by_nobody(world: World) -> None:
    made = training(world, attempts=None)
    step = start(world, made)

    trainings.retire(world.session, world.requester, made.id)

    assert say(world, step, "yes")[0] is not None
    with pytest.raises(Conflict, match="retired"):
        start(world, made, "b")
    assert training(world, name=made.name).id != made.id


def test_a_project_names_the_trainings_that_give_what_it_asks_for(world: World) -> None:
    made = training(world)
    training(world, qualification="cats"), training(world, qualification=None)
    world.change(requires=["birds", "bees"])

    found = trainings.for_project(world.session, world.marketplace, world.project_id)

    assert [one.id for one in found] == [made.id]


def test_a_training_is_open_to_the_marketplaces_of_its_requester(world: World) -> None:
    made = training(world)
    stranger, _ = caller(world.session, "marketplace")
    projects.create(world.session, world.requester, name=unique("draft"), labels=["a", "b"])

    with pytest.raises(NotFound):
        training_attempts.start(world.session, stranger, made.id, annotator="a")
    projects.close_to(world.session, world.requester, world.project_id, world.marketplace.tenant_id)
    with pytest.raises(NotFound):
        start(world, made)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"practice": [{"payload": {}, "label": "maybe"}]}, "practice"),
        ({"test": [{"payload": {}, "label": "maybe"}]}, "test"),
        ({"test_size": 5}, "test_size"),
        ({"qualification": None, "valid_seconds": 9}, "valid_seconds"),
    ],
)
def test_a_training_that_makes_no_sense_is_refused(
    world: World, wrong: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        training(world, **wrong)

    assert list(refused.value.errors) == [field]


def test_two_trainings_in_use_have_two_names(world: World) -> None:
    made = training(world)

    with pytest.raises(DuplicateName):
        training(world, name=made.name)
