"""Results: labels, how sure they are and why."""

from __future__ import annotations

import uuid
from typing import Any

from flask import g

from crowd.api.auth import allow
from crowd.api.blueprint import Noun
from crowd.db import transaction
from crowd.schemas import results as shapes
from crowd.services import results
from crowd.services.paging import Page

blp = Noun("results", __name__, description="What the engine made of the answers.")


@blp.get("/projects/<uuid:project_id>/results")
@allow("results:read")
@blp.arguments(shapes.ResultListArgs, location="query")
@blp.response(200, shapes.ResultPage)
def list_results(page: dict[str, Any], project_id: uuid.UUID) -> Page:
    """List the newest result of each task that has one."""
    with transaction() as session:
        return results.one_page_of(session, g.caller, project_id, **page)


@blp.get("/tasks/<uuid:task_id>/results")
@allow("results:read")
@blp.response(200, shapes.VersionListOut)
def versions(task_id: uuid.UUID) -> dict[str, Any]:
    """List every decision there has been about a task, the newest first."""
    with transaction() as session:
        return {"items": results.versions(session, g.caller, task_id)}
