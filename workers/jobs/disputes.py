"""Disputes: found after fits, and weighed so that the queue is in order."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import structlog

from crowd.db import transaction
from crowd.services import contests, disputes, outbox, weighing
from workers.batches import batches

log = structlog.get_logger("crowd.jobs")
#: Disputes weighed in one transaction.
BATCH = 200
#: Tasks locked in one.
LOCKED = 100


def search(event_ids: list[int]) -> None:
    """Open disputes about what fits have brought to light, and weigh all of a project's anew."""
    with transaction() as session:
        events = outbox.read(session, event_ids)
        if not events:
            return
        project_id = next(event.project_id for event in events if event.project_id)
        runs = [event.subject_id for event in events if event.subject_id]
        found = contests.search(session, runs)
    opened = sum(_open(cause, tasks) for cause, tasks in found.items())
    with transaction() as session:
        open_ones = weighing.open_ones(session, project_id)
    for some in batches(open_ones, BATCH):
        with transaction() as session:
            weighing.weigh(session, some)
    with transaction() as session:
        outbox.confirm(session, event_ids)
    log.info("searched", project=str(project_id), opened=opened, disputes=len(open_ones))


def _open(cause: str, tasks: Sequence[uuid.UUID]) -> int:
    """Open disputes about some tasks, a few at a time: whoever answers one of them has to wait."""
    opened = 0
    for some in batches(tasks, LOCKED):
        with transaction() as session:
            opened += disputes.open_about(session, some, cause)
    return opened


def weigh(event_ids: list[int]) -> None:
    """Find the look-alikes of disputes that are new, and say what a ruling on them is worth."""
    with transaction() as session:
        events = outbox.read(session, event_ids)
        subjects = sorted({event.subject_id for event in events if event.subject_id})
        weighing.keep_prints(session, subjects)
    with transaction() as session:
        weighing.weigh(session, weighing.compare(session, subjects))
        outbox.confirm(session, event_ids)
