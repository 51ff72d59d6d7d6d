"""Long work in short turns: a job does some parts of it, then makes room for more urgent ones."""

from __future__ import annotations

import time
import uuid

import structlog
from sqlalchemy.exc import OperationalError

from crowd.db import transaction
from crowd.services import operations, outbox

log = structlog.get_logger("crowd.jobs")
#: A turn ends with the first part that is done after so long. It is far below the time after
#: which an event is sent again, and answers wait no longer than this behind a file.
TURN_S = 0.5


def take_turns(event_ids: list[int]) -> None:
    """Move the operations of some events on, and ask for another turn where there is more."""
    with transaction() as session:
        events = outbox.read(session, event_ids)
    for event in events:
        assert event.subject_id is not None
        more = _take_turn(event.subject_id)
        with transaction() as session:
            if more:
                outbox.send_again(session, [event.id])
            else:
                outbox.confirm(session, [event.id])


def _take_turn(operation_id: uuid.UUID) -> bool:
    end = time.monotonic() + TURN_S
    try:
        while True:
            with transaction() as session:
                more = operations.go_on(session, operation_id)
            if not more or time.monotonic() > end:
                return more
    except OperationalError:
        raise  # the database is away: that says nothing about the file
    except Exception:
        log.exception("a part of a file failed", operation=str(operation_id))
        with transaction() as session:
            return operations.note_error(session, operation_id)
