"""Operations: what goes on in the background, from the request to the outcome."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, g

from crowd.api.auth import allow
from crowd.api.blueprint import Noun
from crowd.api.exports import attachment
from crowd.db import transaction
from crowd.schemas import operations as shapes
from crowd.schemas.fields import PageArgs
from crowd.schemas.operations import OperationOut, OperationPage, RejectedLinePage
from crowd.services import operations, previews, rejected_lines, spool
from crowd.services.paging import Page

blp = Noun("operations", __name__, description="What goes on in the background.")


@blp.get("/operations")
@allow("projects:read")
@blp.arguments(shapes.OperationListArgs, location="query")
@blp.response(200, OperationPage)
def list_operations(page: dict[str, Any]) -> Page:
    """List what goes on in the background for you, or did: the oldest first."""
    with transaction() as session:
        return operations.one_page_of(session, g.caller, **page)


@blp.get("/operations/<uuid:operation_id>")
@allow("projects:read")
@blp.response(200, OperationOut)
def read(operation_id: uuid.UUID) -> Any:
    """See how far an operation is. It is kept for a week after its end."""
    with transaction() as session:
        return operations.find(session, g.caller, operation_id)


@blp.delete("/operations/<uuid:operation_id>")
@allow("projects:write")
@blp.response(200, OperationOut)
def cancel(operation_id: uuid.UUID) -> Any:
    """Stop an operation that still goes on. What it has done stays."""
    with transaction() as session:
        return operations.cancel(session, g.caller, operation_id)


@blp.get("/operations/<uuid:operation_id>/preview")
@allow("tasks:write")
@blp.response(200, shapes.PreviewOut)
def preview(operation_id: uuid.UUID) -> Any:
    """Look at the first lines of an import that is held, and at what they would become."""
    with transaction() as session:
        return previews.read(session, g.caller, operation_id)


@blp.post("/operations/<uuid:operation_id>/start")
@allow("tasks:write")
@blp.arguments(shapes.ImportStartIn)
@blp.response(202, OperationOut)
def start(body: dict[str, Any], operation_id: uuid.UUID) -> Any:
    """Begin an import that is held, or go on with one that failed, from where it is."""
    with transaction() as session:
        return previews.start(session, g.caller, operation_id, **body)


@blp.get("/operations/<uuid:operation_id>/errors")
@allow("tasks:read")
@blp.arguments(PageArgs, location="query")
@blp.response(200, RejectedLinePage)
def list_rejected(page: dict[str, Any], operation_id: uuid.UUID) -> Page:
    """List every line an import, or annotator a bulk act, has left out, and what was wrong."""
    with transaction() as session:
        return rejected_lines.one_page_of(session, g.caller, operation_id, **page)


@blp.get("/operations/<uuid:operation_id>/file")
@allow("results:read")
@blp.response(200, content_type="application/x-ndjson")
def file(operation_id: uuid.UUID) -> Response:
    """Fetch an export's file, once its state is done."""
    with transaction() as session:
        found = operations.find_file(session, g.caller, operation_id)
    response = attachment(spool.stream(found.id), found.what or "", found.form or "")
    response.content_length = found.size
    return response
