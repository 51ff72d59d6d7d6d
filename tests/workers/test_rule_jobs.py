"""The job that judges by rules, run as it is run: more than once, and beside others."""

from __future__ import annotations

import uuid
from datetime import timedelta
from random import Random

from sqlalchemy import func, select, text, update

from crowd.models import Action, Answer, OutboxEvent, Rule
from crowd.services import outbox, rules
from tests.factories import World
from workers.jobs import consensus
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


def long_ago(world: World, answer_id: uuid.UUID, days: int) -> None:
    """Let an answer have been given so many days ago: rows of answers are never changed else."""
    world.session.execute(text("SET LOCAL session_replication_role = replica"))
    given = update(Answer).where(Answer.id == answer_id)
    world.session.execute(given.values(submitted_at=func.now() - timedelta(days=days)))
    world.session.execute(text("SET LOCAL session_replication_role = origin"))


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


def test_who_has_been_away_for_days_is_told_once(world: World) -> None:
    terms = {"collector": "activity", "span": 7, "least": 1, "below": 1.0, "action": "warn"}
    rules.create(world.session, world.requester, world.project_id, **{**RULE, **terms})
    for name, days in (("gone", 8), ("here", 6)):
        long_ago(world, world.answer(name, world.task(), "yes").id, days)
    jobs.judge_project(world.project_id)

    jobs.judge_idle([]), jobs.judge_idle([])

    taken = world.session.scalars(select(Action).filter_by(project_id=world.project_id)).all()
    assert [(a.annotator_id, a.reason) for a in taken] == [
        (world.annotator("gone").id, "gold: 0 answers in 7 days, limit 1")
    ]


def test_two_who_copy_are_found_by_a_fit_and_stopped(world: World) -> None:
    world.change(labels=list("abcd"), overlap_min=8, overlap_max=8)
    terms = {"collector": "copying", "least": 5, "below": 0.02, "action": "exclude"}
    rules.create(world.session, world.requester, world.project_id, **{**RULE, **terms})
    crowd, chance = [f"honest {n}" for n in range(6)], Random(1)
    for number in range(16):
        task = world.task(gold="a")
        for name in crowd:
            world.answer(name, task, "a" if chance.random() < 0.8 else chance.choice("bcd"))
        copied = "a" if number % 2 else chance.choice("bcd")
        world.answer("leader", task, copied), world.answer("copier", task, copied)

    consensus.refit_project(world.project_id)
    jobs.judge_project(world.project_id), jobs.judge_project(world.project_id)

    taken = world.session.scalars(select(Action).filter_by(project_id=world.project_id)).all()
    ring = {world.annotator("leader").id, world.annotator("copier").id}
    assert {action.annotator_id for action in taken} == ring
    assert {action.evidence["partner_id"] for action in taken} == {str(who) for who in ring}
    assert len(taken) == 2
