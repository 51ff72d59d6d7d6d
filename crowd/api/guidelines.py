"""Guidelines: what annotators read and accept before they work."""

from __future__ import annotations

import uuid
from typing import Any

from flask import g

from crowd.api.auth import allow
from crowd.api.blueprint import Noun
from crowd.db import transaction
from crowd.schemas import guidelines as shapes
from crowd.services import guidelines

blp = Noun("guidelines", __name__, description="What annotators read before they work.")


@blp.post("/projects/<uuid:project_id>/guidelines")
@allow("projects:write")
@blp.arguments(shapes.GuidelineIn)
@blp.response(201, shapes.GuidelineOut)
def add(body: dict[str, Any], project_id: uuid.UUID) -> Any:
    """Keep the next version of a guideline.

    It is in force once the project's configuration says so: `PATCH` the project with
    `{"guideline": version}`.
    """
    with transaction() as session:
        return guidelines.add(session, g.caller, project_id, **body)


@blp.get("/projects/<uuid:project_id>/guidelines")
@allow("projects:write")
@blp.response(200, shapes.GuidelineListOut)
def list_guidelines(project_id: uuid.UUID) -> dict[str, Any]:
    """List every version of a project's guideline, the newest first."""
    with transaction() as session:
        return {"items": guidelines.versions(session, g.caller, project_id)}


@blp.get("/projects/<uuid:project_id>/guideline")
@allow("projects:read")
@blp.response(200, shapes.GuidelineOut)
def in_force(project_id: uuid.UUID) -> Any:
    """Read the version in force: what annotators are to be shown."""
    with transaction() as session:
        return guidelines.in_force(session, g.caller, project_id)


@blp.post("/projects/<uuid:project_id>/guideline/acceptances")
@allow("assignments:write")
@blp.arguments(shapes.GuidelineAcceptanceIn)
@blp.response(200, shapes.GuidelineAcceptanceOut)
def accept(body: dict[str, Any], project_id: uuid.UUID) -> Any:
    """Say that one of your annotators has read and accepted the version in force."""
    with transaction() as session:
        return guidelines.accept(session, g.caller, project_id, **body)
