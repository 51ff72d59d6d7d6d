"""What annotators contest, and what becomes of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from crowd.errors import Conflict, Invalid, NotFound
from crowd.models import Action, Appeal, Participation, Review
from crowd.services import actions, appeals, gold, reviews
from tests.factories import World, caller


def block(world: World, name: str) -> Action:
    world.answer(name, world.task(), "yes")
    wish = {"annotator_id": world.annotator(name).id, "kind": "block", "reason": "spam"}
    action = actions.take(world.session, world.requester, world.project_id, **wish)
    assert action is not None
    return action


def contest(world: World, action: Action) -> Appeal:
    return appeals.against_action(
        world.session, world.marketplace, action.id, comment="that was my brother"
    )


def rule(world: World, appeal: Appeal, outcome: str, **more: Any) -> Appeal:
    wish = {"outcome": outcome, "reply": "looked at again", **more}
    return appeals.rule(world.session, world.requester, appeal.id, **wish)


def test_an_overturned_block_is_undone_in_the_same_commit(world: World) -> None:
    action = block(world, "a")

    ruled = rule(world, contest(world, action), "overturned")

    assert (ruled.state, ruled.reply) == ("overturned", "looked at again")
    assert (action.undone_reason, action.undone_by_id) == ("looked at again", ruled.closed_by_id)
    world.task()
    assert world.lease("a").leases


def test_an_upheld_block_stays(world: World) -> None:
    action = block(world, "a")

    rule(world, contest(world, action), "upheld")

    assert action.undone_at is None
    assert world.lease("a").reason == "blocked"


def test_everything_is_contested_once_and_ruled_on_once(world: World) -> None:
    action = block(world, "a")
    appeal = contest(world, action)

    with pytest.raises(Conflict, match="contested already"):
        contest(world, action)
    rule(world, appeal, "upheld")
    with pytest.raises(Conflict, match="upheld already"):
        rule(world, appeal, "overturned")


def test_what_is_undone_or_long_ago_cannot_be_contested(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    undone, old = block(world, "a"), block(world, "b")
    actions.undo(world.session, world.requester, undone.id, reason="x")
    monkeypatch.setattr(appeals, "WINDOW", timedelta(seconds=-1))

    with pytest.raises(Conflict, match="undone"):
        contest(world, undone)
    with pytest.raises(Conflict, match="days old"):
        contest(world, old)


def test_an_overturned_rejection_earns_again(world: World) -> None:
    world.change(price="0.05", currency="EUR")
    answer = world.answer("a", world.task(), "yes")
    reviews.reject(world.session, world.requester, answer.id, reason="careless")

    appeal = appeals.against_judgement(
        world.session, world.marketplace, answer.id, comment="look again"
    )
    rule(world, appeal, "overturned")

    newest = select(Review.verdict).filter_by(answer_id=answer.id).order_by(Review.number.desc())
    assert world.session.scalars(newest).first() == "accepted"
    earned = select(func.sum(Participation.earned)).filter_by(project_id=world.project_id)
    assert str(world.session.scalar(earned)) == "0.050000"


def test_a_contested_gold_miss_may_change_the_gold(world: World) -> None:
    task = world.task(gold="yes")
    answer = world.answer("a", task, "no")

    appeal = appeals.against_judgement(
        world.session, world.marketplace, answer.id, comment="it has no ears"
    )
    rule(world, appeal, "overturned", gold_label="no")

    assert gold.labels_of_project(world.session, world.project_id) == {task.id: "no"}


def test_a_gold_label_for_what_is_not_gold_is_refused(world: World) -> None:
    answer = world.answer("a", world.task(), "no")
    appeal = appeals.against_judgement(world.session, world.marketplace, answer.id, comment="?")

    with pytest.raises(Invalid, match="not gold"):
        rule(world, appeal, "overturned", gold_label="no")
    with pytest.raises(Invalid, match="goes with"):
        rule(world, appeal, "upheld", gold_label="no")


def test_only_ones_own_annotators_are_spoken_for_and_only_ones_own_projects_ruled_on(
    world: World,
) -> None:
    action = block(world, "a")
    appeal = contest(world, action)
    other, stranger = (caller(world.session, kind)[0] for kind in ("marketplace", "requester"))

    with pytest.raises(NotFound):
        appeals.against_action(world.session, other, action.id, comment="x")
    with pytest.raises(NotFound):
        appeals.rule(world.session, stranger, appeal.id, outcome="upheld", reply="x")
    assert appeals.own(world.session, other, state=None, after=None, limit=5).items == []
    mine = appeals.own(world.session, world.marketplace, state="open", after=None, limit=5)
    assert mine.items == [appeal]
