"""Examples that annotators learn from."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from crowd.schemas.fields import ANSWER, Body, page_of


class ExampleIn(Body):
    """An item, or a closed task, with what is right and why."""

    payload = fields.Dict(
        load_default=None, metadata={"description": "an item of your own; or `task_id`"}
    )
    task_id = fields.UUID(
        load_default=None, metadata={"description": "a closed task that is no gold; or `payload`"}
    )
    label = fields.String(required=True, validate=ANSWER, metadata={"description": "what is right"})
    confused_with = fields.String(
        load_default=None,
        allow_none=True,
        validate=ANSWER,
        metadata={"description": "what it is taken for; null: anything else"},
    )
    explanation = fields.String(
        required=True,
        validate=validate.Length(1, 5000),
        metadata={"description": "why it is so; annotators read it"},
    )

    @validates_schema
    def _shows_one_thing(self, body: dict[str, Any], **kwargs: Any) -> None:
        if (body.get("payload") is None) == (body.get("task_id") is None):
            raise ValidationError("Give a payload or a task_id.", "payload")


class ExampleOut(Schema):
    id = fields.UUID()
    project_id = fields.UUID()
    payload = fields.Dict(allow_none=True)
    task_id = fields.UUID(allow_none=True)
    label = fields.String()
    confused_with = fields.String(allow_none=True)
    explanation = fields.String()
    created_at = fields.AwareDateTime()


ExamplePage = page_of(ExampleOut)
