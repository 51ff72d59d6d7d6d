"""From outbox to queue to job."""

from __future__ import annotations

import redis
from rq import SimpleWorker
from rq.serializers import JSONSerializer
from sqlalchemy import func, select, update

from crowd.models import OutboxEvent, Result
from crowd.services import outbox
from tests.factories import World
from workers.jobs import housekeeping
from workers.queues import QUEUES, SUBSCRIPTIONS, queue
from workers.relay import relay_once


def relay(server: redis.Redis) -> int:
    return relay_once(server, redeliver_after_s=10)


def work(server: redis.Redis) -> None:
    queues = [queue(server, name) for name in QUEUES]
    SimpleWorker(queues, connection=server, serializer=JSONSerializer).work(burst=True)


def left(world: World) -> int:
    return world.session.scalars(select(func.count()).select_from(OutboxEvent)).one()


def test_an_answer_becomes_a_result_by_way_of_the_queue(
    world: World, queue_server: redis.Redis
) -> None:
    task = world.task()
    world.answer("a", task, "yes"), world.answer("b", task, "yes")

    relay(queue_server)
    work(queue_server)

    stored = world.session.scalars(select(Result).filter_by(task_id=task.id)).one()
    assert (stored.label, stored.answers_seen) == ("yes", 2)
    assert left(world) == 0


def test_many_events_of_a_project_travel_in_one_job(
    world: World, queue_server: redis.Redis
) -> None:
    other = World(world.session)
    other.answer("a", other.task(), "yes")
    for task in world.tasks(5):
        world.answer("a", task, "yes")

    relay(queue_server)

    jobs = queue(queue_server, "answers").jobs
    assert sorted(len(job.args[0]) for job in jobs) == [1, 5]


def test_an_emptied_redis_loses_nothing(world: World, queue_server: redis.Redis) -> None:
    task = world.task()
    world.answer("a", task, "yes")
    relay(queue_server)
    queue_server.flushall()

    world.session.execute(update(OutboxEvent).values(due_at=func.now()))
    relay(queue_server)
    work(queue_server)

    assert world.session.scalars(select(Result).filter_by(task_id=task.id)).one().label == "yes"


def test_an_event_nobody_waits_for_ends_with_the_relay(
    world: World, queue_server: redis.Redis
) -> None:
    outbox.publish(world.session, "task.imagined", project_id=world.project_id)

    relay(queue_server)

    kept = world.session.scalars(select(OutboxEvent.topic)).all()
    assert "task.imagined" not in kept


def test_housekeeping_frees_expired_slots(world: World) -> None:
    task = world.task()
    world.let_expire(world.hold("a").id)

    housekeeping.expire_leases([])
    housekeeping.expire_leases([])

    assert world.counters(task) == (2, 0, 0, "open")


def test_every_subscription_names_a_job_there_is() -> None:
    from rq.utils import import_attribute

    for subscription in SUBSCRIPTIONS.values():
        assert callable(import_attribute(subscription.job))
        assert subscription.queue in QUEUES


def test_events_gather_in_the_outbox_while_a_job_waits(
    world: World, queue_server: redis.Redis
) -> None:
    first, *others = world.tasks(4)
    world.answer("a", first, "yes")
    relay(queue_server)
    for task in others:
        world.answer("a", task, "yes")

    assert relay(queue_server) == 0
    work(queue_server)
    relay(queue_server)

    jobs = queue(queue_server, "answers").jobs
    assert [len(job.args[0]) for job in jobs] == [3]


def test_a_queue_that_is_full_of_work_holds_up_no_other(
    world: World, queue_server: redis.Redis
) -> None:
    world.answer("a", world.task(), "yes")
    relay(queue_server)
    queue(queue_server, "housekeeping").empty()
    outbox.publish(world.session, "leases.fell_due")

    assert relay(queue_server) == 1
    assert len(queue(queue_server, "housekeeping")) == 1


def test_an_event_that_waits_in_a_queue_is_not_sent_again(
    world: World, queue_server: redis.Redis
) -> None:
    world.answer("a", world.task(), "yes")
    relay(queue_server)

    world.session.execute(update(OutboxEvent).values(due_at=func.now()))

    assert relay(queue_server) == 0
