"""Jobs that ended in an error: what went wrong, what is still to be done, and doing it now."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Integer, delete, func, select
from sqlalchemy.orm import Session

from crowd.db import seconds
from crowd.errors import NotFound
from crowd.models import Failure, OutboxEvent
from crowd.services import audit, outbox
from crowd.services.paging import Page, one_page
from crowd.services.tenants import Caller

KEPT_FOR = timedelta(days=7)
#: The end of a traceback says most.
MAX_TRACEBACK, MAX_ERROR = 8000, 500


class FailureRow(NamedTuple):
    """A failure, and what has become of its events since."""

    failure: Failure
    #: Events that no job has done yet, and when they are sent next; None: all are done.
    waiting: int
    next_at: datetime | None


def note(
    session: Session, *, queue: str, job: str, event_ids: Iterable[int], error: str, traceback: str
) -> None:
    """Remember that a job has ended in an error."""
    session.add(
        Failure(
            queue=queue,
            job=job,
            event_ids=list(event_ids),
            error=error[:MAX_ERROR].replace("\0", ""),
            traceback=traceback[-MAX_TRACEBACK:].replace("\0", ""),
        )
    )


def one_page_of(session: Session, *, after: uuid.UUID | None, limit: int) -> Page:
    """List failures, the newest first, as `FailureRow`."""
    still = (
        select(func.count().label("waiting"), func.min(OutboxEvent.due_at).label("next_at"))
        .where(OutboxEvent.id == func.any(Failure.event_ids, type_=Integer))
        .lateral("still")
    )
    query = select(Failure, still.c.waiting, still.c.next_at).join(still, still.c.waiting >= 0)
    page = one_page(session, query, Failure.id, after=after, limit=limit, newest_first=True)
    return Page([FailureRow(*row[:3]) for row in page.items], page.next_after)


def retry(session: Session, caller: Caller, failure_id: uuid.UUID) -> None:
    """Send a failed job's events again at once, those that still wait. Raises NotFound."""
    failure = session.get(Failure, failure_id)
    if failure is None:
        raise NotFound("There is no such failure; they are kept for 7 days.")
    outbox.send_again(session, failure.event_ids)
    audit.note(session, caller, "failure.retried", failure_id, job=failure.job)


def forget_old(session: Session) -> None:
    """Remove failures older than a week."""
    end = func.now() - seconds(KEPT_FOR.total_seconds())
    session.execute(delete(Failure).where(Failure.created_at < end))
