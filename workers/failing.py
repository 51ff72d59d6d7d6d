"""What is remembered of a job that ended in an error."""

from __future__ import annotations

import traceback
from types import TracebackType

import structlog
from rq.job import Job
from sqlalchemy.exc import SQLAlchemyError

from crowd.db import transaction
from crowd.services import failures

log = structlog.get_logger("crowd.workers")


def remember(
    job: Job, kind: type[BaseException], error: BaseException, trace: TracebackType
) -> bool:
    """Note a failure where operators see it; the events are sent again in any case."""
    said = f"{kind.__name__}: {error}".partition("\n")[0]
    log.error("job failed", job=job.func_name, error=said)
    try:
        with transaction() as session:
            failures.note(
                session,
                queue=job.origin,
                job=job.func_name or "unknown",
                event_ids=job.args[0] if job.args else (),
                error=said,
                traceback="".join(traceback.format_exception(kind, error, trace)),
            )
    except SQLAlchemyError as trouble:
        # most likely what the job itself has met
        log.error("failure not noted", error=str(trouble).partition("\n")[0])
    return True
