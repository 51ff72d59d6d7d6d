"""Sandboxes: the whole cycle with nothing real in it, for integration tests."""

from __future__ import annotations

import uuid
from typing import Any

from flask import g

from crowd.api.auth import allow
from crowd.api.blueprint import Noun
from crowd.api.keys import shown_once
from crowd.db import transaction
from crowd.schemas import sandbox as shapes
from crowd.schemas.annotators import AnnotatorOut
from crowd.schemas.assignments import AssignmentOut
from crowd.services import sandbox
from crowd.services.projects import ProjectView

blp = Noun("sandbox", __name__, description="Try everything; nothing in it is real.")


@blp.post("/sandbox")
@allow("sandbox:write")
@blp.response(201, shapes.SandboxOut)
def enter() -> dict[str, Any]:
    """Get a test key of each side of your sandbox: a requester's and a marketplace's."""
    with transaction() as session:
        return {kind: shown_once(*new) for kind, new in sandbox.enter(session, g.caller).items()}


@blp.post("/sandbox/projects")
@allow("sandbox:write")
@blp.arguments(shapes.SandboxProjectIn)
@blp.response(201, shapes.SandboxProjectOut)
def create_project(body: dict[str, Any]) -> ProjectView:
    """Make a running project with simulated tasks, hidden gold among them."""
    with transaction() as session:
        return sandbox.create_project(session, g.caller, **body)


@blp.put("/sandbox/projects/<uuid:project_id>/supply")
@allow("sandbox:write")
@blp.arguments(shapes.SupplyIn)
@blp.response(200, shapes.SandboxProjectOut)
def supply(body: dict[str, Any], project_id: uuid.UUID) -> ProjectView:
    """Run out of work for a reason, or have some again (`running`)."""
    with transaction() as session:
        return sandbox.supply(session, g.caller, project_id, **body)


@blp.post("/sandbox/projects/<uuid:project_id>/answers")
@allow("sandbox:write")
@blp.arguments(shapes.CrowdIn)
@blp.response(201, shapes.CrowdOut)
def answer(body: dict[str, Any], project_id: uuid.UUID) -> dict[str, int]:
    """Let simulated annotators answer; results and events follow as they would for real."""
    with transaction() as session:
        return {"answers": sandbox.answer(session, g.caller, project_id, **body)}


@blp.post("/sandbox/assignments/<uuid:assignment_id>/expire")
@allow("sandbox:write")
@blp.response(200, AssignmentOut)
def expire(assignment_id: uuid.UUID) -> Any:
    """End a lease now, as if its time were over."""
    with transaction() as session:
        return sandbox.expire(session, g.caller, assignment_id)


@blp.put("/sandbox/annotators/<uuid:annotator_id>/state")
@allow("sandbox:write")
@blp.arguments(shapes.AnnotatorStateIn)
@blp.response(200, AnnotatorOut)
def set_annotator(body: dict[str, Any], annotator_id: uuid.UUID) -> Any:
    """Block one of the sandbox's annotators, or let it work again."""
    with transaction() as session:
        return sandbox.set_annotator(session, g.caller, annotator_id, **body)
