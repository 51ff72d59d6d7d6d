"""Gold: tasks whose answer is known."""

from __future__ import annotations

import uuid
from typing import Any

from flask import g

from crowd.api.auth import allow
from crowd.api.blueprint import Noun
from crowd.db import transaction
from crowd.schemas import gold as shapes
from crowd.services import gold, gold_candidates, gold_review
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


@blp.get("/tasks/<uuid:task_id>/gold")
@allow("gold:read")
@blp.response(200, shapes.GoldHistoryOut)
def history(task_id: uuid.UUID) -> Any:
    """Read what was known of a task, now and before, and what annotators said of it."""
    with transaction() as session:
        return gold_review.history(session, g.caller, task_id)


@blp.delete("/tasks/<uuid:task_id>/gold")
@allow("gold:write")
@blp.arguments(shapes.RetireArgs, location="query")
@blp.response(204)
def retire(query: dict[str, Any], task_id: uuid.UUID) -> None:
    """Make a task an ordinary one again. What was known of it stays on record, with the reason."""
    with transaction() as session:
        gold.retire(session, g.caller, task_id, **query)


@blp.get("/projects/<uuid:project_id>/gold")
@allow("gold:read")
@blp.arguments(shapes.GoldListArgs, location="query")
@blp.response(200, shapes.GoldReviewPage)
def review(page: dict[str, Any], project_id: uuid.UUID) -> Page:
    """List a project's gold and how it fares; `concern=true`: what to look at.

    Figures are those of the newest survey; of what has become gold since nothing is known yet.
    """
    with transaction() as session:
        return gold_review.one_page_of(session, g.caller, project_id, **page)


@blp.post("/projects/<uuid:project_id>/gold")
@allow("gold:write")
@blp.arguments(shapes.ManyGoldIn)
@blp.response(200, shapes.ManyGoldOut)
def put_many(body: dict[str, Any], project_id: uuid.UUID) -> dict[str, Any]:
    """Say what the right answer of up to 200 tasks is: all of them, or none if one is refused."""
    with transaction() as session:
        return {"items": gold.put_many(session, g.caller, project_id, body["items"])}


@blp.post("/projects/<uuid:project_id>/gold/retirements")
@allow("gold:write")
@blp.arguments(shapes.ManyRetiredIn)
@blp.response(204)
def retire_many(body: dict[str, Any], project_id: uuid.UUID) -> None:
    """Make up to 200 gold tasks ordinary ones again: all of them, or none if one is not gold."""
    with transaction() as session:
        gold.retire_many(session, g.caller, project_id, body["task_ids"], reason=body["reason"])


@blp.get("/projects/<uuid:project_id>/gold/candidates")
@allow("gold:read")
@blp.arguments(shapes.GoldCandidateArgs, location="query")
@blp.response(200, shapes.GoldCandidatePage)
def candidates(page: dict[str, Any], project_id: uuid.UUID) -> Page:
    """List tasks that would make good gold, the best first.

    Good annotators agree on them and the crowd is sure; labels are balanced, and so are tasks with
    and without dissent.
    """
    with transaction() as session:
        return gold_candidates.one_page_of(session, g.caller, project_id, **page)


@blp.delete("/projects/<uuid:project_id>/gold/candidates/<uuid:task_id>")
@allow("gold:write")
@blp.response(204)
def dismiss(project_id: uuid.UUID, task_id: uuid.UUID) -> None:
    """Say that a task is not wanted as gold: it is not suggested again."""
    with transaction() as session:
        gold_candidates.dismiss(session, g.caller, project_id, task_id)
