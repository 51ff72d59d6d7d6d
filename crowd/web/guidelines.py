"""Guidelines: every version, what it changed, and writing the next one."""

from __future__ import annotations

import difflib
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from crowd.db import transaction
from crowd.errors import Invalid, NotFound
from crowd.schemas.guidelines import GuidelineIn
from crowd.services import guidelines, projects
from crowd.web import pages

blp = Blueprint("guidelines", __name__)
#: How a line of a difference begins, and what that makes of it.
KINDS = {"+ ": "added", "- ": "removed", "  ": "kept"}


@blp.get("/projects/<uuid:project_id>/guidelines")
@pages.requires("projects:read")
def index(project_id: uuid.UUID) -> ResponseReturnValue:
    """Show the newest version, or the one asked for, and what it changed."""
    asked = request.args.get("version", "")
    with transaction() as session:
        view = projects.find(session, pages.caller(), project_id)
        versions = guidelines.versions(session, pages.caller(), project_id)
        shown = _chosen(versions, asked)
        before = next((one for one in versions if shown and one.version < shown.version), None)
        return pages.page(
            "guidelines.html",
            view=view,
            project=view.project,
            versions=versions,
            shown=shown,
            before=before,
            changed=list(_changes(before.body, shown.body)) if before and shown else (),
        )


@blp.get("/projects/<uuid:project_id>/guidelines/new")
@pages.requires("projects:write")
def write(project_id: uuid.UUID) -> ResponseReturnValue:
    """Show the newest version to be written anew."""
    return _form(project_id, None)


@blp.post("/projects/<uuid:project_id>/guidelines")
@pages.requires("projects:write")
def add(project_id: uuid.UUID) -> ResponseReturnValue:
    """Keep the next version, and put it in force where that is wished."""
    try:
        body = pages.load(GuidelineIn, request.form)
        with transaction() as session:
            added = guidelines.add(session, pages.caller(), project_id, **body)
            if request.form.get("in_force") == "true":
                _put_in_force(session, project_id, added.version)
    except Invalid as error:
        return _form(project_id, error)
    return pages.back("console.guidelines.index", "It is kept.", project_id=project_id)


@blp.post("/projects/<uuid:project_id>/guidelines/<int:version>/in-force")
@pages.requires("projects:write")
def put_in_force(project_id: uuid.UUID, version: int) -> ResponseReturnValue:
    """Have annotators read this version from now on."""
    with transaction() as session:
        _put_in_force(session, project_id, version)
    said = f"Version {version} is in force."
    return pages.back("console.guidelines.index", said, project_id=project_id)


def _put_in_force(session: Any, project_id: uuid.UUID, version: int) -> None:
    view = projects.find(session, pages.caller(), project_id)
    projects.change(
        session, pages.caller(), project_id, expected=view.version_tag, guideline=version
    )


def _form(project_id: uuid.UUID, error: Invalid | None) -> ResponseReturnValue:
    with transaction() as session:
        view = projects.find(session, pages.caller(), project_id)
        versions = guidelines.versions(session, pages.caller(), project_id)
        newest = versions[0].body if versions else ""
        return pages.page(
            "guideline.html",
            200 if error is None else error.status,
            project=view.project,
            values={"body": request.form.get("body", newest)},
            errors=error.errors if error else {},
            number=versions[0].version + 1 if versions else 1,
        )


def _chosen(versions: Sequence[Any], asked: str) -> Any:
    if not asked:
        return versions[0] if versions else None
    for one in versions:
        if str(one.version) == asked:
            return one
    raise NotFound("The project has no such version of its guideline.")


def _changes(before: str, after: str) -> Iterator[tuple[str, str]]:
    """Tell of each line whether it was added, removed or kept."""
    for line in difflib.ndiff(before.splitlines(), after.splitlines()):
        if (kind := KINDS.get(line[:2])) is not None:
            yield kind, line[2:]
