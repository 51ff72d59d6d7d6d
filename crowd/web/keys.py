"""Keys of the API: who may call for the tenant."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from crowd.db import transaction
from crowd.errors import CrowdError
from crowd.schemas.fields import PageArgs
from crowd.schemas.keys import KeyFormIn, RotationIn
from crowd.services import keys
from crowd.services.tenants import SCOPES
from crowd.web import pages

blp = Blueprint("keys", __name__)


@blp.get("/keys")
@pages.requires("keys:read")
def index() -> ResponseReturnValue:
    """List the tenant's keys."""
    return _shown()


@blp.post("/keys")
@pages.requires("keys:write")
def create() -> ResponseReturnValue:
    """Make a key, and show its token this once."""
    try:
        given = pages.load(KeyFormIn)
        days = given.pop("days")
        end = None if days is None else datetime.now(UTC) + timedelta(days=days)
        with transaction() as session:
            key, token = keys.create(session, pages.caller(), expires_at=end, **given)
    except CrowdError as error:
        return _shown(error.status, refusal=error, given=request.form)
    return _shown(201, made=key, token=token)


@blp.post("/keys/<uuid:key_id>/rotate")
@pages.requires("keys:write")
def rotate(key_id: uuid.UUID) -> ResponseReturnValue:
    """Replace a key; the old one stays valid for a day."""
    grace = timedelta(seconds=pages.load(RotationIn)["grace_s"])
    with transaction() as session:
        key, token = keys.rotate(session, pages.caller(), key_id, grace=grace)
    return _shown(201, made=key, token=token)


@blp.post("/keys/<uuid:key_id>/revoke")
@pages.requires("keys:write")
def revoke(key_id: uuid.UUID) -> ResponseReturnValue:
    """End a key at once."""
    with transaction() as session:
        keys.revoke(session, pages.caller(), key_id)
    return pages.back("console.keys.index", "The key is revoked.")


def _shown(status: int = 200, **context: object) -> ResponseReturnValue:
    query = pages.load(PageArgs, request.args)
    with transaction() as session:
        page = keys.one_page_of(session, pages.caller(), **query)
        now = datetime.now(UTC)
        states = {key.id: keys.state(key, now) for key in page.items}
    scopes = [scope for scope in SCOPES[pages.caller().kind] if scope in pages.caller().scopes]
    return pages.page("keys.html", status, page=page, states=states, scopes=scopes, **context)
