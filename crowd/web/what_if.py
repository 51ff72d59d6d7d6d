"""What other rules would come to: asked, and compared with how it is."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from crowd.db import transaction
from crowd.errors import CrowdError
from crowd.schemas.track_records import WantedIn
from crowd.schemas.what_ifs import WhatIfIn
from crowd.services import operations, pools, projects, tenants, what_ifs
from crowd.services.track_records import Wanted
from crowd.web import pages

blp = Blueprint("what_if", __name__)


@blp.get("/projects/<uuid:project_id>/what-if")
@pages.requires("results:read")
def index(project_id: uuid.UUID) -> ResponseReturnValue:
    """Offer a question, and show the answers to those asked before."""
    return _shown(project_id)


@blp.post("/projects/<uuid:project_id>/what-if")
@pages.requires("results:read")
def ask(project_id: uuid.UUID) -> ResponseReturnValue:
    """Ask what other rules would come to."""
    try:
        rules = pages.load(WhatIfIn, request.form)
        people = {k: v for k, v in pages.load(WantedIn, request.form).items() if v is not None}
        with transaction() as session:
            asked = what_ifs.start(
                session,
                pages.caller(),
                project_id,
                wanted=Wanted(**people) if people else None,
                **rules,
            ).id
    except CrowdError as error:
        return _shown(project_id, error.status, refusal=error)
    return pages.back("console.what_if.index", project_id=project_id, asked=asked)


def _shown(project_id: uuid.UUID, status: int = 200, **context: Any) -> ResponseReturnValue:
    asked = request.args.get("asked", type=uuid.UUID)
    with transaction() as session:
        caller = pages.caller()
        view = projects.find(session, caller, project_id)
        one = operations.find(session, caller, asked) if asked else None
        before = what_ifs.newest(session, caller, project_id)
        mine = pools.one_page_of(session, caller, after=None, limit=200).items
        others = tenants.everyone(session, "marketplace", sandbox_of=caller.sandbox_of)
    lists = {
        "pools": [("", "everybody"), *((str(each.id), each.name) for each in mine)],
        "marketplaces": [("", "all"), *((str(each.id), each.name) for each in others)],
    }
    context |= {"project": view.project, "config": view.config, **lists}
    return pages.page("what_if.html", status, one=one, before=before, given=request.form, **context)
