"""What is done about annotators in a project, and what they contest of it."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from crowd.db import transaction
from crowd.schemas.appeals import AppealRulingIn
from crowd.schemas.rules import ActionListArgs, UndoIn
from crowd.services import actions, appeals, projects
from crowd.web import pages

blp = Blueprint("actions", __name__)
#: Appeals shown above the actions; the rest come up as these are ruled on.
APPEALS = 25


@blp.get("/projects/<uuid:project_id>/actions")
@pages.requires("rules:read")
def index(project_id: uuid.UUID) -> ResponseReturnValue:
    """List open appeals, then what was done, the newest first."""
    query = pages.load(ActionListArgs, request.args)
    with transaction() as session:
        caller = pages.caller()
        project = projects.find(session, caller, project_id).project
        page = actions.one_page_of(session, caller, project_id, **query)
        contested = appeals.one_page_of(
            session, caller, project_id, state="open", after=None, limit=APPEALS
        )
    context: dict[str, Any] = {"project": project, "page": page, "appeals": contested}
    return pages.page("actions.html", query=query, **context)


@blp.post("/projects/<uuid:project_id>/actions/<uuid:action_id>/undo")
@pages.requires("rules:write")
def undo(project_id: uuid.UUID, action_id: uuid.UUID) -> ResponseReturnValue:
    """Take an action back, and say why."""
    reason = pages.load(UndoIn)["reason"]
    with transaction() as session:
        actions.undo(session, pages.caller(), action_id, reason=reason)
    return pages.back("console.actions.index", "It is undone.", project_id=project_id)


@blp.post("/projects/<uuid:project_id>/appeals/<uuid:appeal_id>/ruling")
@pages.requires("rules:write")
def rule(project_id: uuid.UUID, appeal_id: uuid.UUID) -> ResponseReturnValue:
    """Rule on an appeal, once."""
    given = pages.load(AppealRulingIn)
    with transaction() as session:
        ruled = appeals.rule(session, pages.caller(), appeal_id, **given)
    said = f"The appeal is {ruled.state}; the annotator reads your reply."
    return pages.back("console.actions.index", said, project_id=project_id)
