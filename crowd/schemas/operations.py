"""Imports and exports in the background."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from crowd.schemas.fields import page_of


def _file(operation: Any) -> str | None:
    is_there = operation.kind == "export" and operation.state == "done"
    return f"/api/v1/operations/{operation.id}/file" if is_there else None


class OperationOut(Schema):
    id = fields.UUID()
    kind = fields.String(metadata={"enum": ["import", "export"]})
    project_id = fields.UUID()
    what = fields.String(
        allow_none=True, metadata={"description": "of an export: results, answers or predictions"}
    )
    format = fields.String(attribute="form")
    state = fields.String(metadata={"enum": ["queued", "running", "done", "failed", "cancelled"]})
    done = fields.Integer(
        metadata={"description": "bytes read of an import's file, lines written of an export's"}
    )
    total = fields.Integer(metadata={"description": "what `done` will be in the end"})
    received = fields.Integer()
    created = fields.Integer()
    rejected = fields.Integer(
        metadata={"description": "lines left out: `/operations/{id}/errors` names each"}
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
    field = fields.String()
    problem = fields.String()


OperationPage = page_of(OperationOut)
RejectedLinePage = page_of(RejectedLineOut)
