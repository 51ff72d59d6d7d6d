"""How far projects are, how fast they go, and what is to be expected of them."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validates_schema

from crowd.schemas.fields import Money, one_of, page_of

BOUNDS = "[10 %, 50 %, 90 %]: an 80 % interval around the middle"


class CountsOut(Schema):
    """Tasks by state, as of this moment; gold stands apart."""

    tasks = fields.Integer(metadata={"description": "all but gold"})
    open = fields.Integer()
    resolved = fields.Integer()
    disputed = fields.Integer()
    gold = fields.Integer()
    done = fields.Float(metadata={"description": "share of the tasks that are resolved"})


class ObstacleOut(Schema):
    """Something that keeps tasks from going on."""

    reason = fields.String()
    tasks = fields.Integer(metadata={"description": "tasks it holds up"})
    annotators = fields.Integer(allow_none=True)
    advice = fields.String(metadata={"description": "what to do about it"})


class SpentOut(Schema):
    """What one marketplace's annotators have done; exact, as of this moment."""

    marketplace_id = fields.UUID()
    marketplace = fields.String()
    annotators = fields.Integer()
    answers = fields.Integer()
    leased = fields.Integer()
    held = Money()
    spent = Money()


class OutlookCostOut(Schema):
    """What a project has cost, exactly, and what it is expected to cost yet."""

    currency = fields.String()
    held = Money()
    spent = Money(metadata={"description": "earned and not reversed, and bonuses"})
    per_label = Money(allow_none=True, metadata={"description": "null: there are no labels yet"})
    left = fields.List(
        Money(), allow_none=True, metadata={"description": f"forecast, to finish: {BOUNDS}"}
    )
    budget = Money(allow_none=True)
    is_within_budget = fields.Boolean(
        allow_none=True,
        metadata={"description": "even the upper bound is; null: no budget, or no forecast"},
    )


class OutlookOut(Schema):
    project_id = fields.UUID(required=True)
    name = fields.String(required=True)
    state = fields.String(required=True)
    counts = fields.Nested(CountsOut, required=True)
    made_at = fields.AwareDateTime(
        allow_none=True,
        metadata={"description": "when the forecast was made: all but `counts` and exact money"},
    )
    answers = fields.Integer(metadata={"description": "handed in, gold among them"})
    leased = fields.Integer()
    annotators = fields.Integer(metadata={"description": "who have taken part"})
    at_work = fields.Integer(metadata={"description": "who answered in the last 15 minutes"})
    median_s = fields.Float(metadata={"description": "seconds an answer takes, in the last hour"})
    per_hour = fields.Float(metadata={"description": "answers in the last hour"})
    per_hour_before = fields.Float(
        allow_none=True, metadata={"description": "on average in the 24 hours before that"}
    )
    needed = fields.List(
        fields.Integer(), allow_none=True, metadata={"description": f"answers yet: {BOUNDS}"}
    )
    finish = fields.List(
        fields.AwareDateTime(allow_none=True),
        allow_none=True,
        metadata={
            "description": f"{BOUNDS}; null within it: later than in a year. Null: see `why_none`"
        },
    )
    why_none = fields.String(
        allow_none=True,
        metadata={
            "description": "`done`, `not_running`, `nothing_comes` (for a day), `too_soon`, or "
            "`not_made_yet`"
        },
    )
    is_early = fields.Boolean(
        metadata={"description": "days and nights are not known yet: trust the interval less"}
    )
    cost = fields.Nested(OutlookCostOut, allow_none=True)
    obstacles = fields.List(fields.Nested(ObstacleOut), metadata={"description": "worst first"})
    by_marketplace = fields.List(fields.Nested(SpentOut))


class PaceArgs(Schema):
    every = fields.String(load_default="hour", validate=one_of("ten_minutes", "hour", "day"))
    since = fields.AwareDateTime(data_key="from", load_default=None)
    until = fields.AwareDateTime(data_key="to", load_default=None)

    @validates_schema
    def _in_order(self, args: dict[str, Any], **kwargs: Any) -> None:
        if args["since"] and args["until"] and args["until"] <= args["since"]:
            raise ValidationError("Not after `from`.", "to")


class PaceOut(Schema):
    """What came in during a stretch of time."""

    began_at = fields.AwareDateTime()
    answers = fields.Integer()
    annotators = fields.Integer(metadata={"description": "the most at work in ten minutes of it"})
    median_s = fields.Float()


class PacesOut(Schema):
    items = fields.List(fields.Nested(PaceOut), required=True)


OutlookPage = page_of(OutlookOut)
