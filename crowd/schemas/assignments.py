"""Work: asking for it, holding it, handing it in."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from crowd.schemas.fields import LABEL, NAME, Body


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

    id = fields.UUID(attribute="assignment.id")
    project_id = fields.UUID(attribute="assignment.project_id")
    task_id = fields.UUID(attribute="task.id")
    task = fields.String(attribute="task.external_id")
    payload = fields.Dict(attribute="task.payload")
    question = fields.String(attribute="config.question")
    labels = fields.List(fields.String(), attribute="config.labels")
    leased_at = fields.AwareDateTime(attribute="assignment.leased_at")
    expires_at = fields.AwareDateTime(attribute="assignment.expires_at")


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


class AssignmentOut(Schema):
    id = fields.UUID()
    project_id = fields.UUID()
    task_id = fields.UUID()
    annotator_id = fields.UUID()
    state = fields.String()
    leased_at = fields.AwareDateTime()
    expires_at = fields.AwareDateTime()
    closed_at = fields.AwareDateTime(allow_none=True)


class AnswerIn(Body):
    label = fields.String(required=True, validate=LABEL)
    next = fields.Nested(
        SelectionIn,
        load_default=None,
        allow_none=True,
        metadata={"description": "also lease for the same annotator, in the same round trip"},
    )


class AnswerOut(Schema):
    id = fields.UUID()
    assignment_id = fields.UUID()
    task_id = fields.UUID()
    label = fields.String()
    submitted_at = fields.AwareDateTime()
    time_spent_s = fields.Float()


class SubmittedOut(Schema):
    answer = fields.Nested(AnswerOut)
    next = fields.Nested(LeasedOut, allow_none=True)
