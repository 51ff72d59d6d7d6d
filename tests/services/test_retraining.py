"""Training anew: no work until a training has been passed again."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from crowd.errors import Conflict, Invalid
from crowd.models import Action, AuditEntry, OutboxEvent, Training
from crowd.services import actions, answers, judgements, rules, trainings
from tests.factories import World, caller
from tests.services.test_actions import undo
from tests.services.test_trainings import TERMS, go_through, held, let_pass, start, training
from tests.workers.test_rule_jobs import RULE, miss_gold


def retrain(world: World, made: Training, name: str = "a") -> Action:
    wish = {"annotator_id": world.annotator(name).id, "kind": "retrain", "reason": "sloppy"}
    action = actions.take(
        world.session, world.requester, world.project_id, **wish, training_id=made.id
    )
    assert action is not None
    return action


def test_there_is_no_work_until_the_training_is_passed_again(world: World) -> None:
    world.tasks(3)
    made, held_already = training(world), world.hold("a")
    action = retrain(world, made)

    leased = world.lease("a")
    assert (leased.reason, leased.training_id, leased.retry_after) == (
        "retraining_required", made.id, None,
    )  # fmt: skip
    assert answers.submit(world.session, world.marketplace, held_already.id, label="yes")
    go_through(world, made, right=0)
    assert world.lease("a").reason == "retraining_required"
    passed = go_through(world, made)

    assert world.lease("a").leases
    assert (action.attempt_id, action.undone_at) == (passed.attempt.id, None)
    assert action.ended_at == passed.attempt.ended_at
    (entry,) = world.session.scalars(select(AuditEntry).filter_by(action="action.ended"))
    assert entry.tenant_id == world.requester.tenant_id
    told = select(OutboxEvent.subject_id).filter_by(topic="action.ended")
    assert world.session.scalars(told).all() == [action.id]


def test_a_pass_from_before_does_not_count(world: World) -> None:
    world.task()
    world.lease("a")
    made = training(world)
    let_pass(world, go_through(world, made).attempt.id, by=60)
    begun = start(world, made)
    let_pass(world, begun.attempt.id, by=60)

    retrain(world, made)

    anew = start(world, made)
    assert (anew.attempt.id != begun.attempt.id, anew.number) == (True, 1)
    go_through(world, made)
    assert world.lease("a").reason != "retraining_required"


def test_who_had_no_attempt_left_has_them_all_again(world: World) -> None:
    world.task()
    world.lease("a")
    made = training(world, attempts=1)
    let_pass(world, go_through(world, made, right=0).attempt.id, by=60)
    with pytest.raises(Conflict):
        start(world, made)

    retrain(world, made)

    assert go_through(world, made, right=0).attempts_left == 0
    with pytest.raises(Conflict):
        start(world, made)


def test_it_is_undone_like_any_other_action(world: World) -> None:
    world.tasks(2)
    world.lease("a")
    action = retrain(world, training(world))

    undo(world, action)

    assert world.lease("a").leases


def test_several_trainings_are_asked_for_one_after_the_other(world: World) -> None:
    world.tasks(2)
    world.lease("a")
    first, second = training(world), training(world, qualification=None)
    retrain(world, first), retrain(world, second)

    go_through(world, first)

    assert world.lease("a").training_id == second.id
    go_through(world, second)
    assert world.lease("a").leases


def test_one_pass_ends_all_that_asked_for_it(world: World) -> None:
    made = training(world)
    world.task()
    world.lease("a")
    retrain(world, made), retrain(world, made)

    go_through(world, made)

    query = select(Action.ended_at).filter_by(training_id=made.id)
    assert None not in world.session.scalars(query).all()
    assert actions.one_page_of(
        world.session, world.requester, world.project_id, annotator_id=None, rule_id=None,
        in_force=True, after=None, limit=9,
    ).items == []  # fmt: skip


def test_a_retired_training_is_still_open_to_those_who_have_to_pass_it(world: World) -> None:
    world.task()
    world.lease("a")
    made = training(world)
    retrain(world, made)

    trainings.retire(world.session, world.requester, made.id)

    assert go_through(world, made).state == "passed"
    with pytest.raises(Conflict, match="retired"):
        start(world, made)


def test_it_names_a_training_of_the_requesters_in_use_and_nothing_else_does(world: World) -> None:
    world.task()
    world.lease("a")
    stranger, _ = caller(world.session, "requester")
    theirs = trainings.create(world.session, stranger, **{**TERMS, "name": "theirs"})
    retired = training(world)
    trainings.retire(world.session, world.requester, retired.id)
    who = {"annotator_id": world.annotator("a").id, "reason": "sloppy"}

    wrong: list[dict[str, Any]] = [
        {"kind": "retrain"},
        {"kind": "warn", "training_id": training(world).id},
        {"kind": "retrain", "training_id": theirs.id},
        {"kind": "retrain", "training_id": retired.id},
    ]
    for wish in wrong:
        with pytest.raises(Invalid) as refused:
            actions.take(world.session, world.requester, world.project_id, **who, **wish)
        assert list(refused.value.errors) == ["training_id"]


def test_a_rule_sends_to_training_also_once_that_is_retired(world: World) -> None:
    made = training(world, qualification=None)
    rule = {**RULE, "action": "retrain", "training_id": made.id, "allow_many": True}
    rules.create(world.session, world.requester, world.project_id, **rule)
    trainings.retire(world.session, world.requester, made.id)
    miss_gold(world, "a", 3)

    acted = judgements.judge(world.session, world.project_id, world.annotator("a").id)

    assert acted == 1
    assert world.lease("a").training_id == made.id
    go_through(world, made)
    assert world.lease("a").reason != "retraining_required"
    assert held(world) == []
