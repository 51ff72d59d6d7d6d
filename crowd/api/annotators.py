"""The annotators of a marketplace."""

from __future__ import annotations

import uuid
from typing import Any

from flask import g

from crowd.api.auth import allow
from crowd.api.blueprint import Noun
from crowd.db import transaction
from crowd.schemas import annotators as shapes
from crowd.services import annotators
from crowd.services.paging import Page

blp = Noun("annotators", __name__, description="The people, or models, who answer.")


@blp.post("/annotators")
@allow("annotators:write")
@blp.arguments(shapes.AnnotatorIn)
@blp.response(201, shapes.AnnotatorOut)
def register(body: dict[str, Any]) -> Any:
    """Register an annotator under your own name for it."""
    with transaction() as session:
        return annotators.register(session, g.caller, **body)


@blp.get("/annotators")
@allow("annotators:read")
@blp.arguments(shapes.AnnotatorListArgs, location="query")
@blp.response(200, shapes.AnnotatorPage)
def list_annotators(page: dict[str, Any]) -> Page:
    """List your annotators, of one pool or all."""
    with transaction() as session:
        return annotators.one_page_of(session, g.caller, **page)


@blp.get("/annotators/<uuid:annotator_id>")
@allow("annotators:read")
@blp.response(200, shapes.AnnotatorOut)
def read(annotator_id: uuid.UUID) -> Any:
    """Read one of your annotators."""
    with transaction() as session:
        return annotators.find(session, g.caller, annotator_id)


@blp.post("/annotators/<uuid:annotator_id>/block")
@allow("annotators:write")
@blp.arguments(shapes.BlockIn)
@blp.response(200, shapes.AnnotatorOut)
def block(body: dict[str, Any], annotator_id: uuid.UUID) -> Any:
    """Keep an annotator from work. What it holds is returned: the slots are free at once.

    Answers it has given stay. Handing in what was returned is 409 `assignment_closed`.
    """
    with transaction() as session:
        return annotators.block(session, g.caller, annotator_id, **body)


@blp.post("/annotators/<uuid:annotator_id>/unblock")
@allow("annotators:write")
@blp.response(200, shapes.AnnotatorOut)
def unblock(annotator_id: uuid.UUID) -> Any:
    """Let an annotator work again. What was returned stays returned."""
    with transaction() as session:
        return annotators.unblock(session, g.caller, annotator_id)
