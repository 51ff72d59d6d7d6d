"""Webhooks when many workers and owners act at the same time: real threads, real commits."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine, select

from crowd.db import transaction
from crowd.errors import TooManyWebhooks, WebhookDisabled
from crowd.models import OutboxEvent, WebhookDelivery
from crowd.services import attempts, deliveries, outbox, webhooks
from crowd.services.webhooks import MAX_ENDPOINTS
from tests.factories import World
from tests.receivers import listen, receiving
from tests.services.test_deliveries import outcome
from workers.jobs import webhooks as jobs


@pytest.fixture
def world(committed: Engine, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("CROWD_WEBHOOKS_ALLOW_PRIVATE", "true")
    with transaction() as session:
        return World(session)


def all_at_once(*acts: Callable[[], Any]) -> list[Any]:
    with ThreadPoolExecutor(len(acts)) as threads:
        return [each.result() for each in [threads.submit(act) for act in acts]]


def test_many_workers_send_each_message_once(world: World) -> None:
    with receiving() as receiver:
        with transaction() as session:
            world.session = session
            endpoints = [listen(world, "requester", receiver.url).id for _ in range(4)]
            for endpoint_id in endpoints * 15:
                deliveries.send_test(session, world.requester, endpoint_id)

        made = all_at_once(*[jobs.deliver_due] * 3)

    assert sum(made) == 60
    sent = Counter(got.headers["webhook-id"] for got in receiver.got)
    assert (len(sent), set(sent.values())) == (60, {1})


def test_an_event_that_two_jobs_spread_at_once_is_sent_once(world: World) -> None:
    with transaction() as session:
        world.session = session
        listen(world, "requester")
        outbox.publish(
            session,
            "project.paused",
            project_id=world.project_id,
            subject_ids=[world.project_id] * 20,
        )
    query = select(OutboxEvent.id).filter_by(topic="project.paused")
    with transaction() as session:
        told = list(session.scalars(query))

    all_at_once(*[partial(jobs.spread, told)] * 4)

    with transaction() as session:
        spread = session.scalars(select(WebhookDelivery.event_id)).all()
        assert sorted(each for each in spread if each) == told


def test_two_requests_at_once_do_not_both_add_the_last_endpoint(world: World) -> None:
    def add() -> bool:
        with transaction() as session:
            webhooks.create(session, world.requester, url="https://192.0.2.1/")
        return True

    def try_to_add() -> bool:
        try:
            return add()
        except TooManyWebhooks:
            return False

    for _ in range(MAX_ENDPOINTS - 1):
        add()

    assert sorted(all_at_once(*[try_to_add] * 4)) == [False, False, False, True]


def test_owners_and_workers_at_odds_end_in_no_deadlock_and_in_a_state_that_holds(
    world: World,
) -> None:
    with transaction() as session:
        world.session = session
        endpoint_id = listen(world, "requester").id
        ids = [deliveries.send_test(session, world.requester, endpoint_id).id for _ in range(12)]
    ends = threading.Event()

    def again_and_again(act: Callable[[int], None]) -> int:
        rounds = 0
        while not ends.is_set():
            with suppress(WebhookDisabled):
                act(rounds)
            rounds += 1
        return rounds

    def attempt(number: int) -> None:
        status = (200, 500, 400, 410)[number % 4]
        with transaction() as session:
            attempts.record(session, {ids[number % 12]: outcome(status)})

    def switch(number: int) -> None:
        state = ("disabled", "enabled")[number % 2]
        with transaction() as session:
            webhooks.change(session, world.requester, endpoint_id, state=state)

    def replay(number: int) -> None:
        with transaction() as session:
            deliveries.replay_dead(
                session, world.requester, endpoint_id, since=datetime(2020, 1, 1, tzinfo=UTC)
            )

    def claim(number: int) -> None:
        with transaction() as session:
            deliveries.claim(session, limit=5, hold_s=0)

    timer = threading.Timer(1.5, ends.set)
    timer.start()
    acts = [attempt, attempt, switch, replay, claim, claim]
    rounds = all_at_once(*[partial(again_and_again, act) for act in acts])

    assert all(each > 3 for each in rounds)
    with transaction() as session:
        webhooks.change(session, world.requester, endpoint_id, state="disabled")
        states = set(session.scalars(select(WebhookDelivery.state)))
    assert "pending" not in states
