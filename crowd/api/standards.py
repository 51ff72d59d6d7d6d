"""Standards: qualifications that follow from skill."""

from __future__ import annotations

import uuid
from typing import Any

from flask import g

from crowd.api.auth import allow
from crowd.api.blueprint import Noun
from crowd.db import transaction
from crowd.schemas import standards as shapes
from crowd.services import standards
from crowd.services.paging import Page

blp = Noun("standards", __name__, description="Qualifications that follow from skill.")


@blp.post("/projects/<uuid:project_id>/standards")
@allow("qualifications:write")
@blp.arguments(shapes.StandardIn)
@blp.response(201, shapes.StandardOut)
def create(body: dict[str, Any], project_id: uuid.UUID) -> Any:
    """Have a qualification follow from skill in a project: gained and lost with each fit.

    Whoever meets it by the newest fit is qualified at once.
    """
    with transaction() as session:
        return standards.create(session, g.caller, project_id, **body)


@blp.get("/projects/<uuid:project_id>/standards")
@allow("qualifications:write")
@blp.arguments(shapes.StandardListArgs, location="query")
@blp.response(200, shapes.StandardPage)
def list_standards(page: dict[str, Any], project_id: uuid.UUID) -> Page:
    """List a project's standards in force, or those retired."""
    with transaction() as session:
        return standards.one_page_of(session, g.caller, project_id, **page)


@blp.delete("/standards/<uuid:standard_id>")
@allow("qualifications:write")
@blp.response(204)
def retire(standard_id: uuid.UUID) -> None:
    """End a standard, and with it the qualifications that follow from it."""
    with transaction() as session:
        standards.retire(session, g.caller, standard_id)
