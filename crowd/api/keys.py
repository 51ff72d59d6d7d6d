"""A tenant's own keys."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from flask import g

from crowd.api.auth import allow
from crowd.api.blueprint import Noun
from crowd.db import transaction
from crowd.schemas import keys as shapes
from crowd.schemas.fields import PageArgs
from crowd.services import keys
from crowd.services.paging import Page

blp = Noun("keys", __name__, description="Who may call for you, and what they may do.")


@blp.get("/keys")
@allow("keys:read")
@blp.arguments(PageArgs, location="query")
@blp.response(200, shapes.KeyPage)
def list_keys(page: dict[str, Any]) -> Page:
    """List your keys, those that have ended too. A token is never shown again."""
    with transaction() as session:
        return keys.one_page_of(session, g.caller, **page)


@blp.post("/keys")
@allow("keys:write")
@blp.arguments(shapes.KeyIn)
@blp.response(201, shapes.NewKeyOut)
def create(body: dict[str, Any]) -> dict[str, Any]:
    """Make a key with some of your own scopes. Keep its token: it is shown this once."""
    with transaction() as session:
        return shown_once(*keys.create(session, g.caller, **body))


@blp.post("/keys/<uuid:key_id>/rotate")
@allow("keys:write")
@blp.arguments(shapes.RotationIn)
@blp.response(201, shapes.NewKeyOut)
def rotate(body: dict[str, Any], key_id: uuid.UUID) -> dict[str, Any]:
    """Replace a key. The old token stays valid for `grace_s` seconds, but makes no more keys."""
    with transaction() as session:
        grace = timedelta(seconds=body["grace_s"])
        return shown_once(*keys.rotate(session, g.caller, key_id, grace=grace))


@blp.delete("/keys/<uuid:key_id>")
@allow("keys:write")
@blp.response(204)
def revoke(key_id: uuid.UUID) -> None:
    """End a key at once."""
    with transaction() as session:
        keys.revoke(session, g.caller, key_id)


def shown_once(key: Any, token: str) -> dict[str, Any]:
    """Show a new key with its token, which a repeated Idempotency-Key must not show again."""
    g.setdefault("secrets", []).append(token)
    return {name: getattr(key, name) for name in shapes.KeyOut._declared_fields} | {"token": token}
