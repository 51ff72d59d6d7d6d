"""Answers that are taken out of account."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from crowd.schemas.fields import Body, PageArgs, page_of


class ExclusionIn(Body):
    annotator_id = fields.UUID(required=True)
    reason = fields.String(
        required=True,
        validate=validate.Length(min=1, max=1000),
        metadata={"description": "why; kept with the exclusion and in the audit log"},
    )
    since = fields.AwareDateTime(
        load_default=None,
        metadata={"description": "only what was submitted from then on; all of it by default"},
    )


class ExclusionOut(Schema):
    id = fields.UUID()
    project_id = fields.UUID()
    annotator_id = fields.UUID()
    since = fields.AwareDateTime(allow_none=True)
    reason = fields.String()
    answers = fields.Integer(metadata={"description": "how many answers it took out"})
    withholds_pay = fields.Boolean(
        metadata={"description": "they are not paid for as long as they do not count"}
    )
    created_at = fields.AwareDateTime()
    lifted_at = fields.AwareDateTime(allow_none=True)


class OwnExclusionOut(Schema):
    """Answers that are not paid for, as the annotator's marketplace may know of them."""

    id = fields.UUID()
    project_id = fields.UUID()
    annotator_id = fields.UUID()
    answers = fields.Integer(metadata={"description": "how many answers are not paid for"})
    created_at = fields.AwareDateTime()
    lifted_at = fields.AwareDateTime(allow_none=True)


class ExclusionListArgs(PageArgs):
    annotator_id = fields.UUID(load_default=None)


ExclusionPage = page_of(ExclusionOut)
OwnExclusionPage = page_of(OwnExclusionOut)
