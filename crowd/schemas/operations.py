"""What goes on in the background."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from crowd.schemas.fields import NAME, Body, Json, PageArgs, page_of
from crowd.schemas.what_ifs import WhatIfOut


def _file(operation: Any) -> str | None:
    is_there = operation.kind == "export" and operation.state == "done"
    return f"/api/v1/operations/{operation.id}/file" if is_there else None


class OperationOut(Schema):
    id = fields.UUID()
    kind = fields.String(metadata={"enum": ["import", "export", "act", "what_if"]})
    project_id = fields.UUID()
    what = fields.String(
        allow_none=True, metadata={"description": "of an export: results, answers or predictions"}
    )
    format = fields.String(attribute="form", allow_none=True)
    state = fields.String(
        metadata={"enum": ["held", "queued", "running", "done", "failed", "cancelled"]}
    )
    done = fields.Integer(
        metadata={
            "description": "bytes read of an import, lines written of an export, annotators so far"
        }
    )
    total = fields.Integer(metadata={"description": "what `done` will be in the end"})
    received = fields.Integer()
    created = fields.Integer()
    rejected = fields.Integer(
        metadata={
            "description": "lines, or annotators, left out: `/operations/{id}/errors` names each"
        }
    )
    act = fields.Function(
        lambda operation: (operation.request or {}).get("act"),
        metadata={"type": ["string", "null"], "description": "of an act: what is done"},
    )
    result = fields.Nested(
        WhatIfOut, allow_none=True, metadata={"description": "of a what-if, once it is done"}
    )
    error = fields.String(allow_none=True, metadata={"description": "why it failed"})
    file = fields.Function(
        _file,
        metadata={"type": ["string", "null"], "description": "where an export's file is fetched"},
    )
    created_at = fields.AwareDateTime()
    started_at = fields.AwareDateTime(allow_none=True)
    finished_at = fields.AwareDateTime(allow_none=True)


class RejectedLineOut(Schema):
    line = fields.Integer()
    field = fields.String(metadata={"description": "of a bulk act: the annotator's id"})
    problem = fields.String()


class ImportArgs(Body):
    hold = fields.Boolean(
        load_default=False,
        metadata={
            "description": "keep the file, and import it once its first lines have been looked at: "
            "see `/operations/{id}/preview` and `/operations/{id}/start`"
        },
    )


class PreviewLineOut(Schema):
    """A task as a line would become it, or what is wrong with the line."""

    line = fields.Function(
        lambda one: getattr(one, "number", None) or one.line, metadata={"type": "integer"}
    )
    external_id = fields.String()
    payload = Json(metadata={"type": "object"})
    priority = fields.Integer()
    batch = fields.String(allow_none=True)
    gold = fields.String(allow_none=True)
    field = fields.String()
    problem = fields.String()


class PreviewOut(Schema):
    """The first lines of a file that waits."""

    columns = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        metadata={"description": "of a CSV: what each column becomes"},
    )
    lines = fields.List(fields.Nested(PreviewLineOut))
    problem = fields.String(
        allow_none=True, metadata={"description": "why nothing can come in as it is; null: it can"}
    )


class ImportStartIn(Body):
    columns = fields.Dict(
        keys=fields.String(validate=NAME),
        values=fields.String(validate=NAME),
        load_default=dict,
        metadata={
            "description": 'other names for columns of a CSV, as `{"id": "external_id"}`: what '
            "they become of a task, or of its payload"
        },
    )


class OperationListArgs(PageArgs):
    project_id = fields.UUID(load_default=None, metadata={"description": "only of this project"})


OperationPage = page_of(OperationOut)
RejectedLinePage = page_of(RejectedLineOut)
