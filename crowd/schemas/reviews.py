"""Verdicts on answers."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from crowd.schemas.fields import Body, one_of

COMMENT = validate.Length(min=1, max=1000)
SEEN = {"description": "the annotator's marketplace can read it"}


class AcceptanceIn(Body):
    comment = fields.String(load_default=None, allow_none=True, validate=COMMENT, metadata=SEEN)


class RejectionIn(AcceptanceIn):
    reason = fields.String(
        required=True, validate=one_of("wrong", "careless", "spam", "duplicate", "other")
    )


class ReviewOut(Schema):
    id = fields.UUID()
    answer_id = fields.UUID()
    number = fields.Integer(metadata={"description": "the highest stands"})
    verdict = fields.String(metadata={"enum": ["accepted", "rejected"]})
    reason = fields.String(allow_none=True)
    comment = fields.String(allow_none=True)
    by_time = fields.Boolean(metadata={"description": "nobody had reviewed it in time"})
    created_at = fields.AwareDateTime()


class ReviewListOut(Schema):
    items = fields.List(fields.Nested(ReviewOut))
