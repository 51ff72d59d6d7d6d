"""Predictions shown to annotators, and how these are moved by them."""

from __future__ import annotations

from marshmallow import Schema, fields


class PrelabelOut(Schema):
    label = fields.String()
    confidence = fields.Float(allow_none=True)


class ShareOut(Schema):
    count = fields.Integer()
    of = fields.Integer()
    share = fields.Float(allow_none=True)
    low = fields.Float(metadata={"description": "of the 95 % interval"})
    high = fields.Float()


class DifferenceOut(Schema):
    difference = fields.Float(allow_none=True)
    low = fields.Float(metadata={"description": "of the 95 % interval"})
    high = fields.Float()


class BiasOut(Schema):
    """Those who were shown a model's predictions beside those who were not."""

    model = fields.String()
    agreed_shown = fields.Nested(
        ShareOut, metadata={"description": "answers that agree with the prediction they saw"}
    )
    agreed_blind = fields.Nested(ShareOut)
    misled_shown = fields.Nested(
        ShareOut, metadata={"description": "the same, where the prediction turned out to be wrong"}
    )
    misled_blind = fields.Nested(ShareOut)
    bias = fields.Nested(
        DifferenceOut,
        metadata={"description": "how much more often a wrong label is given where it is shown"},
    )


class BiasListOut(Schema):
    items = fields.List(fields.Nested(BiasOut))
