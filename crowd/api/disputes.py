"""Disputes: what the engine would not decide."""

from __future__ import annotations

import uuid
from typing import Any

from flask import g

from crowd.api.auth import allow
from crowd.api.blueprint import Noun
from crowd.db import transaction
from crowd.schemas import results as shapes
from crowd.services import disputes
from crowd.services.paging import Page

blp = Noun("disputes", __name__, description="Tasks for an expert to rule on.")


@blp.get("/projects/<uuid:project_id>/disputes")
@allow("disputes:read")
@blp.arguments(shapes.DisputeListArgs, location="query")
@blp.response(200, shapes.DisputePage)
def list_disputes(page: dict[str, Any], project_id: uuid.UUID) -> Page:
    """List a project's disputes, the open ones unless you ask for others."""
    with transaction() as session:
        return disputes.one_page_of(session, g.caller, project_id, **page)
