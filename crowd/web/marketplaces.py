"""Marketplaces: who answers for the requester; for the installation's owner, new ones."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from crowd.db import transaction
from crowd.errors import CrowdError
from crowd.schemas.marketplaces import TenantIn
from crowd.services import marketplaces, tenants
from crowd.web import pages

blp = Blueprint("marketplaces", __name__)


@blp.get("/marketplaces")
@pages.requires("projects:write")
def index() -> ResponseReturnValue:
    """List the marketplaces there are."""
    return _shown()


@blp.get("/marketplaces/<uuid:marketplace_id>")
@pages.requires("projects:write")
def show(marketplace_id: uuid.UUID) -> ResponseReturnValue:
    """Show what one does for each project."""
    with transaction() as session:
        found = marketplaces.find(session, pages.caller(), marketplace_id)
    return pages.page("marketplace.html", marketplace=found)


@blp.post("/marketplaces")
@pages.requires("system:write")
def create() -> ResponseReturnValue:
    """Add a requester or a marketplace, and show the token of its first key."""
    try:
        given = pages.load(TenantIn)
        with transaction() as session:
            made, token = tenants.create_with_key(session, pages.caller(), **given)
    except CrowdError as error:
        return _shown(error.status, refusal=error, given=request.form)
    return _shown(201, made=made, token=token)


def _shown(status: int = 200, **context: Any) -> ResponseReturnValue:
    with transaction() as session:
        found = marketplaces.everyone(session, pages.caller())
    return pages.page("marketplaces.html", status, marketplaces=found, **context)
