"""What operators see of jobs that ended in an error."""

from __future__ import annotations

import redis
from rq import SimpleWorker
from rq.serializers import JSONSerializer
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from crowd.db import transaction
from crowd.servers import Servers
from crowd.services import failures, outbox, system
from tests.factories import World
from workers.failing import remember
from workers.queues import queue, send


def test_a_job_that_ends_in_an_error_is_noted_with_what_it_was_about(
    committed: Engine, queue_server: redis.Redis
) -> None:
    # as after an upgrade that has taken the job away
    files = queue(queue_server, "files")
    files.enqueue("workers.jobs.exports.is_gone", [7, 8])

    worker = SimpleWorker([files], connection=queue_server, serializer=JSONSerializer)
    worker.push_exc_handler(remember)
    worker.work(burst=True, logging_level="CRITICAL")

    with transaction() as session:
        (row,) = failures.one_page_of(session, after=None, limit=5).items
        noted = row.failure
    assert (noted.queue, noted.job) == ("files", "workers.jobs.exports.is_gone")
    assert (noted.event_ids, row.waiting) == ([7, 8], 0)
    assert "is_gone" in noted.error


def test_retrying_sends_what_still_waits_and_nothing_that_is_done(session: Session) -> None:
    world = World(session)
    session.execute(text("DELETE FROM outbox"))
    outbox.publish(session, "refit.requested", project_id=world.project_id)
    (event,) = outbox.take_due(session, limit=5, redeliver_after_s=900)
    failures.note(
        session, queue="fits", job="refit", event_ids=[event.id, event.id + 1], error="x",
        traceback="",
    )  # fmt: skip
    session.flush()
    (row,) = failures.one_page_of(session, after=None, limit=5).items
    assert (row.waiting, row.next_at is not None) == (1, True)

    failures.retry(session, world.requester, row.failure.id)

    assert [one.id for one in outbox.take_due(session, limit=5, redeliver_after_s=1)] == [event.id]
    outbox.confirm(session, [event.id])
    assert failures.one_page_of(session, after=None, limit=5).items[0].waiting == 0


def test_queues_and_workers_are_seen_as_rq_itself_sees_them(
    session: Session, queue_server: redis.Redis, servers: Servers
) -> None:
    send(queue_server, "refit.requested", [1, 2])
    worker = SimpleWorker([queue(queue_server, "fits")], connection=queue_server)
    worker.register_birth()

    seen = system.overview(session, servers.redis_url)

    assert [(one.name, one.waiting) for one in seen.queues] == [("fits", 1)]
    (found,) = seen.workers
    assert (found.queues, found.pid, found.is_lost) == (["fits"], worker.pid, False)
    assert {one.name: one.ok for one in seen.findings}["database"]
