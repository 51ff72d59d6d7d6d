"""Examples: what annotators learn from."""

from __future__ import annotations

import uuid
from typing import Any

from flask import g

from crowd.api.auth import allow
from crowd.api.blueprint import Noun
from crowd.db import transaction
from crowd.schemas import examples as shapes
from crowd.schemas.fields import PageArgs
from crowd.services import examples
from crowd.services.paging import Page

blp = Noun("examples", __name__, description="Items with their right labels, to learn from.")


@blp.post("/projects/<uuid:project_id>/examples")
@allow("projects:write")
@blp.arguments(shapes.ExampleIn)
@blp.response(201, shapes.ExampleOut)
def add(body: dict[str, Any], project_id: uuid.UUID) -> Any:
    """Show annotators an item, or a closed task, with what is right and why.

    They see it where they confuse its label with another, if the project's `feedback` is
    `coaching`. What is gold cannot be shown, and what was shown cannot become gold.
    """
    with transaction() as session:
        return examples.add(session, g.caller, project_id, **body)


@blp.get("/projects/<uuid:project_id>/examples")
@allow("projects:write")
@blp.arguments(PageArgs, location="query")
@blp.response(200, shapes.ExamplePage)
def list_examples(page: dict[str, Any], project_id: uuid.UUID) -> Page:
    """List the examples that are shown, the newest first."""
    with transaction() as session:
        return examples.one_page_of(session, g.caller, project_id, **page)


@blp.delete("/examples/<uuid:example_id>")
@allow("projects:write")
@blp.response(204)
def retire(example_id: uuid.UUID) -> None:
    """Show an example no more."""
    with transaction() as session:
        examples.retire(session, g.caller, example_id)
