"""The dataset: every kind of file there is, downloaded from the browser."""

from __future__ import annotations

import uuid

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from crowd.api.exports import attachment, stream
from crowd.db import transaction
from crowd.schemas.results import ExportArgs
from crowd.services import operations, projects, quality_reports, spool
from crowd.web import pages

blp = Blueprint("exports", __name__)
#: Kind → what a line of it is.
KINDS = (
    ("results", "Labels", "a line for each task: its label, how sure it is, and why"),
    ("answers", "Answers", "a line for each answer: who, what, when, and whether it counts"),
    ("predictions", "Predictions", "a line for each prediction of a model, with what became of it"),
)


@blp.get("/projects/<uuid:project_id>/dataset")
@pages.requires("results:read")
def index(project_id: uuid.UUID) -> ResponseReturnValue:
    """Show what can be taken home. Two look-ups: files and reports of a project are few."""
    with transaction() as session:
        view = projects.find(session, pages.caller(), project_id)
        return pages.page(
            "dataset.html",
            view=view,
            project=view.project,
            kinds=KINDS,
            exports=operations.newest_of(session, pages.caller(), project_id, "export"),
            reports=quality_reports.one_page_of(
                session, pages.caller(), project_id, after=None, limit=20
            ).items,
        )


@blp.get("/projects/<uuid:project_id>/export")
@pages.requires("results:read")
def download(project_id: uuid.UUID) -> ResponseReturnValue:
    """Download a file of this moment, while it is written."""
    args = pages.load(ExportArgs, request.args)
    with transaction() as session:
        projects.find(session, pages.caller(), project_id)
    return attachment(stream(project_id, **args), **args)


@blp.post("/projects/<uuid:project_id>/exports")
@pages.requires("results:read")
def start(project_id: uuid.UUID) -> ResponseReturnValue:
    """Have a file written in the background, to be fetched when it is done."""
    args = pages.load(ExportArgs)
    with transaction() as session:
        operations.start_export(session, pages.caller(), project_id, **args)
    return pages.back("console.exports.index", "It is being written.", project_id=project_id)


@blp.get("/projects/<uuid:project_id>/exports/<uuid:operation_id>")
@pages.requires("results:read")
def fetch(project_id: uuid.UUID, operation_id: uuid.UUID) -> ResponseReturnValue:
    """Fetch a file that was written in the background."""
    with transaction() as session:
        found = operations.find_file(session, pages.caller(), operation_id)
    response = attachment(spool.stream(found.id), found.what or "", found.form or "")
    response.content_length = found.size
    return response
