"""Forecasts: how far projects are, how fast they go, when they end and what that costs."""

from __future__ import annotations

import uuid
from typing import Any

from flask import g

from crowd.api.auth import allow
from crowd.api.blueprint import Noun
from crowd.db import transaction
from crowd.schemas import forecasts as shapes
from crowd.schemas.fields import PageArgs
from crowd.schemas.operations import OperationOut
from crowd.schemas.what_ifs import WhatIfIn
from crowd.services import forecasts, progress, what_ifs
from crowd.services.paging import Page
from crowd.services.track_records import Wanted

blp = Noun("forecasts", __name__, description="How projects go, and how they will go on.")


@blp.get("/forecasts")
@allow("results:read")
@blp.arguments(PageArgs, location="query")
@blp.response(200, shapes.OutlookPage)
def list_forecasts(page: dict[str, Any]) -> Page:
    """List your projects with how far they are and what is to be expected of them."""
    with transaction() as session:
        found = forecasts.one_page_of(session, g.caller, **page)
    return Page([one.told() for one in found.items], found.next_after)


@blp.get("/projects/<uuid:project_id>/forecast")
@allow("results:read")
@blp.response(200, shapes.OutlookOut)
def read(project_id: uuid.UUID) -> dict[str, Any]:
    """Read how far a project is, when it will end, what that costs, and what is in the way.

    Counts, and money that was spent, are of this moment; what is to come was forecast at `made_at`.
    """
    with transaction() as session:
        return forecasts.read(session, g.caller, project_id).told()


@blp.get("/projects/<uuid:project_id>/pace")
@allow("results:read")
@blp.arguments(shapes.PaceArgs, location="query")
@blp.response(200, shapes.PacesOut)
def pace(asked: dict[str, Any], project_id: uuid.UUID) -> dict[str, Any]:
    """Read how many answers came in, by ten minutes, hours or days: the newest thousand.

    Stretches without answers are left out. As of the last seconds.
    """
    with transaction() as session:
        return {"items": progress.series(session, g.caller, project_id, **asked)}


@blp.post("/projects/<uuid:project_id>/what-ifs")
@allow("results:read")
@blp.arguments(WhatIfIn)
@blp.response(202, OperationOut)
def ask(body: dict[str, Any], project_id: uuid.UUID) -> tuple[Any, int, dict[str, str]]:
    """Ask what other rules, or other annotators, would cost and come to, by your own answers.

    The answer is the operation's `result`, once it is done. The same question about the same
    answers is not computed again.
    """
    wanted = body.pop("wanted", None)
    with transaction() as session:
        operation = what_ifs.start(
            session, g.caller, project_id, wanted=wanted and Wanted(**wanted), **body
        )
    return operation, 202, {"Location": f"/api/v1/operations/{operation.id}"}
