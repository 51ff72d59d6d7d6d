"""Blocking an annotator while it works."""

from __future__ import annotations

import random
from contextlib import suppress

from sqlalchemy import Engine, text

from crowd.db import transaction
from crowd.errors import AlreadyAnswered, AssignmentClosed, AssignmentExpired
from crowd.services import annotators, answers, assignments
from tests.concurrency.test_many_at_once import assert_rules_hold, at_once, lease, world
from tests.factories import World

__all__ = ["world"]


def test_a_block_in_the_middle_of_work_leaves_nothing_held(world: World, committed: Engine) -> None:
    with transaction() as session:
        world.session = session
        world.tasks(40)
        who = world.annotator("w0").id

    def live(number: int) -> None:
        chance = random.Random(number)
        for _ in range(4):
            if number == 0:
                with transaction() as session:
                    annotators.block(session, world.marketplace, who, "in the middle")
            for leased in lease(world, "w0", count=3).leases:
                with (
                    suppress(AlreadyAnswered, AssignmentClosed, AssignmentExpired),
                    transaction() as session,
                ):
                    if chance.random() < 0.5:
                        answers.submit(
                            session, world.marketplace, leased.taken.assignment_id, label="no"
                        )
                    else:
                        assignments.expire_due(session, limit=10)

    at_once(live, range(16))

    with committed.connect() as connection:
        held = "SELECT count(*) FROM assignments WHERE state IN ('leased', 'expired')"
        assert connection.execute(text(held)).scalar_one() == 0
    assert_rules_hold(committed)
