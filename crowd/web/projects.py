"""Projects: what is being asked, and how far it is."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from crowd.db import transaction
from crowd.services import projects
from crowd.web import pages

blp = Blueprint("projects", __name__)


@blp.get("/")
@pages.requires("projects:read")
def index() -> ResponseReturnValue:
    """List the tenant's projects."""
    with transaction() as session:
        page = projects.one_page_of(session, pages.caller(), after=None, limit=50)
        return pages.page("projects.html", projects=page)
