"""Reports on quality: how good a project's labels are, gathered once and kept as they are."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, undefer

from crowd.errors import NotFound
from crowd.models import Project, QualityReport
from crowd.services import audit, outbox, projects
from crowd.services.paging import Page, one_page
from crowd.services.tenants import Caller

TOPIC = "quality_report.requested"


def request(session: Session, caller: Caller, project_id: uuid.UUID) -> QualityReport:
    """Ask for a report, to be written in the background. Raises NotFound."""
    projects.find(session, caller, project_id)
    # two at a time would have the same number
    session.execute(select(Project.id).filter_by(id=project_id).with_for_update(key_share=True))
    newest = select(func.max(QualityReport.number)).filter_by(project_id=project_id)
    report = QualityReport(
        project_id=project_id,
        number=(session.scalar(newest) or 0) + 1,
        api_key_id=caller.key_id,
        user_id=caller.user_id,
    )
    session.add(report)
    session.flush()
    audit.note(session, caller, TOPIC, project_id, number=report.number)
    outbox.publish(session, TOPIC, project_id=project_id, subject_ids=[report.id])
    return report


def one_page_of(
    session: Session, caller: Caller, project_id: uuid.UUID, *, after: uuid.UUID | None, limit: int
) -> Page:
    """List a project's reports, without what is in them, the newest first. Raises NotFound."""
    projects.find(session, caller, project_id)
    query = select(QualityReport).filter_by(project_id=project_id)
    return one_page(session, query, QualityReport.id, after=after, limit=limit, newest_first=True)


def find(session: Session, caller: Caller, project_id: uuid.UUID, number: int) -> QualityReport:
    """Read a report with what is in it. Raises NotFound."""
    projects.find(session, caller, project_id)
    query = select(QualityReport).filter_by(project_id=project_id, number=number)
    report = session.scalar(query.options(undefer(QualityReport.content)))
    if report is None:
        raise NotFound("The project has no such report.")
    return report


def find_pdf(session: Session, caller: Caller, project_id: uuid.UUID, number: int) -> bytes:
    """Read a report as it is printed. Raises NotFound, also while it is not written yet."""
    pdf = find(session, caller, project_id, number).pdf
    if pdf is None:
        raise NotFound("The report is not written yet.")
    return pdf


def waiting(session: Session, report_id: uuid.UUID) -> QualityReport | None:
    """Find a report that is still to be written; None: it is, or could not be."""
    report = session.get(QualityReport, report_id)
    is_over = report is None or report.written_at is not None or report.error is not None
    return None if is_over else report


def keep(
    session: Session, report_id: uuid.UUID, content: Mapping[str, Any], pdf: bytes | None
) -> None:
    """Store what a report says, unless another job was first."""
    report = session.get(QualityReport, report_id, with_for_update=True, populate_existing=True)
    if report is None or report.written_at is not None:
        return
    about = content["project"]
    written_at = session.scalar(select(func.now()))
    report.config_version, report.run_number = about["config_version"], about["run_number"]
    report.guideline, report.pdf, report.error = about["guideline"], pdf, None
    report.content, report.written_at = dict(content), written_at


def give_up(session: Session, report_id: uuid.UUID) -> None:
    """Say that a report could not be written."""
    report = waiting(session, report_id)
    if report is not None:
        report.error = "Something went wrong on our side. Ask for another; tell us the number."
