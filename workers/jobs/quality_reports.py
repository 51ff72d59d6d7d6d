"""Reports on quality."""

from __future__ import annotations

import uuid

import structlog
from sqlalchemy.exc import OperationalError

from crowd.db import transaction
from crowd.services import outbox, quality_reports
from workers.printing import pdf_of
from workers.reporting import gather

log = structlog.get_logger("crowd.jobs")


def write(event_ids: list[int]) -> None:
    """Write the reports that have been asked for, each once."""
    with transaction() as session:
        events = outbox.read(session, event_ids)
    for event in events:
        assert event.subject_id is not None
        try:
            _write(event.subject_id)
        except OperationalError:
            raise  # the database is away: that says nothing about the report
        except Exception:
            log.exception("a report failed", report=str(event.subject_id))
            with transaction() as session:
                quality_reports.give_up(session, event.subject_id)
        with transaction() as session:
            outbox.confirm(session, [event.id])


def _write(report_id: uuid.UUID) -> None:
    with transaction() as session:
        report = quality_reports.waiting(session, report_id)
    if report is None:
        return
    content = gather(report.project_id)
    printed = pdf_of(content, report.number)
    with transaction() as session:
        quality_reports.keep(session, report_id, content, printed)
