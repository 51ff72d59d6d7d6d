"""Links to the annotation page."""

from __future__ import annotations

import uuid
from typing import Any

from flask import g, request

from crowd.api.auth import allow
from crowd.api.blueprint import Noun
from crowd.db import transaction
from crowd.schemas import work_links as shapes
from crowd.schemas.fields import PageArgs
from crowd.services import visits, work_links
from crowd.services.paging import Page

blp = Noun("work-links", __name__, description="Ways in to the annotation page.")


@blp.post("/work-links")
@allow("links:write")
@blp.arguments(shapes.WorkLinkIn)
@blp.response(201, shapes.NewWorkLinkOut)
def create(body: dict[str, Any]) -> dict[str, Any]:
    """Make a link by which your annotators work on a project in their browsers.

    `url` and `secret` are shown this once.
    """
    with transaction() as session:
        made = work_links.create(session, g.caller, **body)
    url = f"{request.host_url}work/{made.token}"
    g.setdefault("secrets", []).extend(filter(None, (url, made.secret)))
    return {"link": made.link, "url": url, "secret": made.secret}


@blp.get("/work-links")
@allow("links:read")
@blp.arguments(shapes.WorkLinkListArgs, location="query")
@blp.response(200, shapes.WorkLinkPage)
def list_links(page: dict[str, Any]) -> Page:
    """List your links, the newest first; those that are over too."""
    with transaction() as session:
        return work_links.one_page_of(session, g.caller, **page)


@blp.delete("/work-links/<uuid:link_id>")
@allow("links:write")
@blp.response(204)
def revoke(link_id: uuid.UUID) -> None:
    """End a link and the visits by it, at once. Answers that were given stay."""
    with transaction() as session:
        work_links.revoke(session, g.caller, link_id)


@blp.get("/work-links/<uuid:link_id>/visits")
@allow("links:read")
@blp.arguments(PageArgs, location="query")
@blp.response(200, shapes.VisitPage)
def list_visits(page: dict[str, Any], link_id: uuid.UUID) -> Page:
    """List the visits by one of your links, the newest first."""
    with transaction() as session:
        found = visits.one_page_of(session, g.caller, link_id, **page)
    items = [
        {**{name: getattr(visit, name, None) for name in shapes.VisitOut().fields}, "answers": n}
        for visit, n in found.items
    ]
    return Page(items, found.next_after)
