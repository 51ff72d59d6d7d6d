"""Rules judged by several workers at once, while annotators go on."""

from __future__ import annotations

from contextlib import suppress

from sqlalchemy import Engine, select, text

from crowd.db import transaction
from crowd.errors import AssignmentClosed, AssignmentExpired
from crowd.models import Action
from crowd.services import answers, rules
from tests.concurrency.test_many_at_once import assert_rules_hold, at_once, lease, world
from tests.factories import World
from tests.workers.test_rule_jobs import RULE
from workers.jobs.rules import judge_project

__all__ = ["world"]


def test_an_annotator_is_dealt_with_once_and_nothing_stays_held(
    world: World, committed: Engine
) -> None:
    with transaction() as session:
        world.session = session
        for _ in range(40):
            world.task(gold="yes")
        rules.create(session, world.requester, world.project_id, **{**RULE, "allow_many": True})

    def live(number: int) -> None:
        for _ in range(6):
            if number % 4 == 0:
                judge_project(world.project_id)
            else:
                label = "no" if number % 2 else "yes"
                for leased in lease(world, f"w{number}", count=2).leases:
                    with suppress(AssignmentClosed, AssignmentExpired), transaction() as session:
                        held = leased.taken.assignment_id
                        answers.submit(session, world.marketplace, held, label=label)

    at_once(live, range(16))
    judge_project(world.project_id)

    assert_rules_hold(committed)
    with transaction() as session:
        taken = session.scalars(select(Action).filter_by(project_id=world.project_id)).all()
        assert len({action.annotator_id for action in taken}) == len(taken) > 0
        bad = "SELECT count(*) FROM participations WHERE barred AND leased > 0"
        assert session.scalar(text(bad)) == 0
        out = (
            "SELECT count(*) FROM answers a JOIN participations p USING (project_id, annotator_id) "
        )
        out += "WHERE p.barred AND NOT EXISTS (SELECT FROM excluded_answers WHERE answer_id = a.id)"
        assert session.scalar(text(out)) == 0
