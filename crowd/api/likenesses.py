"""Who answers like whom."""

from __future__ import annotations

import uuid
from typing import Any

from flask import g

from crowd.api.auth import allow
from crowd.api.blueprint import Noun
from crowd.db import transaction
from crowd.schemas import likenesses as shapes
from crowd.services import likenesses
from crowd.services.paging import Page

blp = Noun(
    "likenesses", __name__, description="Who answers so much like whom that it is no chance."
)


@blp.get("/projects/<uuid:project_id>/likenesses")
@allow("rules:read")
@blp.arguments(shapes.LikenessListArgs, location="query")
@blp.response(200, shapes.LikenessPage)
def list_likenesses(page: dict[str, Any], project_id: uuid.UUID) -> Page:
    """List who was found too much like another, by each fit that found it, the newest first.

    Which of the two has copied, answers do not tell.
    """
    with transaction() as session:
        return likenesses.one_page_of(session, g.caller, project_id, **page)
