"""What other rules would come to."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from crowd.schemas.fields import Body, Money
from crowd.schemas.prelabels import ShareOut
from crowd.schemas.track_records import WantedIn


class WhatIfIn(Body):
    """Rules that would be others; what is not named stays as it is."""

    overlap_min = fields.Integer(strict=True, validate=validate.Range(1, 100))
    overlap_max = fields.Integer(strict=True, validate=validate.Range(1, 100))
    target_confidence = fields.Float(
        validate=validate.Range(0.5, 1, min_inclusive=False, max_inclusive=False)
    )
    price = Money()
    wanted = fields.Nested(
        WantedIn, data_key="annotators", metadata={"description": "if these alone worked"}
    )


class EstimateOut(Schema):
    """What rules come to, for the whole project. Lists are [low, middle, high]."""

    overlap_min = fields.Integer()
    overlap_max = fields.Integer()
    target_confidence = fields.Float()
    price = fields.String(allow_none=True)
    annotators = fields.Integer()
    answers_a_task = fields.List(fields.Float(), metadata={"description": "95 % interval"})
    resolved = fields.Nested(ShareOut, metadata={"description": "tasks that get a label"})
    accuracy = fields.List(
        fields.Float(),
        allow_none=True,
        metadata={"description": "of these labels, as their posteriors have it; 95 % interval"},
    )
    on_gold = fields.Nested(
        ShareOut, allow_none=True, metadata={"description": "those of them to gold, held to it"}
    )
    imagined = fields.Float(
        metadata={"description": "share of the answers that are not there, but made up by a model"}
    )
    answers = fields.List(fields.Integer(), metadata={"description": "in all"})
    cost = fields.List(fields.String(), allow_none=True, metadata={"description": "in all"})
    finish_s = fields.List(
        fields.Float(allow_none=True),
        allow_none=True,
        metadata={"description": "seconds from then to the end; 80 % interval"},
    )


class WhatIfOut(Schema):
    tasks_replayed = fields.Integer()
    now = fields.Nested(EstimateOut, metadata={"description": "with the rules in force"})
    then = fields.Nested(EstimateOut, metadata={"description": "with those asked about"})
