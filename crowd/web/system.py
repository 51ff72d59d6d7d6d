"""The installation: its owner's alone."""

from __future__ import annotations

import uuid

from flask import Blueprint, current_app, request
from flask.typing import ResponseReturnValue

from crowd.db import transaction
from crowd.schemas.fields import PageArgs
from crowd.services import failures, system
from crowd.web import pages

blp = Blueprint("system", __name__)


@blp.get("/system")
@pages.requires("system:read")
def index() -> ResponseReturnValue:
    """Show queues, workers, what waits, what failed and what repeats."""
    query = pages.load(PageArgs, request.args)
    with transaction() as session:
        seen = system.overview(session, current_app.config["REDIS_URL"])
        page = failures.one_page_of(session, after=query["after"], limit=25)
        return pages.page("system.html", seen=seen, page=page)


@blp.post("/system/failures/<uuid:failure_id>/retry")
@pages.requires("system:write")
def retry(failure_id: uuid.UUID) -> ResponseReturnValue:
    """Try a failed job again now."""
    with transaction() as session:
        failures.retry(session, pages.caller(), failure_id)
    return pages.back("console.system.index", "It is tried again now.")
