"""Standards: qualifications that follow from skill."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from crowd.schemas.fields import NAME, Body, PageArgs, page_of

SHARE = validate.Range(0, 1, min_inclusive=False)
COUNT = validate.Range(0, 1_000_000)


class StandardIn(Body):
    """It is never changed: retire it and make another."""

    qualification = fields.String(required=True, validate=NAME)
    reach = fields.Float(
        required=True,
        validate=SHARE,
        metadata={
            "description": "gained once the lower end of the accuracy's 95 % interval is at least "
            "this"
        },
    )
    keep = fields.Float(
        load_default=None,
        allow_none=True,
        validate=SHARE,
        metadata={
            "description": "lost once the upper end of the interval is below this; null: `reach`"
        },
    )
    least_answers = fields.Integer(
        load_default=20,
        strict=True,
        validate=validate.Range(1, 1_000_000),
        metadata={"description": "answers that have to be seen before it is gained"},
    )
    least_gold = fields.Integer(
        load_default=0,
        strict=True,
        validate=COUNT,
        metadata={"description": "answers to gold that have to be among them"},
    )


class StandardOut(Schema):
    id = fields.UUID(attribute="standard.id")
    project_id = fields.UUID(attribute="standard.project_id")
    qualification = fields.String(attribute="standard.qualification")
    reach = fields.Float(attribute="standard.reach")
    keep = fields.Float(attribute="standard.keep")
    least_answers = fields.Integer(attribute="standard.least_answers")
    least_gold = fields.Integer(attribute="standard.least_gold")
    held_by = fields.Integer(
        metadata={"description": "annotators who hold the qualification by this standard"}
    )
    created_at = fields.AwareDateTime(attribute="standard.created_at")
    retired_at = fields.AwareDateTime(attribute="standard.retired_at", allow_none=True)


class StandardListArgs(PageArgs):
    retired = fields.Boolean(load_default=False)


StandardPage = page_of(StandardOut)
