"""A visitor's own work: how it does, what it earns, what it objects to."""

from __future__ import annotations

import uuid

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from crowd.db import transaction
from crowd.errors import Invalid, NotFound
from crowd.services import own_work
from crowd.web.work import doorkeeper
from crowd.web.work.blueprint import blp

MAX_OBJECTION = 2000


@blp.get("/v/<uuid:visit_id>/me")
def own(visit_id: uuid.UUID) -> Response:
    """Show a visitor its own work."""
    guest = doorkeeper.check(visit_id)
    with transaction() as session:
        found = own_work.read(session, guest)
    return doorkeeper.page("work/own.html", own=found, said=request.args.get("said"))


@blp.post("/v/<uuid:visit_id>/objections")
def object_to(visit_id: uuid.UUID) -> ResponseReturnValue:
    """Take an objection in, once for each action and answer.

    Raises NotFound, Invalid, Conflict.
    """
    guest = doorkeeper.check(visit_id)
    comment = request.form.get("comment", "").replace("\0", "").strip()[:MAX_OBJECTION]
    if not comment:
        raise Invalid("Please write why you object.")
    try:
        subject = uuid.UUID(request.form.get("subject", ""))
    except ValueError:
        raise NotFound("There is nothing like that to object to.") from None
    with transaction() as session:
        kind = request.form.get("kind", "")
        own_work.object_to(session, guest, kind, subject, comment=comment)
    return redirect(url_for("work.own", visit_id=visit_id, said="objected"), 303)
