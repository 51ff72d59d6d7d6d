"""Tasks, one at a time."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from crowd.schemas.fields import ANSWER, NAME, Body, PageArgs, one_of, page_of, reference_of

PRIORITY = validate.Range(-1_000_000, 1_000_000)


class TaskIn(Body):
    external_id = fields.String(required=True, validate=NAME)
    payload = fields.Dict(keys=fields.String(), load_default=dict)
    priority = fields.Integer(strict=True, load_default=0, validate=PRIORITY)
    batch = fields.String(
        load_default=None,
        allow_none=True,
        validate=NAME,
        metadata={"description": "tasks with the same word here belong on one page"},
    )
    gold = fields.String(
        load_default=None,
        validate=ANSWER,
        metadata={"description": "the right answer, where it is known"},
    )


class TaskOut(Schema):
    id = fields.UUID()
    reference = fields.Function(
        lambda task: reference_of(task.id),
        metadata={
            "type": "string",
            "format": "uuid",
            "description": "the task_id by which marketplaces know it",
        },
    )
    external_id = fields.String()
    payload = fields.Dict()
    priority = fields.Integer()
    batch = fields.String(allow_none=True)
    state = fields.String()
    answered = fields.Integer()
    leased = fields.Integer()
    wanted = fields.Integer()
    cap = fields.Integer()
    created_at = fields.AwareDateTime()


class TaskListArgs(PageArgs):
    state = fields.String(load_default=None, validate=one_of("open", "resolved", "disputed"))
    external_id = fields.String(load_default=None)


class GivenAnswerOut(Schema):
    """An answer to a task, by an annotator whom only its marketplace knows."""

    number = fields.Integer(attribute="answer.number")
    annotator_id = fields.UUID(attribute="answer.annotator_id")
    label = fields.String(attribute="answer.label")
    submitted_at = fields.AwareDateTime(attribute="answer.submitted_at")
    time_spent_s = fields.Float(attribute="answer.time_spent_s")
    config_version = fields.Integer(attribute="answer.config_version")
    excluded = fields.Boolean(
        attribute="is_excluded", metadata={"description": "it is taken out of account"}
    )


class GivenAnswerListOut(Schema):
    items = fields.List(fields.Nested(GivenAnswerOut))


class LineProblemOut(Schema):
    line = fields.Integer()
    field = fields.String()
    problem = fields.String()


class ImportOut(Schema):
    received = fields.Integer()
    created = fields.Integer()
    rejected = fields.Integer()
    errors = fields.List(
        fields.Nested(LineProblemOut),
        attribute="problems",
        metadata={"description": "the first 1,000; `rejected` counts them all"},
    )


TaskPage = page_of(TaskOut)
