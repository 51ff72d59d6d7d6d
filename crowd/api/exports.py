"""Exports: results, answers or predictions as a file, streamed or written in the background."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from flask import Response, g

from crowd.api.auth import allow
from crowd.api.blueprint import Noun
from crowd.db import sessions, transaction
from crowd.schemas.operations import OperationOut
from crowd.schemas.results import ExportArgs
from crowd.services import exports, operations, projects

blp = Noun("exports", __name__, description="Machine-ready datasets.")

MIMETYPES = {"ndjson": "application/x-ndjson", "csv": "text/csv"}


@blp.get("/projects/<uuid:project_id>/export")
@allow("results:read")
@blp.arguments(ExportArgs, location="query")
@blp.response(200, content_type="application/x-ndjson")
def export(args: dict[str, Any], project_id: uuid.UUID) -> Response:
    """Take home one line a task, with label, confidence and posterior; one an answer; or one
    a model's prediction, with what became of its task.

    All is of one moment. An answer has its annotator's id, which tells nobody but the marketplace
    who that is. A connection too slow for a large project does better with `exports`.
    """
    with transaction() as session:
        projects.find(session, g.caller, project_id)
    return attachment(stream(project_id, **args), **args)


@blp.post("/projects/<uuid:project_id>/exports")
@allow("results:read")
@blp.arguments(ExportArgs)
@blp.response(202, OperationOut)
def start(args: dict[str, Any], project_id: uuid.UUID) -> tuple[Any, int, dict[str, str]]:
    """Have a file written in the background. The operation says when and where it can be fetched.

    All there was at the start is in it, once; what comes in meanwhile may be.
    """
    with transaction() as session:
        operation = operations.start_export(session, g.caller, project_id, **args)
    return operation, 202, {"Location": f"/api/v1/operations/{operation.id}"}


def attachment(pieces: Iterator[bytes], what: str, form: str) -> Response:
    """Make a response that a browser saves."""
    name = f'attachment; filename="{what}.{form}"'
    return Response(pieces, mimetype=MIMETYPES[form], headers={"Content-Disposition": name})


def stream(project_id: uuid.UUID, what: str, form: str) -> Iterator[bytes]:
    """Write an export piece by piece, in a session of its own."""
    yield exports.header(what, form)
    # the response outlives the view: the stream has a session of its own, for reading only
    with sessions() as session:
        yield from exports.lines(session, project_id, what, form)
