"""Files of tasks."""

from __future__ import annotations

import uuid
from typing import IO, Any

from flask import Response, g, jsonify, request

from crowd.api.auth import allow
from crowd.api.blueprint import Noun
from crowd.api.bodies import body_file
from crowd.db import transaction
from crowd.errors import Invalid, UnsupportedMediaType
from crowd.schemas.operations import ImportArgs, OperationOut
from crowd.schemas.tasks import ImportOut
from crowd.services import imports, operations, previews
from crowd.services.imports import ImportReport
from crowd.services.task_lines import BadLine, TaskFile

blp = Noun("imports", __name__, description="Tasks in bulk.")

FORMS = {
    "application/x-ndjson": "ndjson",
    "application/jsonl": "ndjson",
    "text/csv": "csv",
    "application/json": "json",
}


@blp.post("/projects/<uuid:project_id>/imports")
@allow("tasks:write")
@blp.doc(
    requestBody={
        "required": True,
        "content": {kind: {"schema": {"type": "string"}} for kind in FORMS},
    },
    parameters=[
        {
            "in": "header",
            "name": "Prefer",
            "description": "`respond-async`: take the file now, import it in the background.",
            "schema": {"type": "string"},
        }
    ],
)
@blp.arguments(ImportArgs, location="query")
@blp.alt_response(202, schema=OperationOut, description="Imported in the background.")
@blp.response(200, ImportOut)
def create(args: dict[str, Any], project_id: uuid.UUID) -> ImportReport | Response:
    """Add the tasks of an NDJSON, CSV or JSON file. Good lines are kept, each bad one is reported.

    A line has `external_id`, `payload`, and perhaps `priority`, `batch` and `gold`. In CSV, every
    column without such a name is a field of the payload. All is stored in one step at the end: an
    upload that breaks off has changed nothing, and sending a file twice adds nothing.

    With `Prefer: respond-async` the answer is an operation, under `Location`, and the tasks come in
    part by part. Better for files of more than some 100 MB. A JSON document, an array of tasks, is
    read at once: it may have 32 MB.
    """
    form = FORMS.get(request.mimetype)
    if form is None:
        raise UnsupportedMediaType(f"Send a file as one of: {', '.join(FORMS)}.")
    file = body_file()
    if form == "json":
        form, file = "ndjson", previews.lines_of_json(file)
    if args["hold"] or _wants_operation():
        return _start(project_id, form, file, hold=args["hold"])
    lines = TaskFile(file, form)
    with transaction() as session:
        try:
            return imports.import_tasks(session, g.caller, project_id, lines)
        except BadLine as problem:
            raise Invalid(problem.problem, errors={problem.field: [problem.problem]}) from None


def _wants_operation() -> bool:
    """Tell whether the client prefers not to wait (RFC 7240)."""
    preferred = ",".join(request.headers.getlist("Prefer")).split(",")
    return any(p.partition(";")[0].strip().lower() == "respond-async" for p in preferred)


def _start(project_id: uuid.UUID, form: str, file: IO[bytes], *, hold: bool) -> Response:
    with transaction() as session:
        operation = operations.start_import(session, g.caller, project_id, form, file, hold=hold)
    response = jsonify(OperationOut().dump(operation))
    response.status_code = 202
    response.headers["Location"] = f"/api/v1/operations/{operation.id}"
    response.headers["Preference-Applied"] = "respond-async"
    return response
