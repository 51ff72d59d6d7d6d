"""Rehearsals: trying a project before anybody works on it."""

from __future__ import annotations

import uuid
from typing import Any

from flask import g

from crowd.api.auth import allow
from crowd.api.blueprint import Noun
from crowd.db import transaction
from crowd.schemas import rehearsals as shapes
from crowd.schemas.fields import PageArgs
from crowd.services import rehearsals
from crowd.services.paging import Page

blp = Noun("rehearsals", __name__, description="Your own items, answered by you.")


@blp.post("/projects/<uuid:project_id>/rehearsals")
@allow("tasks:write")
@blp.arguments(shapes.RehearsalIn)
@blp.response(201, shapes.RehearsalStepOut)
def start(body: dict[str, Any], project_id: uuid.UUID) -> Any:
    """Draw some of your items, to answer them as annotators would.

    What you say is no answer of the crowd: it counts for nothing, costs nothing and is shown to
    nobody else. It works in a draft too.
    """
    with transaction() as session:
        rehearsal = rehearsals.start(session, g.caller, project_id, **body)
        return rehearsals.step(session, g.caller, rehearsal.id)


@blp.get("/projects/<uuid:project_id>/rehearsals")
@allow("tasks:read")
@blp.arguments(PageArgs, location="query")
@blp.response(200, shapes.RehearsalPage)
def list_rehearsals(page: dict[str, Any], project_id: uuid.UUID) -> Page:
    """List a project's rehearsals, the newest first."""
    with transaction() as session:
        return rehearsals.one_page_of(session, g.caller, project_id, **page)


@blp.get("/rehearsals/<uuid:rehearsal_id>")
@allow("tasks:read")
@blp.response(200, shapes.RehearsalStepOut)
def read(rehearsal_id: uuid.UUID) -> Any:
    """See how far a rehearsal is, and the next item."""
    with transaction() as session:
        return rehearsals.step(session, g.caller, rehearsal_id)


@blp.post("/rehearsals/<uuid:rehearsal_id>/answers")
@allow("tasks:write")
@blp.arguments(shapes.RehearsedAnswerIn)
@blp.response(201, shapes.RehearsalStepOut)
def answer(body: dict[str, Any], rehearsal_id: uuid.UUID) -> Any:
    """Say what an item is, and get the next one."""
    with transaction() as session:
        return rehearsals.answer(session, g.caller, rehearsal_id, **body)


@blp.get("/rehearsals/<uuid:rehearsal_id>/comparison")
@allow("tasks:read")
@blp.response(200, shapes.ComparisonOut)
def compare(rehearsal_id: uuid.UUID) -> Any:
    """Hold what you said against what is known and predicted, and see what 1,000 items take."""
    with transaction() as session:
        return rehearsals.compare(session, g.caller, rehearsal_id)
