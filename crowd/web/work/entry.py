"""Coming in by a link: from a marketplace's own page, from MTurk, from Prolific."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flask import Response, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from crowd.api.limits import Limits
from crowd.db import transaction
from crowd.errors import NotFound, Unauthenticated
from crowd.services import interfaces, link_previews, visits, work_links
from crowd.web.items import item_of
from crowd.web.work import doorkeeper
from crowd.web.work.blueprint import blp

#: What MTurk sends while nobody has accepted the HIT yet.
PREVIEW = "ASSIGNMENT_ID_NOT_AVAILABLE"
MAX_NAME = 200


@blp.get("/<token>")
def enter(token: str) -> ResponseReturnValue:
    """Let an annotator in, or show who has not accepted yet what there is to do."""
    limits: Limits = current_app.extensions["limits"]
    address = request.remote_addr or ""
    limits.admit_guest(f"door:{address}", address)
    try:
        with transaction() as session:
            link = work_links.opened(session, token)
            if link.source == "mturk" and request.args.get("assignmentId", PREVIEW) == PREVIEW:
                return _preview(session, link)
            visit, key = visits.arrive(session, link, **_named(link, request.args))
    except (NotFound, Unauthenticated):
        limits.turn_away(b"", address)
        raise
    response = redirect(url_for("work.show", visit_id=visit.id), 303)
    doorkeeper.let_in(response, visit.id, key, framed=link.source == "mturk")  # type: ignore[arg-type]
    return response


def _named(link: Any, given: Mapping[str, str]) -> dict[str, Any]:
    """Find out whom an address names. Raises Unauthenticated."""
    if link.annotator_id is not None:
        return {}
    if link.source == "mturk":
        submit_to = given.get("turkSubmitTo", "").rstrip("/")
        if submit_to not in current_app.config["MTURK_ORIGINS"]:
            raise Unauthenticated("This page is to be opened from MTurk.")
        reference = _name(given, "assignmentId")
        return {
            "annotator": _name(given, "workerId"), "reference": reference, "submit_to": submit_to
        }  # fmt: skip
    if link.source == "prolific":
        named = _name(given, "PROLIFIC_PID")
        return {"annotator": named, "reference": _name(given, "SESSION_ID")}
    named = _name(given, "annotator")
    until, signature = given.get("until", ""), given.get("signature", "")
    work_links.verify(link, named, until, signature, datetime.now(UTC))
    return {"annotator": named}


def _name(given: Mapping[str, str], field: str) -> str:
    name = given.get(field, "")
    if not 1 <= len(name) <= MAX_NAME or not name.isprintable():
        raise Unauthenticated(
            f"The address does not say who you are ({field}). Open it from where you found it."
        )
    return name


def _preview(session: Session, link: Any) -> Response:
    preview = link_previews.read(session, link)
    offer = preview.offer
    item = None if preview.payload is None else item_of(offer.interface, preview.payload)
    return doorkeeper.page(
        "work/preview.html",
        origins=item.origins if item else (),
        framed=True,
        item=item,
        offer=offer,
        choices=interfaces.choices(offer.interface, offer.labels),
        batch=link.batch,
    )
