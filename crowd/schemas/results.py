"""Labels, how sure they are and why."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from crowd.schemas.fields import Body, PageArgs, one_of, page_of

STATES = ("open", "resolved", "disputed")


class VersionOut(Schema):
    """One decision of the engine about a task."""

    version = fields.Integer()
    state = fields.String()
    label = fields.String(allow_none=True)
    confidence = fields.Float()
    posterior = fields.Dict(keys=fields.String(), values=fields.Float())
    answers_seen = fields.Integer()
    reason = fields.String()
    models = fields.Dict(
        allow_none=True,
        metadata={
            "description": "what models said (`predictions`) and what people alone would have come "
            "to (`people`); null: no model had a say"
        },
    )
    ruling_id = fields.UUID(
        allow_none=True,
        metadata={"description": "the ruling that it is; null: the engine's own decision"},
    )
    run_number = fields.Integer()
    config_version = fields.Integer()
    created_at = fields.AwareDateTime()


class ResultOut(Schema):
    """The newest decision about a task. Gold has its known label, and the crowd's beside it.

    Where a ruling stands, the posterior beside it is still the crowd's. Without a label: no label
    is right.
    """

    task_id = fields.UUID(attribute="task.id")
    external_id = fields.String(attribute="task.external_id")
    state = fields.String(attribute="task.state")
    label = fields.Function(lambda row: row.gold or row.result.label, metadata={"type": "string"})
    confidence = fields.Function(
        lambda row: 1.0 if row.gold else row.result.confidence, metadata={"type": "number"}
    )
    source = fields.Function(lambda row: _source(row), metadata={"type": "string"})
    consensus = fields.Nested(VersionOut, attribute="result")


def _source(row: Any) -> str:
    if row.gold:
        return "gold"
    return "consensus" if row.result.ruling_id is None else "ruling"


class ResultListArgs(PageArgs):
    state = fields.String(load_default=None, validate=one_of(*STATES))


class VersionListOut(Schema):
    items = fields.List(fields.Nested(VersionOut))


class ExportArgs(Body):
    what = fields.String(
        load_default="results",
        validate=one_of("results", "answers", "predictions"),
        metadata={"description": "a line for each task, each answer, or each model's prediction"},
    )
    format = fields.String(
        attribute="form", load_default="ndjson", validate=one_of("ndjson", "csv")
    )


ResultPage = page_of(ResultOut)
