"""Qualifications: whom a requester holds to be fit for what."""

from __future__ import annotations

import uuid
from typing import Any

from flask import g

from crowd.api.auth import allow
from crowd.api.blueprint import Noun
from crowd.db import transaction
from crowd.schemas import qualifications as shapes
from crowd.services import qualifications

blp = Noun("qualifications", __name__, description="What projects ask of annotators.")


@blp.put("/annotators/<uuid:annotator_id>/qualifications/<path:name>")
@allow("qualifications:write")
@blp.arguments(shapes.QualificationIn)
@blp.response(200, shapes.QualificationOut)
def grant(body: dict[str, Any], annotator_id: uuid.UUID, name: str) -> Any:
    """Hold an annotator to be qualified; a second time moves the end."""
    with transaction() as session:
        return qualifications.grant(session, g.caller, annotator_id, name, **body)


@blp.get("/annotators/<uuid:annotator_id>/qualifications")
@allow("qualifications:write")
@blp.response(200, shapes.QualificationListOut)
def list_qualifications(annotator_id: uuid.UUID) -> dict[str, Any]:
    """List the qualifications you have granted to an annotator."""
    with transaction() as session:
        return {"items": qualifications.of_annotator(session, g.caller, annotator_id)}


@blp.delete("/annotators/<uuid:annotator_id>/qualifications/<path:name>")
@allow("qualifications:write")
@blp.response(204)
def revoke(annotator_id: uuid.UUID, name: str) -> None:
    """Hold an annotator to be qualified no more."""
    with transaction() as session:
        qualifications.revoke(session, g.caller, annotator_id, name)
