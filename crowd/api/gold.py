"""Gold: tasks whose answer is known."""

from __future__ import annotations

import uuid
from typing import Any

from flask import g

from crowd.api.auth import allow
from crowd.api.blueprint import Noun
from crowd.db import transaction
from crowd.schemas import tasks as shapes
from crowd.services import gold, gold_review
from crowd.services.paging import Page

blp = Noun("gold", __name__, description="Known answers, hidden among the tasks.")


@blp.put("/tasks/<uuid:task_id>/gold")
@allow("gold:write")
@blp.arguments(shapes.GoldIn)
@blp.response(200, shapes.GoldOut)
def put(body: dict[str, Any], task_id: uuid.UUID) -> Any:
    """Say what the right answer of a task is.

    An earlier one is overturned: everybody who has answered the task is scored anew. An open
    dispute about the task is ruled by it.
    """
    with transaction() as session:
        return gold.put(session, g.caller, task_id, **body)


@blp.get("/projects/<uuid:project_id>/gold")
@allow("gold:read")
@blp.arguments(shapes.GoldListArgs, location="query")
@blp.response(200, shapes.GoldReviewPage)
def review(page: dict[str, Any], project_id: uuid.UUID) -> Page:
    """List a project's gold and what annotators made of it; `concern=true`: what to look at."""
    with transaction() as session:
        return gold_review.one_page_of(session, g.caller, project_id, **page)


@blp.delete("/tasks/<uuid:task_id>/gold")
@allow("gold:write")
@blp.response(204)
def retire(task_id: uuid.UUID) -> None:
    """Make a task an ordinary one again."""
    with transaction() as session:
        gold.retire(session, g.caller, task_id)
