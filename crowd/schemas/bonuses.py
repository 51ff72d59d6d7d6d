"""What is paid beside the price."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from crowd.schemas.fields import CURRENCY, NAME, Body, Money, above_nothing, payable


class BonusIn(Body):
    annotator_id = fields.UUID(required=True)
    amount = Money(required=True, validate=[above_nothing, payable])
    currency = fields.String(
        required=True, validate=CURRENCY, metadata={"description": "the project's"}
    )
    reason = fields.String(required=True, validate=validate.Length(min=1, max=1000))
    key = fields.String(
        required=True,
        validate=NAME,
        metadata={"description": "your own name for it: what is sent twice is paid once"},
    )


class BonusOut(Schema):
    id = fields.UUID()
    project_id = fields.UUID()
    annotator_id = fields.UUID()
    amount = Money()
    currency = fields.String()
    reason = fields.String()
    key = fields.String()
    created_at = fields.AwareDateTime()
