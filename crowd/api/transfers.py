"""Transfers: the ledger, row by row."""

from __future__ import annotations

import uuid
from typing import Any

from flask import g

from crowd.api.auth import allow
from crowd.api.blueprint import Noun
from crowd.db import transaction
from crowd.schemas import transfers as shapes
from crowd.services import transfers
from crowd.services.paging import Page

blp = Noun("transfers", __name__, description="The ledger, row by row.")


@blp.get("/projects/<uuid:project_id>/transfers")
@allow("payments:read")
@blp.arguments(shapes.TransferListArgs, location="query")
@blp.response(200, shapes.TransferPage)
def list_transfers(page: dict[str, Any], project_id: uuid.UUID) -> Page:
    """List what has been moved in a project, the oldest first. For its requester."""
    with transaction() as session:
        return transfers.one_page_of(session, g.caller, project_id, **page)
