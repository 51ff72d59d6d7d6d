"""Disputes: found after fits, and weighed so that the queue is in order."""

from __future__ import annotations

import structlog

from crowd.db import transaction
from crowd.services import contests, outbox, weighing

log = structlog.get_logger("crowd.jobs")
#: Disputes weighed in one transaction.
BATCH = 200


def search(event_ids: list[int]) -> None:
    """Open disputes about what fits have brought to light, and weigh all of a project's anew."""
    with transaction() as session:
        events = outbox.read(session, event_ids)
        if not events:
            return
        project_id = next(event.project_id for event in events if event.project_id)
        runs = [event.subject_id for event in events if event.subject_id]
        opened = contests.open_all(session, project_id, runs)
        open_ones = weighing.open_ones(session, project_id)
    for start in range(0, len(open_ones), BATCH):
        with transaction() as session:
            weighing.weigh(session, open_ones[start : start + BATCH])
    with transaction() as session:
        outbox.confirm(session, event_ids)
    log.info("searched", project=str(project_id), opened=opened, disputes=len(open_ones))


def weigh(event_ids: list[int]) -> None:
    """Find the look-alikes of disputes that are new, and say what a ruling on them is worth."""
    with transaction() as session:
        events = outbox.read(session, event_ids)
        subjects = sorted({event.subject_id for event in events if event.subject_id})
        weighing.keep_prints(session, subjects)
    with transaction() as session:
        weighing.weigh(session, weighing.compare(session, subjects))
        outbox.confirm(session, event_ids)
