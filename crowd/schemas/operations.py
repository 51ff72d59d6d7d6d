"""What goes on in the background."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from crowd.schemas.fields import page_of
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
    state = fields.String(metadata={"enum": ["queued", "running", "done", "failed", "cancelled"]})
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


OperationPage = page_of(OperationOut)
RejectedLinePage = page_of(RejectedLineOut)
