"""The installation: for keys that its owner made for that (`crowd key create … --scope …`)."""

from __future__ import annotations

import uuid
from typing import Any

from flask import current_app, g

from crowd.api.auth import allow
from crowd.api.blueprint import Noun
from crowd.db import transaction
from crowd.schemas import system as shapes
from crowd.schemas.fields import PageArgs
from crowd.services import failures, system
from crowd.services.paging import Page

blp = Noun("system", __name__, description="How the installation is doing: its owner's alone.")


@blp.get("/system")
@allow("system:read")
@blp.response(200, shapes.SystemOut)
def read() -> Any:
    """Look at queues, workers, what waits and what repeats."""
    with transaction() as session:
        return system.overview(session, current_app.config["REDIS_URL"])


@blp.get("/system/failures")
@allow("system:read")
@blp.arguments(PageArgs, location="query")
@blp.response(200, shapes.FailurePage)
def list_failures(page: dict[str, Any]) -> Page:
    """List jobs that ended in an error, the newest first. Each is tried again by itself."""
    with transaction() as session:
        return failures.one_page_of(session, **page)


@blp.post("/system/failures/<uuid:failure_id>/retry")
@allow("system:write")
@blp.response(202)
def retry(failure_id: uuid.UUID) -> dict[str, Any]:
    """Try a failed job again now."""
    with transaction() as session:
        failures.retry(session, g.caller, failure_id)
    return {}
