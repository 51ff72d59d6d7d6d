"""The log of who changed what."""

from __future__ import annotations

from typing import Any

from flask import g

from crowd.api.auth import allow
from crowd.api.blueprint import Noun
from crowd.db import transaction
from crowd.schemas import audit as shapes
from crowd.services import audit
from crowd.services.paging import Page

blp = Noun("audit", __name__, description="Who changed what, when and why.")


@blp.get("/audit")
@allow("audit:read")
@blp.arguments(shapes.AuditArgs, location="query")
@blp.response(200, shapes.AuditEntryPage)
def list_entries(asked: dict[str, Any]) -> Page:
    """List what was changed of yours, the newest first. Entries are never changed or removed."""
    with transaction() as session:
        return audit.one_page_of(session, g.caller, **asked)
