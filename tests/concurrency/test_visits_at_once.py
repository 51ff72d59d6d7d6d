"""One annotator in many windows, and a link that many open at once."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine, text

from crowd.db import transaction
from crowd.services import visits, work_links
from crowd.services.visits import Guest
from tests.concurrency.test_many_at_once import THREADS, assert_rules_hold, at_once
from tests.factories import World


@pytest.fixture
def world(committed: Engine) -> World:
    with transaction() as session:
        return World(session)


def link(world: World, **terms: Any) -> Any:
    with transaction() as session:
        terms = {"project_id": world.project_id, **terms}
        return work_links.create(session, world.marketplace, **terms).link


def arrive(made: Any, name: str, reference: str = "") -> Guest:
    with transaction() as session:
        link = session.merge(made, load=False)
        visit, token = visits.arrive(session, link, annotator=name, reference=reference)
        return visits.authenticate(session, visit.id, token)


def tasks(world: World, count: int) -> None:
    with transaction() as world.session:
        world.tasks(count)


def count(engine: Engine, table: str) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def test_a_stranger_who_comes_in_many_windows_is_one_annotator_on_one_visit(
    world: World, committed: Engine
) -> None:
    made = link(world, source="mturk")

    came = at_once(lambda _: arrive(made, "new", "A1"), range(THREADS))

    assert len({guest.visit_id for guest in came}) == 1
    assert (count(committed, "annotators"), count(committed, "visits")) == (1, 1)


def test_windows_that_ask_at_once_are_handed_no_more_than_the_batch(
    world: World, committed: Engine
) -> None:
    tasks(world, THREADS)
    guest = arrive(link(world, batch=3), "ann")

    def ask(_: int) -> int:
        with transaction() as session:
            return len(visits.turn(session, guest, ahead=5).leases)

    assert at_once(ask, range(THREADS)) == [3] * THREADS
    assert count(committed, "assignments") == 3
    assert_rules_hold(committed)


def test_an_answer_that_is_sent_many_times_at_once_is_new_once(
    world: World, committed: Engine
) -> None:
    tasks(world, 1)
    guest = arrive(link(world, batch=1), "ann")
    with transaction() as session:
        (lease,) = visits.turn(session, guest).leases

    def send(_: int) -> bool:
        with transaction() as session:
            return visits.answer(session, guest, lease.taken.assignment_id, label="yes")

    assert sorted(at_once(send, range(THREADS))) == [False] * (THREADS - 1) + [True]
    assert count(committed, "answers") == 1
    assert_rules_hold(committed)
