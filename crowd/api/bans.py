"""Bans: annotators who get no work of a requester's at all."""

from __future__ import annotations

import uuid
from typing import Any

from flask import g

from crowd.api.auth import allow
from crowd.api.blueprint import Noun
from crowd.db import transaction
from crowd.schemas import bans as shapes
from crowd.schemas.fields import PageArgs
from crowd.services import bans
from crowd.services.paging import Page

blp = Noun("bans", __name__, description="Annotators who get no work of a requester's at all.")


@blp.post("/bans")
@allow("rules:write")
@blp.arguments(shapes.BanIn)
@blp.response(201, shapes.BanOut)
def impose(body: dict[str, Any]) -> Any:
    """Keep an annotator from all of your projects, also from those to come.

    What it holds in them is returned at once. Its answers stay, and count.
    """
    with transaction() as session:
        return bans.impose(session, g.caller, **body)


@blp.get("/bans")
@allow("rules:read")
@blp.arguments(shapes.BanListArgs, location="query")
@blp.response(200, shapes.BanPage)
def list_bans(page: dict[str, Any]) -> Page:
    """List your bans, the newest first; those that were lifted too."""
    with transaction() as session:
        return bans.one_page_of(session, g.caller, **page)


@blp.post("/bans/<uuid:ban_id>/lift")
@allow("rules:write")
@blp.arguments(shapes.LiftBanIn)
@blp.response(200, shapes.BanOut)
def lift(body: dict[str, Any], ban_id: uuid.UUID) -> Any:
    """Let an annotator work again, where nothing else keeps it from that."""
    with transaction() as session:
        return bans.lift(session, g.caller, ban_id, **body)


@blp.get("/annotators/<uuid:annotator_id>/bans")
@allow("annotators:read")
@blp.arguments(PageArgs, location="query")
@blp.response(200, shapes.OwnBanPage)
def of_annotator(page: dict[str, Any], annotator_id: uuid.UUID) -> Page:
    """List the bans of one of your annotators by requesters, the newest first."""
    with transaction() as session:
        return bans.page_of_annotator(session, g.caller, annotator_id, **page)
