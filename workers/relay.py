"""Carries events from the outbox to the queues, at least once."""

from __future__ import annotations

import uuid
from collections import defaultdict

import redis
import structlog

from crowd.db import transaction
from crowd.services import outbox
from workers.queues import SUBSCRIPTIONS, crowded, send

log = structlog.get_logger("crowd.relay")
#: Events taken in one transaction.
BATCH = 2000
#: Pause after events were sent, in seconds, while the next ones gather: a job costs about as much
#: for one event as for fifty.
GATHER_S = 0.15
#: By how much the pause grows while nothing happens, at the most.
MAX_CALM = 4.0


def relay_once(connection: redis.Redis, *, redeliver_after_s: float) -> int:
    """Send what is due and not held up; returns how many events that were.

    Queued before the commit: a crash in between sends them twice, never not at all.
    """
    with transaction() as session:
        events = outbox.take_due(
            session,
            limit=BATCH,
            redeliver_after_s=redeliver_after_s,
            held=crowded(connection),
        )
        together: dict[tuple[str, uuid.UUID | None], list[int]] = defaultdict(list)
        for event in events:
            together[event.topic, event.project_id].append(event.id)
        unheard: list[int] = []
        for (topic, _), ids in together.items():
            if topic in SUBSCRIPTIONS:
                send(connection, topic, ids)
            else:
                unheard += ids
        if unheard:
            outbox.confirm(session, unheard)
    if again := [event.id for event in events if event.deliveries > 1]:
        log.warning("events sent again", count=len(again), first=again[0])
    return len(events)
