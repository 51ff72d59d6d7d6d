"""What holds when many do it at the same time: real threads, real commits."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, text

from crowd.db import transaction
from crowd.errors import AlreadyAnswered, AssignmentClosed, AssignmentExpired
from crowd.services import answers, assignments, idempotency, leases, results, schedules
from tests.factories import World, decided

THREADS = 16


@pytest.fixture
def world(committed: Engine) -> World:
    with transaction() as session:
        world = World(session)
        for number in range(THREADS):
            world.annotator(f"w{number}")
    return world


def at_once(act: Callable[[Any], Any], each: Iterable[Any]) -> list[Any]:
    with ThreadPoolExecutor(THREADS) as threads:
        return list(threads.map(act, each))


def lease(world: World, name: str, **wish: Any) -> leases.Leased:
    with transaction() as session:
        return leases.lease(
            session, world.marketplace, project_id=world.project_id, annotator=name, **wish
        )


def assert_rules_hold(engine: Engine) -> None:
    """Prove by SQL that the counters are the rows, and that no cap was passed."""
    broken = """
        SELECT t.external_id FROM tasks t
        CROSS JOIN LATERAL (
            SELECT count(*) FILTER (WHERE a.state = 'leased') AS leased,
                   count(*) FILTER (WHERE a.state = 'answered') AS answered
            FROM assignments a WHERE a.task_id = t.id
        ) held
        WHERE (t.leased, t.answered + t.excluded) <> (held.leased, held.answered)
           OR t.answered + t.excluded <> (SELECT count(*) FROM answers WHERE task_id = t.id)
           OR t.leased + t.answered > t.cap
    """
    with engine.connect() as connection:
        assert connection.execute(text(broken)).all() == []


def test_the_last_slot_goes_to_one(world: World, committed: Engine) -> None:
    with transaction() as session:
        world.session = session
        world.change(overlap_min=1)
        world.task("only")

    given = at_once(lambda n: lease(world, f"w{n}").leases, range(THREADS))

    assert sum(len(leased) for leased in given) == 1
    assert_rules_hold(committed)


def test_a_named_task_is_not_over_assigned(world: World, committed: Engine) -> None:
    with transaction() as session:
        world.session = session
        world.task("only")

    given = at_once(lambda n: lease(world, f"w{n}", tasks=["only"]), range(THREADS))

    assert sorted(g.reason or "" for g in given) == ["", ""] + ["task_full"] * (THREADS - 2)
    assert_rules_hold(committed)


def test_one_annotator_asking_many_times_at_once_gets_no_task_twice(
    world: World, committed: Engine
) -> None:
    with transaction() as session:
        world.session = session
        world.tasks(5)

    given = at_once(lambda _: lease(world, "w0", count=2).leases, range(THREADS))

    ids = [leased.taken.task_id for each in given for leased in each]
    assert len(ids) == len(set(ids)) == 5
    assert_rules_hold(committed)


def test_a_double_submit_is_taken_once(world: World, committed: Engine) -> None:
    with transaction() as session:
        world.session = session
        world.task()
    held = lease(world, "w0").leases[0].taken.assignment_id

    def submit(_: int) -> str:
        try:
            with transaction() as session:
                return str(answers.submit(session, world.marketplace, held, label="yes").id)
        except AlreadyAnswered:
            return "refused"

    outcome = at_once(submit, range(THREADS))

    assert outcome.count("refused") == THREADS - 1
    assert_rules_hold(committed)


def test_a_storm_of_leases_answers_returns_and_expiries_breaks_no_rule(
    world: World, committed: Engine
) -> None:
    with transaction() as session:
        world.session = session
        world.change(overlap_min=3, overlap_max=4)
        world.tasks(40)

    def live(number: int) -> None:
        chance = random.Random(number)
        for _ in range(25):
            for leased in lease(world, f"w{number}", count=2).leases:
                _act(world, leased.taken.assignment_id, chance)

    at_once(live, range(THREADS))

    assert_rules_hold(committed)


def _act(world: World, assignment_id: Any, chance: random.Random) -> None:
    end = chance.random()
    try:
        with transaction() as session:
            if end < 0.6:
                answers.submit(session, world.marketplace, assignment_id, label="yes")
            elif end < 0.8:
                assignments.give_back(session, world.marketplace, assignment_id)
            else:
                session.execute(
                    text("UPDATE assignments SET expires_at = now() WHERE id = :id"),
                    {"id": assignment_id},
                )
        with transaction() as session:
            assignments.expire_due(session, limit=10)
    except (AssignmentExpired, AssignmentClosed):
        pass


def test_decisions_at_the_same_time_end_with_the_one_that_saw_most(
    world: World, committed: Engine
) -> None:
    with transaction() as session:
        world.session = session
        config, task = world.config, world.task()
        session.execute(text("UPDATE tasks SET wanted = 3, answered = 3"))
        session.execute(text(_RUN_0), {"p": world.project_id})

    def record(seen: int) -> None:
        with transaction() as session:
            state = "resolved" if seen == 3 else "open"
            results.record(session, config, [decided(task, state, seen=seen, p=0.5 + seen / 10)])

    at_once(record, [1, 3, 2] * 5)

    with transaction() as session:
        newest = results.versions(session, world.requester, task.id)[0]
    assert (newest.answers_seen, newest.state) == (3, "resolved")


_RUN_0 = """
INSERT INTO consensus_runs (id, project_id, number, config_version, method, labels, class_prior,
    pooled_confusion, answers_seen, tasks_seen, annotators_seen, iterations, converged,
    started_at)
VALUES (gen_random_uuid(), :p, 0, 1, 'x', '{}', '{}', '{}', 0, 0, 0, 0, true, now())
"""


def test_scheduled_work_starts_once_however_many_look(committed: Engine) -> None:
    with transaction() as session:
        schedules.declare(session, {"leases.fell_due": 60.0, "fits.fell_due": 60.0})

    def look(_: int) -> list[str]:
        with transaction() as session:
            return list(schedules.start_due(session))

    started = [topic for topics in at_once(look, range(THREADS)) for topic in topics]

    assert sorted(started) == ["fits.fell_due", "leases.fell_due"]


def test_an_idempotency_key_used_at_the_same_time_is_claimed_once(world: World) -> None:
    key_id = world.requester.key_id
    assert key_id is not None

    def claim(_: int) -> bool:
        with transaction() as session:
            if idempotency.claim(session, key_id, "k", b"same") is None:
                idempotency.keep(session, key_id, "k", 201, b"{}")
                return True
            return False

    assert at_once(claim, range(THREADS)).count(True) == 1
