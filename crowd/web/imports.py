"""Bringing items in: a file or a few pasted lines, a look at them, then the import."""

from __future__ import annotations

import io
import uuid
from collections.abc import Mapping
from typing import IO, Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from crowd.api.exports import attachment
from crowd.db import transaction
from crowd.errors import Invalid, NotFound, TooLarge
from crowd.schemas.fields import PageArgs
from crowd.services import (
    operations,
    previews,
    project_templates,
    projects,
    rejected_lines,
    setups,
)
from crowd.services.project_templates import TEMPLATES
from crowd.web import pages

blp = Blueprint("imports", __name__)
#: By the ending of a file's name.
FORMS = {"csv": "csv", "ndjson": "ndjson", "jsonl": "ndjson", "json": "json"}
#: What a column of a CSV may become, beside a field of the payload.
BECOMES = (
    ("", "payload field"),
    ("external_id", "item's name"),
    ("gold", "known answer"),
    ("batch", "batch"),
    ("priority", "priority"),
)


@blp.get("/projects/<uuid:project_id>/imports")
@pages.requires("tasks:read")
def index(project_id: uuid.UUID) -> ResponseReturnValue:
    """Show what can be imported, and what has been of late."""
    return _shown(project_id)


@blp.post("/projects/<uuid:project_id>/imports")
@pages.requires("tasks:write")
def upload(project_id: uuid.UUID) -> ResponseReturnValue:
    """Take a file, or pasted lines, and hold it for a look."""
    try:
        form, file = _given()
        if form == "json":
            form, file = "ndjson", previews.lines_of_json(file)
        with file, transaction() as session:
            operation = operations.start_import(
                session, pages.caller(), project_id, form, file, hold=True
            )
    except (Invalid, TooLarge) as error:
        return _shown(project_id, error.status, refusal=error)
    return pages.back("console.imports.show", project_id=project_id, operation_id=operation.id)


@blp.get("/projects/<uuid:project_id>/imports/<uuid:operation_id>")
@pages.requires("tasks:read")
def show(project_id: uuid.UUID, operation_id: uuid.UUID) -> ResponseReturnValue:
    """Show an import: its first lines while it is held, how far it is, what was left out."""
    page = pages.load(PageArgs, request.args)
    caller = pages.caller()
    with transaction() as session:
        view = projects.find(session, caller, project_id)
        operation = _find(session, project_id, operation_id)
        shown: dict[str, Any] = {"project": view.project, "operation": operation, "view": view}
        if operation.state in ("held", "failed"):
            columns = _columns(request.args)
            looked = previews.read(session, caller, operation_id, columns=columns)
            shown |= {"preview": looked, "becomes": BECOMES, "columns": columns}
        rejected = rejected_lines.one_page_of(session, caller, operation_id, **page)
        return pages.page("import.html", rejected=rejected, **shown)


@blp.post("/projects/<uuid:project_id>/imports/<uuid:operation_id>/start")
@pages.requires("tasks:write")
def start(project_id: uuid.UUID, operation_id: uuid.UUID) -> ResponseReturnValue:
    """Import what was held, or go on with what failed."""
    with transaction() as session:
        _find(session, project_id, operation_id)
        columns = _columns(request.form)
        previews.start(session, pages.caller(), operation_id, columns=columns)
    return pages.back("console.imports.show", project_id=project_id, operation_id=operation_id)


@blp.post("/projects/<uuid:project_id>/imports/<uuid:operation_id>/cancel")
@pages.requires("tasks:write")
def cancel(project_id: uuid.UUID, operation_id: uuid.UUID) -> ResponseReturnValue:
    """Stop an import, or let go of a file that was held."""
    with transaction() as session:
        _find(session, project_id, operation_id)
        operations.cancel(session, pages.caller(), operation_id)
    return pages.back("console.imports.index", "It is stopped.", project_id=project_id)


@blp.get("/projects/<uuid:project_id>/imports/<uuid:operation_id>/rejected.csv")
@pages.requires("tasks:read")
def rejected(project_id: uuid.UUID, operation_id: uuid.UUID) -> ResponseReturnValue:
    """Download which lines were left out, and why."""
    with transaction() as session:
        _find(session, project_id, operation_id)
    return attachment(rejected_lines.as_csv(operation_id), "rejected", "csv")


@blp.post("/projects/<uuid:project_id>/samples")
@pages.requires("tasks:write")
def samples(project_id: uuid.UUID) -> ResponseReturnValue:
    """Import the ten items of a template."""
    template = request.form.get("template", "")
    with transaction() as session:
        report = project_templates.add_samples(session, pages.caller(), project_id, template)
    said = f"{report.created} sample items came in."
    return pages.back("console.imports.index", said, project_id=project_id)


def _shown(project_id: uuid.UUID, status: int = 200, **context: Any) -> ResponseReturnValue:
    caller = pages.caller()
    with transaction() as session:
        context |= {"view": projects.find(session, caller, project_id), "templates": TEMPLATES}
        context |= {"setup": setups.of(session, project_id), "project": context["view"].project}
        imports = operations.newest_of(session, caller, project_id, "import")
        return pages.page("imports.html", status, imports=imports, **context)


def _given() -> tuple[str, IO[bytes]]:
    """Tell what was handed in: the form of the file, and the file. Raises Invalid."""
    file = request.files.get("file")
    if file is not None and file.filename:
        form = FORMS.get(file.filename.rpartition(".")[2].lower())
        if form is None:
            raise Invalid(
                f"{file.filename} is no table of items: its name should end in {', '.join(FORMS)}."
            )
        return form, file.stream
    pasted = request.form.get("pasted", "").strip()
    if not pasted:
        raise Invalid("Choose a file, or paste some lines.")
    form = {"[": "json", "{": "ndjson"}.get(pasted[0], "csv")
    return form, io.BytesIO(pasted.replace("\r\n", "\n").encode())


def _columns(given: Mapping[str, str]) -> dict[str, str]:
    """Read what columns are to become: those that keep their name are left out."""
    columns = {}
    for key, becomes in given.items():
        kind, _, column = key.partition(":")
        if kind != "column":
            continue
        reserved = column in dict(BECOMES)
        name = becomes or (f"{column}_" if reserved else column)
        if name != column:
            columns[column] = name
    return columns


def _find(session: Any, project_id: uuid.UUID, operation_id: uuid.UUID) -> Any:
    operation = operations.find(session, pages.caller(), operation_id)
    if (operation.project_id, operation.kind) != (project_id, "import"):
        raise NotFound("The project has no such import.")
    return operation
