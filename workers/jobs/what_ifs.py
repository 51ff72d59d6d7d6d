"""Questions about a project's future, each computed once."""

from __future__ import annotations

import uuid

import structlog
from sqlalchemy.exc import OperationalError

from crowd.db import transaction
from crowd.services import operations, outbox, runs, what_ifs
from crowd.services.runs import Fit
from workers.fitting import prior_run
from workers.replaying import result_of

log = structlog.get_logger("crowd.jobs")


def answer(event_ids: list[int]) -> None:
    """Answer what-ifs, one after the other; one that goes wrong is tried some times more."""
    with transaction() as session:
        events = outbox.read(session, event_ids)
    for event in events:
        assert event.subject_id is not None
        if not _answered(event.subject_id):
            continue
        with transaction() as session:
            outbox.confirm(session, [event.id])


def _answered(operation_id: uuid.UUID) -> bool:
    """Answer one; tells whether nothing more is to be done about it."""
    try:
        _answer(operation_id)
    except OperationalError:
        raise  # the database is away: that says nothing about the question
    except Exception:
        log.exception("a what-if failed", operation=str(operation_id))
        with transaction() as session:
            return not operations.note_error(session, operation_id)
    return True


def _answer(operation_id: uuid.UUID) -> None:
    with transaction() as session:
        operation, sample = what_ifs.read(session, operation_id)
        if sample is None:
            return
        people = what_ifs.chosen(session, operation)
        who = {annotator for _, annotator, *_ in sample.answers}
        fit = runs.newest(session, operation.project_id, who)
    assert operation.request is not None
    known = fit or Fit(prior_run(sample.config), {})
    result = result_of(sample, known, operation.request, people and set(people))
    with transaction() as session:
        what_ifs.finish(session, operation_id, result)
