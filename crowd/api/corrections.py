"""Corrections: what became of the tasks that a model had predicted."""

from __future__ import annotations

import uuid
from typing import Any

from flask import g

from crowd.api.auth import allow
from crowd.api.blueprint import Noun
from crowd.db import transaction
from crowd.schemas import corrections as shapes
from crowd.services import corrections
from crowd.services.paging import Page

blp = Noun("corrections", __name__, description="What models may learn from.")


@blp.get("/projects/<uuid:project_id>/models/<string:name>/corrections")
@allow("models:read")
@blp.arguments(shapes.CorrectionListArgs, location="query")
@blp.response(200, shapes.CorrectionPage)
def list_corrections(page: dict[str, Any], project_id: uuid.UUID, name: str) -> Page:
    """List a model's predictions of resolved tasks, in the order in which these were decided.

    A task that is decided anew comes again, behind the others. `next_cursor` is null at the end.
    """
    with transaction() as session:
        return corrections.one_page_of(session, g.caller, project_id, name, **page)
