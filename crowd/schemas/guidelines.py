"""Guidelines and their acceptance."""

from __future__ import annotations

from marshmallow import Schema, ValidationError, fields, validate, validates

from crowd.schemas.fields import NAME, Body


class GuidelineIn(Body):
    body = fields.String(
        required=True,
        validate=validate.Length(1, 200_000),
        metadata={"description": "Markdown; whoever shows it renders it as text of a stranger"},
    )

    @validates("body")
    def _says_something(self, body: str, data_key: str) -> None:
        if not body.strip():
            raise ValidationError("A guideline says something.")


class GuidelineOut(Schema):
    version = fields.Integer()
    body = fields.String()
    created_at = fields.AwareDateTime()


class GuidelineListOut(Schema):
    items = fields.List(fields.Nested(GuidelineOut))


class GuidelineAcceptanceIn(Body):
    annotator = fields.String(
        required=True, validate=NAME, metadata={"description": "its external_id"}
    )
    version = fields.Integer(
        required=True,
        strict=True,
        validate=validate.Range(1, 1_000_000_000),
        metadata={"description": "the version the annotator has read; another than the one in "
                  "force is 409"},
    )  # fmt: skip


class GuidelineAcceptanceOut(Schema):
    project_id = fields.UUID()
    annotator_id = fields.UUID()
    version = fields.Integer()
    created_at = fields.AwareDateTime()
