"""Work: asking for it, holding it, handing it in."""

from __future__ import annotations

import json
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate

from crowd.schemas.fields import ANSWER, LABEL, NAME, Body, Json, Reference
from crowd.schemas.prelabels import PrelabelOut
from crowd.schemas.problems import ProblemOut


class SelectionIn(Body):
    """Which tasks: the next ones, or those the marketplace names by their external_id."""

    count = fields.Integer(strict=True, load_default=1, validate=validate.Range(1, 100))
    tasks = fields.List(
        fields.String(validate=NAME), load_default=None, validate=validate.Length(1, 100)
    )


class LeaseIn(SelectionIn):
    project_id = fields.UUID(required=True)
    annotator = fields.String(
        required=True, validate=NAME, metadata={"description": "its external_id"}
    )


class LeaseOut(Schema):
    """One assignment. Nothing in it depends on whether its answer is known."""

    id = fields.UUID(attribute="taken.assignment_id")
    project_id = fields.UUID()
    task_id = Reference(
        attribute="taken.task_id", metadata={"description": "the same for all your annotators"}
    )
    task = fields.String(
        attribute="name",
        allow_none=True,
        metadata={"description": "the name you asked by, where you named tasks"},
    )
    payload = Json(attribute="taken.payload", metadata={"type": "object"})
    batch = fields.String(
        attribute="taken.batch",
        allow_none=True,
        metadata={"description": "tasks with the same word here belong on one page"},
    )
    prediction = fields.Nested(
        PrelabelOut,
        allow_none=True,
        metadata={"description": "what a model says, to be shown; null: show none"},
    )
    question = fields.String(attribute="terms.question")
    answer_type = fields.String(attribute="terms.answer_type")
    labels = fields.List(fields.String(), attribute="terms.labels")
    leased_at = fields.AwareDateTime(attribute="taken.leased_at")
    expires_at = fields.AwareDateTime(attribute="taken.expires_at")


class RefusalOut(Schema):
    task = fields.String()
    reason = fields.String()


class LeasedOut(Schema):
    assignments = fields.List(fields.Nested(LeaseOut), attribute="leases")
    refused = fields.List(fields.Nested(RefusalOut))
    reason = fields.String(
        allow_none=True, metadata={"description": "why there is no work; null when there is"}
    )
    retry_after = fields.Integer(allow_none=True, metadata={"description": "seconds"})
    training_id = fields.UUID(
        allow_none=True,
        metadata={"description": "with `retraining_required`: what has to be passed first"},
    )
    lacks = fields.List(
        fields.String(),
        metadata={"description": "with `not_qualified`: the qualifications that are missing"},
    )


class AssignmentOut(Schema):
    id = fields.UUID()
    project_id = fields.UUID()
    task_id = Reference()
    annotator_id = fields.UUID()
    state = fields.String()
    leased_at = fields.AwareDateTime()
    expires_at = fields.AwareDateTime()
    closed_at = fields.AwareDateTime(allow_none=True)


class SaidIn(Body):
    """An answer of any type."""

    label = fields.String(
        validate=ANSWER, metadata={"description": "with answer_type categorical or ordinal"}
    )
    labels = fields.List(
        fields.String(validate=LABEL),
        validate=validate.Length(max=30),
        metadata={"description": "with answer_type multi-label: all that apply, perhaps none"},
    )
    number = fields.Float(metadata={"description": "with answer_type numeric"})

    @post_load
    def _as_text(self, body: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Write a set as services take it. Raises ValidationError unless there is one answer."""
        if len(body.keys() & {"label", "labels", "number"}) != 1:
            raise ValidationError({"label": ["One of label, labels and number is needed."]})
        if "number" in body:
            body["label"] = repr(body.pop("number"))
        if "labels" in body:
            body["label"] = json.dumps(body.pop("labels"), ensure_ascii=False)
        return body


class SaidFormIn(Body):
    """An answer of any type as a form of the console sends it: nothing ticked is a set too."""

    label = fields.String(load_default="")
    is_set = fields.Boolean(load_default=False)
    chosen = fields.List(fields.String(), load_default=list)

    @post_load
    def _label(self, given: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        chosen = json.dumps(given.pop("chosen"), ensure_ascii=False)
        return {**given, "label": chosen} if given.pop("is_set") else given


class GivenIn(SaidIn):
    """An answer, and what may be said beside it."""

    unsure = fields.Boolean(
        load_default=False,
        truthy={True},
        falsy={False},
        metadata={"description": "the annotator is not sure; the answer counts all the same"},
    )
    comment = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(1, 2000),
        metadata={"description": "what the annotator has to say to it; the requester reads it"},
    )
    time_spent_s = fields.Float(
        load_default=None,
        allow_none=True,
        validate=validate.Range(0, 30 * 24 * 3600),
        metadata={
            "description": "how long the annotator has looked at the item, as your page has "
            "measured it: say so where you lease ahead. Only what is less than the time since "
            "the lease is believed"
        },
    )


class AnswerIn(GivenIn):
    next = fields.Nested(
        SelectionIn,
        load_default=None,
        allow_none=True,
        metadata={"description": "also lease for the same annotator, in the same round trip"},
    )


class AnswersItemIn(GivenIn):
    assignment_id = fields.UUID(required=True)


class AnswersIn(Body):
    answers = fields.List(
        fields.Nested(AnswersItemIn), required=True, validate=validate.Length(1, 100)
    )
    next = fields.Nested(
        LeaseIn,
        load_default=None,
        allow_none=True,
        metadata={"description": "also lease, in the same round trip"},
    )


class AnswerOut(Schema):
    id = fields.UUID()
    assignment_id = fields.UUID()
    task_id = Reference()
    label = fields.String()
    unsure = fields.Boolean()
    comment = fields.String(allow_none=True)
    submitted_at = fields.AwareDateTime()
    time_spent_s = fields.Float()


class OutcomeOut(Schema):
    """What became of one answer: it is stored, or there is a problem; never both, never neither."""

    assignment_id = fields.UUID()
    answer = fields.Nested(AnswerOut, allow_none=True)
    problem = fields.Nested(ProblemOut, allow_none=True)


class AnswersOut(Schema):
    answers = fields.List(fields.Nested(OutcomeOut))
    next = fields.Nested(LeasedOut, allow_none=True)


class SubmittedOut(Schema):
    answer = fields.Nested(AnswerOut)
    next = fields.Nested(LeasedOut, allow_none=True)
