"""Webhooks: each event to whoever listens, at least once."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

import structlog

from config import load_settings
from crowd.db import transaction
from crowd.services import attempts, deliveries, outbox
from crowd.services.attempts import Outcome
from crowd.services.deliveries import Claimed
from workers.sending import send

log = structlog.get_logger("crowd.jobs")
#: Attempts under way at a time.
LANES = 64
#: A job claims no more after so many seconds, and ends when what it has begun has ended. What is
#: left is the next job's, so that a worker asked to stop can.
RUNS_FOR_S = 10.0
#: While attempts are under way, the pause before looking for others that have fallen due.
LOOK_AGAIN_S = 0.2

Running = dict[Future[Outcome], Claimed]


def spread(event_ids: list[int]) -> None:
    """Make deliveries of events, for each endpoint that listens."""
    with transaction() as session:
        deliveries.spread(session, outbox.read(session, event_ids))
        outbox.confirm(session, event_ids)


def deliver(event_ids: list[int]) -> None:
    """Attempt what is due until nothing is, or the time of a job is over.

    The event only wakes: what is due stands in the deliveries. Jobs that have queued up meanwhile
    find their events gone.
    """
    with transaction() as session:
        if not outbox.read(session, event_ids):
            return
        outbox.confirm_all(session, deliveries.DUE_TOPIC)
    deliver_due()


def deliver_due(*, runs_for_s: float = RUNS_FOR_S) -> int:
    """Attempt what is due, many endpoints at a time; returns how many attempts there were.

    An endpoint is given its next deliveries when the last are through, so that one which is slow
    holds few lanes, and those that fail have to wait for the others.
    """
    allow_private = load_settings().webhooks_allow_private
    ends_at = time.monotonic() + runs_for_s
    running: Running = {}
    made = 0
    with ThreadPoolExecutor(LANES, thread_name_prefix="lane") as lanes:
        while True:
            if time.monotonic() < ends_at:
                for claimed in _claim(running.values()):
                    running[lanes.submit(send, claimed, allow_private=allow_private)] = claimed
            if not running:
                return made
            done, _ = wait(running, timeout=LOOK_AGAIN_S, return_when=FIRST_COMPLETED)
            _record({running.pop(each).delivery_id: each.result() for each in done})
            made += len(done)


def _claim(running: Iterable[Claimed]) -> list[Claimed]:
    under_way = list(running)
    if len(under_way) >= LANES:
        return []
    busy: set[uuid.UUID] = {claimed.endpoint_id for claimed in under_way}
    with transaction() as session:
        return deliveries.claim(session, limit=LANES - len(under_way), busy=busy)


def _record(outcomes: Mapping[uuid.UUID, Outcome]) -> None:
    with transaction() as session:
        attempted = attempts.record(session, outcomes)
    for delivery in attempted:
        if delivery.state == "dead":
            log.warning(
                "delivery given up",
                delivery=str(delivery.id),
                endpoint=str(delivery.endpoint_id),
                topic=delivery.topic,
                reason=delivery.dead_reason,
            )
