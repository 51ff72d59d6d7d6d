"""Marketplaces in figures; and, for the installation's owner, everybody there is."""

from __future__ import annotations

import uuid
from typing import Any

from flask import g

from crowd.api.auth import allow
from crowd.api.blueprint import Noun
from crowd.db import transaction
from crowd.schemas import marketplaces as shapes
from crowd.services import marketplaces, tenants

blp = Noun("marketplaces", __name__, description="Who answers for you, and how much.")


@blp.get("/marketplaces/<uuid:marketplace_id>")
@allow("projects:write")
@blp.response(200, shapes.MarketplaceFiguresOut)
def read(marketplace_id: uuid.UUID) -> Any:
    """Show what a marketplace does for your projects."""
    with transaction() as session:
        return marketplaces.find(session, g.caller, marketplace_id)


@blp.get("/tenants")
@allow("system:read")
@blp.response(200, shapes.TenantListOut)
def list_tenants() -> dict[str, Any]:
    """List the requesters and marketplaces of the installation."""
    with transaction() as session:
        return {"items": tenants.everyone(session)}


@blp.post("/tenants")
@allow("system:write")
@blp.arguments(shapes.TenantIn)
@blp.response(201, shapes.NewTenantOut)
def create(body: dict[str, Any]) -> dict[str, Any]:
    """Add a requester or a marketplace, with a first key. Keep its token: it is shown this once."""
    with transaction() as session:
        tenant, token = tenants.create_with_key(session, g.caller, **body)
        g.setdefault("secrets", []).append(token)
        known = {name: getattr(tenant, name) for name in shapes.TenantOut._declared_fields}
        return {**known, "token": token}
