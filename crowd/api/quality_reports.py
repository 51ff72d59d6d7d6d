"""Reports on quality."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, g

from crowd.api.auth import allow
from crowd.api.blueprint import Noun
from crowd.db import transaction
from crowd.schemas import quality_reports as shapes
from crowd.schemas.fields import PageArgs
from crowd.services import quality_reports
from crowd.services.paging import Page

blp = Noun("quality_reports", __name__, description="How good a project's labels are.")


@blp.post("/projects/<uuid:project_id>/quality-reports")
@allow("results:read")
@blp.response(202, shapes.QualityReportOut)
def request_report(project_id: uuid.UUID) -> tuple[Any, int, dict[str, str]]:
    """Ask for a report, written in the background as of a moment, and never changed after that."""
    with transaction() as session:
        report = quality_reports.request(session, g.caller, project_id)
    location = f"/api/v1/projects/{project_id}/quality-reports/{report.number}"
    return report, 202, {"Location": location}


@blp.get("/projects/<uuid:project_id>/quality-reports")
@allow("results:read")
@blp.arguments(PageArgs, location="query")
@blp.response(200, shapes.QualityReportPage)
def list_reports(page: dict[str, Any], project_id: uuid.UUID) -> Page:
    """List a project's reports, the newest first."""
    with transaction() as session:
        return quality_reports.one_page_of(session, g.caller, project_id, **page)


@blp.get("/projects/<uuid:project_id>/quality-reports/<int:number>")
@allow("results:read")
@blp.response(200, shapes.QualityReportDetailOut)
def read(project_id: uuid.UUID, number: int) -> Any:
    """Read a report."""
    with transaction() as session:
        return quality_reports.find(session, g.caller, project_id, number)


@blp.get("/projects/<uuid:project_id>/quality-reports/<int:number>/pdf")
@allow("results:read")
@blp.response(200, content_type="application/pdf")
def pdf(project_id: uuid.UUID, number: int) -> Response:
    """Fetch a report to be printed."""
    with transaction() as session:
        return printed(quality_reports.find_pdf(session, g.caller, project_id, number), number)


def printed(content: bytes, number: int) -> Response:
    """Make a response that a browser saves."""
    name = f'attachment; filename="quality-report-{number}.pdf"'
    return Response(content, mimetype="application/pdf", headers={"Content-Disposition": name})
