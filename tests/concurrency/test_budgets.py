"""A budget while the work goes on: never overspent, and nobody waits for ever."""

from __future__ import annotations

import random
import uuid
from contextlib import suppress

from sqlalchemy import Engine, text

from crowd.db import transaction
from crowd.errors import AlreadyAnswered, AssignmentClosed, AssignmentExpired
from crowd.services import answers, assignments
from crowd.services.answers import Given
from tests.concurrency.test_many_at_once import assert_rules_hold, at_once, lease, world
from tests.factories import World

__all__ = ["world"]
BUDGET = 40


def expired(world: World, name: str, count: int) -> list[uuid.UUID]:
    """Lease some tasks and let all of it run out."""
    held = [one.taken.assignment_id for one in lease(world, name, count=count).leases]
    with transaction() as session:
        world.session = session
        for each in held:
            world.let_expire(each)
        assignments.expire_due(session, limit=1000)
    return held


def test_late_answers_named_leases_and_a_change_do_not_lock_each_other_out(
    world: World, committed: Engine
) -> None:
    with transaction() as session:
        world.session = session
        world.change(budget_answers=BUDGET, overlap_min=3)
        names = [task.external_id for task in world.tasks(30)]
    late = {name: expired(world, name, 20) for name in ("w1", "w2", "w3", "w4")}

    def live(number: int) -> None:
        chance = random.Random(number)
        for turn in range(10):
            if number == 0:
                change(world, lease_seconds=60 + turn)
            elif number % 2:
                lease(world, f"w{number}", tasks=chance.sample(names, 6))
            else:
                submit(world, chance.sample(late[f"w{1 + number % 4}"], 3))

    at_once(live, range(16))

    assert_rules_hold(committed)
    with committed.connect() as connection:
        spent = "SELECT sum(leased + answered) FROM tasks WHERE project_id = :project"
        assert connection.execute(text(spent), {"project": world.project_id}).scalar_one() <= BUDGET


def test_a_late_answer_does_not_wait_for_a_change_of_the_project(
    world: World, committed: Engine
) -> None:
    with transaction() as session:
        world.session = session
        world.change(budget_answers=BUDGET)
        world.tasks(1)
    (late,) = expired(world, "w1", 1)

    with committed.begin() as change, transaction() as session:
        lock = "SELECT FROM projects WHERE id = :project FOR NO KEY UPDATE"
        change.execute(text(lock), {"project": world.project_id})
        # a change locks the project, then its tasks; who holds a task must not want the project
        session.execute(text("SET LOCAL lock_timeout = '2s'"))
        assert answers.submit(session, world.marketplace, late, label="yes").late


def change(world: World, **fields: object) -> None:
    with transaction() as session:
        world.session = session
        world.change(**fields)


def submit(world: World, ids: list[uuid.UUID]) -> None:
    with (
        suppress(AlreadyAnswered, AssignmentClosed, AssignmentExpired),
        transaction() as session,
    ):
        answers.submit_all(session, world.marketplace, [Given(one, "yes") for one in ids])
