"""The jobs of webhooks, each run twice, with real receivers."""

from __future__ import annotations

import time
from http.server import BaseHTTPRequestHandler

import pytest
import redis
from rq import SimpleWorker
from rq.serializers import JSONSerializer
from sqlalchemy import func, select, update
from standardwebhooks import Webhook

from crowd.models import OutboxEvent
from crowd.services import deliveries, results, schedules, webhooks
from crowd.services.deliveries import DUE_TOPIC, EACH
from crowd.services.webhooks import EVERY_TOPIC
from tests.factories import World, decided
from tests.receivers import forget_events, let_fall_due, listen, receiving, sent_to, status
from workers.jobs import housekeeping
from workers.jobs import webhooks as jobs
from workers.queues import QUEUES, SCHEDULE, SUBSCRIPTIONS, queue
from workers.relay import relay_once


@pytest.fixture(autouse=True)
def _allow_private(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROWD_WEBHOOKS_ALLOW_PRIVATE", "true")


def events(world: World, *topics: str) -> list[int]:
    return list(world.session.scalars(select(OutboxEvent.id).where(OutboxEvent.topic.in_(topics))))


def resolve(world: World, count: int = 1) -> list[int]:
    """Resolve some tasks; gives the events of it."""
    tasks = world.tasks(count)
    results.record(world.session, world.config, [decided(task) for task in tasks])
    return events(world, "task.resolved")


def test_an_event_is_spread_and_delivered_once_however_often_the_jobs_run(world: World) -> None:
    forget_events(world)
    with receiving() as receiver:
        endpoint = listen(world, "requester", receiver.url)
        told = resolve(world)

        jobs.spread(told), jobs.spread(told)
        wakers = events(world, DUE_TOPIC)
        jobs.deliver(wakers), jobs.deliver(wakers)

    (got,) = receiver.got
    assert Webhook(endpoint.secret).verify(got.body, got.headers)["type"] == "task.resolved"
    assert [d.state for d in sent_to(world, endpoint)] == ["delivered"]
    assert events(world, "task.resolved", DUE_TOPIC) == []


def test_a_retry_has_the_same_id_and_body_and_a_signature_of_its_own_time(world: World) -> None:
    with receiving(status(503)) as receiver:
        endpoint = listen(world, "requester", receiver.url)
        deliveries.send_test(world.session, world.requester, endpoint.id)
        jobs.deliver_due()
        jobs.deliver_due()
        assert len(receiver.got) == 1

        receiver.answer = status(200)
        let_fall_due(world)
        jobs.deliver_due()

    first, second = receiver.got
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert Webhook(endpoint.secret).verify(second.body, second.headers)
    assert [(d.state, d.attempts) for d in sent_to(world, endpoint)] == [("delivered", 2)]


def test_a_refused_delivery_is_dead_until_it_is_replayed(world: World) -> None:
    with receiving(status(400, b"bad field")) as receiver:
        endpoint = listen(world, "requester", receiver.url)
        sent = deliveries.send_test(world.session, world.requester, endpoint.id)
        jobs.deliver_due()
        let_fall_due(world)
        jobs.deliver_due()
        view = deliveries.find(world.session, world.requester, endpoint.id, sent.id)
        assert (view.delivery.state, len(receiver.got)) == ("dead", 1)
        assert view.attempts[0].response_excerpt == "bad field"

        receiver.answer = status(200)
        deliveries.replay(world.session, world.requester, endpoint.id, sent.id)
        jobs.deliver_due()

    assert [d.state for d in sent_to(world, endpoint)] == ["delivered"]
    assert len({got.headers["webhook-id"] for got in receiver.got}) == 1


def test_a_receiver_that_is_gone_is_asked_no_more(world: World) -> None:
    with receiving(status(410)) as receiver:
        endpoint = listen(world, "requester", receiver.url)
        deliveries.send_test(world.session, world.requester, endpoint.id)
        jobs.deliver_due()
        jobs.spread(resolve(world))
        jobs.deliver_due()

    assert len(receiver.got) == 1
    assert webhooks.find(world.session, world.requester, endpoint.id).state == "disabled"
    assert {d.state for d in sent_to(world, endpoint)} == {"dead"}


def test_an_attempt_of_a_worker_that_was_killed_is_made_again(world: World) -> None:
    with receiving() as receiver:
        endpoint = listen(world, "requester", receiver.url)
        deliveries.send_test(world.session, world.requester, endpoint.id)
        (lost,) = deliveries.claim(world.session, limit=1)
        jobs.deliver_due()
        assert receiver.got == []

        let_fall_due(world)  # its claim is over
        jobs.deliver_due()

    assert [got.headers["webhook-id"] for got in receiver.got] == [str(lost.delivery_id)]


def test_a_slow_endpoint_does_not_hold_up_another(world: World) -> None:
    def slow(request: BaseHTTPRequestHandler) -> None:
        time.sleep(1.5)
        status(200)(request)

    with receiving(slow) as sluggish, receiving() as quick:
        waiting = listen(world, "requester", sluggish.url)
        other = listen(world, "marketplace", quick.url)
        for _ in range(EACH + 2):
            deliveries.send_test(world.session, world.requester, waiting.id)
            deliveries.send_test(world.session, world.marketplace, other.id)

        began = time.monotonic()
        made = jobs.deliver_due(runs_for_s=0.7)
        took = time.monotonic() - began

    assert len(quick.got) == EACH + 2
    assert len(sluggish.got) == EACH
    assert made == 2 * EACH + 2
    assert took < 3


def test_a_job_is_bounded_however_much_there_is_to_do(world: World) -> None:
    with receiving() as receiver:
        endpoint = listen(world, "requester", receiver.url)
        for _ in range(3 * EACH):
            deliveries.send_test(world.session, world.requester, endpoint.id)
        made = jobs.deliver_due(runs_for_s=0)
        assert made == 0

        made = jobs.deliver_due()

    assert made == len(receiver.got) == 3 * EACH


def test_wake_ups_that_pile_up_are_answered_at_once(world: World) -> None:
    for _ in range(3):
        world.session.add(OutboxEvent(topic=DUE_TOPIC))
    world.session.flush()
    piled = events(world, DUE_TOPIC)

    jobs.deliver(piled[:1])

    assert events(world, DUE_TOPIC) == []


def test_from_the_event_to_the_receiver_by_way_of_the_queues(
    world: World, queue_server: redis.Redis
) -> None:
    def turn() -> None:
        world.session.execute(update(OutboxEvent).values(due_at=func.now()))
        relay_once(queue_server, redeliver_after_s=10)
        queues = [queue(queue_server, name) for name in QUEUES]
        SimpleWorker(queues, connection=queue_server, serializer=JSONSerializer).work(burst=True)

    forget_events(world)
    with receiving() as receiver:
        listen(world, "requester", receiver.url)
        resolve(world, 3)
        relay_once(queue_server, redeliver_after_s=10)
        queue_server.flushall()  # Redis loses its memory on the way

        turn(), turn()

    assert len(receiver.got) == 3
    assert events(world, *EVERY_TOPIC, DUE_TOPIC) == []


def test_what_has_been_put_off_is_looked_for_again_and_again(world: World) -> None:
    schedules.declare(world.session, SCHEDULE)

    assert DUE_TOPIC in schedules.start_due(world.session)
    assert SUBSCRIPTIONS[DUE_TOPIC].queue == "webhooks"


def test_housekeeping_forgets_old_deliveries_and_secrets(world: World) -> None:
    endpoint = listen(world, "requester")
    webhooks.rotate_secret(world.session, world.requester, endpoint.id)
    old = deliveries.send_test(world.session, world.requester, endpoint.id)
    webhooks.change(world.session, world.requester, endpoint.id, state="disabled")
    old.created_at -= 2 * deliveries.KEPT_FOR
    assert endpoint.previous_secret_until is not None
    endpoint.previous_secret_until -= 2 * webhooks.OLD_SECRET_VALID
    world.session.flush()

    housekeeping.forget_old([])
    housekeeping.forget_old([])

    world.session.refresh(endpoint)
    assert sent_to(world, endpoint) == []
    assert endpoint.previous_secret is None
