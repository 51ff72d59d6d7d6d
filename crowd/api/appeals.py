"""Appeals: what annotators contest, and what becomes of it."""

from __future__ import annotations

import uuid
from typing import Any

from flask import g

from crowd.api.auth import allow
from crowd.api.blueprint import Noun
from crowd.db import transaction
from crowd.schemas import appeals as shapes
from crowd.services import appeals
from crowd.services.paging import Page

blp = Noun("appeals", __name__, description="What annotators contest.")


@blp.post("/actions/<uuid:action_id>/appeals")
@allow("annotators:write")
@blp.arguments(shapes.AppealIn)
@blp.response(201, shapes.AppealOut)
def against_action(body: dict[str, Any], action_id: uuid.UUID) -> Any:
    """Contest what was done about one of your annotators, once, within 30 days."""
    with transaction() as session:
        return appeals.against_action(session, g.caller, action_id, **body)


@blp.post("/answers/<uuid:answer_id>/appeals")
@allow("annotators:write")
@blp.arguments(shapes.AppealIn)
@blp.response(201, shapes.AppealOut)
def against_judgement(body: dict[str, Any], answer_id: uuid.UUID) -> Any:
    """Contest how an answer was judged, once, within 30 days: a rejection, or a known answer."""
    with transaction() as session:
        return appeals.against_judgement(session, g.caller, answer_id, **body)


@blp.post("/bans/<uuid:ban_id>/appeals")
@allow("annotators:write")
@blp.arguments(shapes.AppealIn)
@blp.response(201, shapes.AppealOut)
def against_ban(body: dict[str, Any], ban_id: uuid.UUID) -> Any:
    """Contest the ban of one of your annotators, once, within 30 days."""
    with transaction() as session:
        return appeals.against_ban(session, g.caller, ban_id, **body)


@blp.post("/exclusions/<uuid:exclusion_id>/appeals")
@allow("annotators:write")
@blp.arguments(shapes.AppealIn)
@blp.response(201, shapes.AppealOut)
def against_exclusion(body: dict[str, Any], exclusion_id: uuid.UUID) -> Any:
    """Contest that answers of one of your annotators are not paid for, once, within 30 days."""
    with transaction() as session:
        return appeals.against_exclusion(session, g.caller, exclusion_id, **body)


@blp.get("/appeals")
@allow("annotators:read")
@blp.arguments(shapes.AppealListArgs, location="query")
@blp.response(200, shapes.AppealPage)
def own(page: dict[str, Any]) -> Page:
    """List the appeals of your annotators, the oldest first."""
    with transaction() as session:
        return appeals.own(session, g.caller, **page)


@blp.get("/projects/<uuid:project_id>/appeals")
@allow("rules:read")
@blp.arguments(shapes.AppealListArgs, location="query")
@blp.response(200, shapes.AppealPage)
def list_appeals(page: dict[str, Any], project_id: uuid.UUID) -> Page:
    """List the appeals in a project, the oldest first."""
    with transaction() as session:
        return appeals.one_page_of(session, g.caller, project_id, **page)


@blp.get("/bans/appeals")
@allow("rules:read")
@blp.arguments(shapes.AppealListArgs, location="query")
@blp.response(200, shapes.AppealPage)
def against_bans(page: dict[str, Any]) -> Page:
    """List the appeals against your bans, the oldest first."""
    with transaction() as session:
        return appeals.against_bans_of(session, g.caller, **page)


@blp.post("/appeals/<uuid:appeal_id>/ruling")
@allow("rules:write")
@blp.arguments(shapes.AppealRulingIn)
@blp.response(200, shapes.AppealOut)
def rule(body: dict[str, Any], appeal_id: uuid.UUID) -> Any:
    """Rule on an appeal, once. Overturned, what it is against is taken back in the same commit."""
    with transaction() as session:
        return appeals.rule(session, g.caller, appeal_id, **body)
