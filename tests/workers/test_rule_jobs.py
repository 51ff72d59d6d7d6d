"""The job that judges by rules, run as it is run: more than once, and beside others."""

from __future__ import annotations

from sqlalchemy import func, select

from crowd.models import Action, OutboxEvent, Rule
from crowd.services import outbox, rules
from tests.factories import World
from workers.jobs import rules as jobs

RULE = {
    "name": "gold",
    "collector": "gold_accuracy",
    "span": 10,
    "least": 3,
    "below": 0.6,
    "sure": None,
    "action": "exclude",
    "pause_seconds": None,
    "from_beginning": True,
}


def due(world: World) -> list[int]:
    outbox.publish(world.session, "rules.fell_due")
    return list(world.session.scalars(select(OutboxEvent.id).filter_by(topic="rules.fell_due")))


def miss_gold(world: World, name: str, times: int) -> None:
    for _ in range(times):
        world.answer(name, world.task(gold="yes"), "no")


def test_rules_are_judged_in_every_project_that_has_any_and_the_event_ends(world: World) -> None:
    rules.create(world.session, world.requester, world.project_id, **RULE)
    miss_gold(world, "a", 3), miss_gold(world, "b", 2)
    events = due(world)

    jobs.judge(events)
    jobs.judge(events)

    taken = select(func.count()).select_from(Action).filter_by(project_id=world.project_id)
    assert world.session.scalars(taken).one() == 1
    rule = world.session.scalars(select(Rule).filter_by(project_id=world.project_id)).one()
    assert rule.replayed_at is not None
    assert not world.session.scalars(select(OutboxEvent).filter_by(topic="rules.fell_due")).all()


def test_what_a_rule_excludes_is_decided_anew(world: World) -> None:
    rules.create(world.session, world.requester, world.project_id, **RULE)
    miss_gold(world, "a", 3)

    jobs.judge_project(world.project_id)

    told = select(OutboxEvent.topic).filter_by(project_id=world.project_id)
    topics = list(world.session.scalars(told))
    assert topics.count("answers.excluded") == 3
    assert "action.taken" in topics
