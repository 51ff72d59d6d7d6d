"""Rulings on disputes."""

from __future__ import annotations

import uuid
from typing import Any

from flask import g, request

from crowd.api.auth import allow
from crowd.api.blueprint import Noun
from crowd.db import transaction
from crowd.errors import VersionRequired
from crowd.schemas import rulings as shapes
from crowd.services import rulings

IF_MATCH = {
    "in": "header",
    "name": "If-Match",
    "description": "the ETag of the dispute as you read it",
    "required": True,
    "schema": {"type": "string"},
}
blp = Noun("rulings", __name__, description="What people say of disputes.")


@blp.get("/disputes/<uuid:dispute_id>/rulings")
@allow("disputes:read")
@blp.response(200, shapes.RulingListOut)
def list_rulings(dispute_id: uuid.UUID) -> dict[str, Any]:
    """List every ruling on a dispute, proposals too, the newest first: who, when and why."""
    with transaction() as session:
        return {"items": rulings.of_dispute(session, g.caller, dispute_id)}


@blp.post("/disputes/<uuid:dispute_id>/rulings")
@allow("disputes:rule")
@blp.arguments(shapes.RulingIn)
@blp.doc(parameters=[IF_MATCH])
@blp.response(201, shapes.RuledOut)
def rule(body: dict[str, Any], dispute_id: uuid.UUID) -> rulings.Ruled:
    """Rule on a dispute, or on one that is ruled already: that overturns it.

    Send the ETag of the dispute as If-Match. Where the project wants a second person, the first
    ruling is a proposal until another key or user has ruled the same.
    """
    expected = request.headers.get("If-Match")
    if expected is None:
        raise VersionRequired("Send the ETag of the dispute you read as If-Match.")
    with transaction() as session:
        return rulings.rule(
            session, g.caller, dispute_id, expected=expected.strip().strip('"'), **body
        )


@blp.post("/rulings/<uuid:ruling_id>/undo")
@allow("disputes:rule")
@blp.arguments(shapes.UndoRulingIn)
@blp.response(201, shapes.RuledOut)
def undo(body: dict[str, Any], ruling_id: uuid.UUID) -> rulings.Ruled:
    """Take back the ruling that stands on a task: what the engine says counts again."""
    with transaction() as session:
        return rulings.undo(session, g.caller, ruling_id, **body)
