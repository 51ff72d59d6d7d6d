"""Actions: what is done about annotators in a project, by a rule or by hand."""

from __future__ import annotations

import uuid
from typing import Any

from flask import g

from crowd.api.auth import allow
from crowd.api.blueprint import Noun
from crowd.db import transaction
from crowd.schemas import rules as shapes
from crowd.schemas.fields import PageArgs
from crowd.services import actions
from crowd.services.paging import Page

blp = Noun("actions", __name__, description="What was done about annotators, why, and undone.")


@blp.post("/projects/<uuid:project_id>/actions")
@allow("rules:write")
@blp.arguments(shapes.ActionIn)
@blp.response(201, shapes.ActionOut)
def take(body: dict[str, Any], project_id: uuid.UUID) -> Any:
    """Warn, restrict, pause, retrain or block an annotator, or exclude its answers as well."""
    with transaction() as session:
        return actions.take(session, g.caller, project_id, **body)


@blp.get("/projects/<uuid:project_id>/actions")
@allow("rules:read")
@blp.arguments(shapes.ActionListArgs, location="query")
@blp.response(200, shapes.ActionPage)
def list_actions(page: dict[str, Any], project_id: uuid.UUID) -> Page:
    """List what was done about annotators, the newest first; what was undone too."""
    with transaction() as session:
        return actions.one_page_of(session, g.caller, project_id, **page)


@blp.post("/actions/<uuid:action_id>/undo")
@allow("rules:write")
@blp.arguments(shapes.UndoIn)
@blp.response(200, shapes.ActionOut)
def undo(body: dict[str, Any], action_id: uuid.UUID) -> Any:
    """Take an action back: work is handed out again, excluded answers count again."""
    with transaction() as session:
        return actions.undo(session, g.caller, action_id, **body)


@blp.get("/annotators/<uuid:annotator_id>/actions")
@allow("annotators:read")
@blp.arguments(PageArgs, location="query")
@blp.response(200, shapes.OwnActionPage)
def of_annotator(page: dict[str, Any], annotator_id: uuid.UUID) -> Page:
    """List what requesters have done about one of your annotators, the newest first."""
    with transaction() as session:
        return actions.page_of_annotator(session, g.caller, annotator_id, **page)
