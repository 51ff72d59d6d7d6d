"""The log of who changed what."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from crowd.db import transaction
from crowd.schemas.audit import AuditArgs
from crowd.services import audit
from crowd.web import pages

blp = Blueprint("audit", __name__)


@blp.get("/audit")
@pages.requires("audit:read")
def index() -> ResponseReturnValue:
    """List what was changed, the newest first."""
    query = pages.load(AuditArgs, request.args)
    with transaction() as session:
        page = audit.one_page_of(session, pages.caller(), **query)
    filters = {name: query[name] for name in ("action", "subject_id", "key_id", "user_id")}
    return pages.page("audit.html", page=page, filters={k: v for k, v in filters.items() if v})
