"""Projects: what is being asked, how far it is, and what is to be expected of it."""

from __future__ import annotations

import uuid

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from crowd.db import transaction
from crowd.schemas.fields import PageArgs
from crowd.services import forecasts, progress, projects
from crowd.web import outlooks, pages

blp = Blueprint("projects", __name__)


@blp.get("/")
@pages.requires("projects:read")
def index() -> ResponseReturnValue:
    """List the tenant's projects, for their requester with how far they are: four statements."""
    query = pages.load(PageArgs, request.args)
    with transaction() as session:
        if pages.caller().kind == "marketplace":
            page = projects.one_page_of(session, pages.caller(), **query)
            return pages.page("open_projects.html", projects=page)
        page = forecasts.one_page_of(session, pages.caller(), **query)
    return pages.page("projects.html", projects=page)


@blp.get("/projects/<uuid:project_id>")
@pages.requires("results:read")
def show(project_id: uuid.UUID) -> ResponseReturnValue:
    """Show how far a project is, how fast it goes, when it ends, what that costs."""
    with transaction() as session:
        outlook = forecasts.read(session, pages.caller(), project_id)
        paces = progress.series(session, pages.caller(), project_id, every="hour")
    return pages.page(
        "project.html",
        project=outlook.view.project,
        config=outlook.view.config,
        outlook=outlook,
        told=outlook.told(),
        pace=outlooks.pace(paces),
        rest=outlooks.rest(outlook),
    )
