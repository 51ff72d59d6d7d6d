"""Rehearsals: a requester's own items, answered by the requester."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from crowd.schemas.assignments import SaidFormIn, SaidIn
from crowd.schemas.fields import Body, page_of
from crowd.schemas.interfaces import NumberIn


class RehearsalIn(Body):
    count = fields.Integer(
        strict=True,
        load_default=10,
        validate=validate.Range(1, 50),
        metadata={"description": "items, fewer where the project has fewer"},
    )


class RehearsalOut(Schema):
    id = fields.UUID()
    project_id = fields.UUID()
    config_version = fields.Integer()
    task_ids = fields.List(fields.UUID(), metadata={"description": "in the order to be shown"})
    created_at = fields.AwareDateTime()


class RehearsalItemOut(Schema):
    """An item as an annotator would be given it."""

    task_id = fields.UUID(attribute="id")
    payload = fields.Dict()


class RehearsalStepOut(Schema):
    """How far a rehearsal is, and what comes next."""

    rehearsal = fields.Nested(RehearsalOut)
    question = fields.String(attribute="config.question")
    answer_type = fields.String(attribute="config.answer_type")
    labels = fields.List(fields.String(), attribute="config.labels")
    number = fields.Nested(NumberIn, attribute="config.number", allow_none=True)
    answered = fields.Integer()
    item = fields.Nested(
        RehearsalItemOut,
        attribute="task",
        allow_none=True,
        metadata={"description": "null: all are answered"},
    )


class RehearsedAnswerIn(SaidIn):
    task_id = fields.UUID(required=True)


class RehearsedFormIn(SaidFormIn):
    task_id = fields.UUID(required=True)


class ComparedOut(Schema):
    """An item, what you say of it, and what else there is to hold it against."""

    task_id = fields.UUID()
    external_id = fields.String()
    label = fields.String()
    time_spent_s = fields.Float()
    gold = fields.String(
        allow_none=True, metadata={"description": "null also for keys without `gold:read`"}
    )
    predicted = fields.String(allow_none=True)
    crowd = fields.String(allow_none=True)


class AgreeingOut(Schema):
    accuracy = fields.Function(lambda one: one[0], metadata={"type": "number"})
    answers = fields.Function(
        lambda one: one[1],
        metadata={
            "type": ["integer", "null"],
            "description": "null: more than overlap_max allows",
        },
    )


class RehearsalOutlookOut(Schema):
    """What 1,000 items would take, should annotators be as quick as you were."""

    answers_low = fields.Integer()
    answers_high = fields.Integer()
    hours_low = fields.Float()
    hours_high = fields.Float()
    agreeing = fields.List(
        fields.Nested(AgreeingOut),
        metadata={
            "description": "how many answers have to agree to reach target_confidence, by the "
            "share of right answers of annotators; none of sets and numbers"
        },
    )


class ComparisonOut(Schema):
    rehearsal = fields.Nested(RehearsalOut)
    items = fields.List(fields.Nested(ComparedOut))
    median_s = fields.Float(allow_none=True)
    known = fields.Integer(metadata={"description": "items with a known answer"})
    same_as_known = fields.Integer()
    predicted = fields.Integer(metadata={"description": "items of which a model says something"})
    same_as_predicted = fields.Integer()
    outlook = fields.Nested(RehearsalOutlookOut, allow_none=True)


RehearsalPage = page_of(RehearsalOut)
