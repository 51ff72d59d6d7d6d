"""Gold: known answers, how they fare, and what might become one."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from crowd.schemas.assignments import SaidFormIn
from crowd.schemas.fields import ANSWER, Body, PageArgs, one_of, page_of
from crowd.schemas.prelabels import ShareOut

#: Tasks that are changed together at the most: each holds up whoever answers it.
MANY = validate.Length(min=1, max=200)
REASON = validate.Length(min=1, max=1000)
SORTS = ("task", "doubt", "missed", "answers", "fresh", "seconds", "age")


class GoldIn(Body):
    label = fields.String(required=True, validate=ANSWER)
    explanation = fields.String(load_default=None, validate=validate.Length(max=10_000))


class GoldFormIn(SaidFormIn):
    explanation = fields.String(load_default=None, validate=validate.Length(max=10_000))


class GoldOfIn(GoldIn):
    task_id = fields.UUID(required=True)


class ManyGoldIn(Body):
    items = fields.List(fields.Nested(GoldOfIn), required=True, validate=MANY)


class RetireArgs(Body):
    reason = fields.String(load_default=None, validate=REASON)


class TasksIn(Body):
    task_ids = fields.List(fields.UUID(), required=True, validate=MANY)


class ManyRetiredIn(TasksIn):
    reason = fields.String(required=True, validate=REASON)


class GoldOut(Schema):
    task_id = fields.UUID()
    label = fields.String()
    explanation = fields.String(allow_none=True)
    created_at = fields.AwareDateTime()


class ManyGoldOut(Schema):
    items = fields.List(fields.Nested(GoldOut))


class GoldVersionOut(GoldOut):
    retired_at = fields.AwareDateTime(allow_none=True)
    retired_because = fields.String(
        allow_none=True,
        metadata={"description": "null: nobody said, or another label took its place"},
    )


class GoldReviewOut(GoldOut):
    """A gold task and how it fares, by the newest survey."""

    external_id = fields.String()
    state = fields.String(metadata={"description": "of the task"})
    answers = fields.Integer()
    missed = fields.Integer()
    right = fields.Nested(ShareOut, metadata={"description": "answers that are the known one"})
    good_answers = fields.Integer(
        metadata={"description": "of annotators whose accuracy is at least 0.7"}
    )
    good_missed = fields.Integer()
    majority = fields.String(allow_none=True)
    consensus = fields.String(
        allow_none=True, metadata={"description": "decided as if the answer were not known"}
    )
    confidence = fields.Float(allow_none=True)
    concern = fields.String(
        allow_none=True,
        metadata={
            "description": "`contested`: the crowd is sure of another label; `doubted`: by what "
            "annotators say, as good as they are elsewhere, it is more likely wrong than right; "
            "`often_missed`: good annotators miss it more often than not"
        },
    )
    doubt = fields.Float(
        allow_none=True,
        metadata={"description": "probability that the known label is wrong; null: no answers"},
    )
    instead = fields.String(
        allow_none=True, metadata={"description": "what is right if the known label is not"}
    )
    seconds = fields.Float(allow_none=True, metadata={"description": "median from lease to answer"})
    fresh_annotators = fields.Integer(
        allow_none=True,
        metadata={
            "description": "annotators at work in the last 30 days who have not had it; null: not "
            "surveyed yet"
        },
    )


class GoldListArgs(PageArgs):
    concern = fields.Boolean(
        load_default=None,
        metadata={"description": "only what gives concern, or only what gives none"},
    )
    label = fields.String(load_default=None, validate=ANSWER)
    sort = fields.String(
        load_default="task",
        validate=one_of(*SORTS),
        metadata={
            "description": "`doubt`, `missed` (share), `answers`, `seconds`: most first; `fresh` "
            "(annotators left): fewest first; `age`: oldest first; `task`: as the tasks came in"
        },
    )


class SaidOut(Schema):
    """How often a label was given to the task."""

    label = fields.String()
    answers = fields.Integer()
    good = fields.Integer(metadata={"description": "by annotators whose accuracy is at least 0.7"})


class GoldHistoryOut(Schema):
    """A task that is gold, or was."""

    task_id = fields.UUID()
    external_id = fields.String()
    payload = fields.Dict()
    review = fields.Nested(
        GoldReviewOut, allow_none=True, metadata={"description": "null: it is not gold now"}
    )
    versions = fields.List(
        fields.Nested(GoldVersionOut), metadata={"description": "the newest first"}
    )
    said = fields.List(fields.Nested(SaidOut))


class GoldCandidateOut(Schema):
    """A task that would make good gold."""

    task_id = fields.UUID(attribute="candidate.task_id")
    external_id = fields.String(attribute="task.external_id")
    payload = fields.Dict(attribute="task.payload")
    label = fields.String(attribute="candidate.label")
    confidence = fields.Float(attribute="candidate.confidence")
    answers = fields.Integer(attribute="candidate.answers")
    unlike = fields.Integer(
        attribute="candidate.unlike", metadata={"description": "answers that say something else"}
    )
    good = fields.Integer(
        attribute="candidate.good", metadata={"description": "good annotators who say so"}
    )


class GoldCandidateArgs(PageArgs):
    label = fields.String(load_default=None, validate=ANSWER)


GoldReviewPage = page_of(GoldReviewOut)
GoldCandidatePage = page_of(GoldCandidateOut)
