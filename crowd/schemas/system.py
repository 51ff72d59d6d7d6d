"""The installation, as its operator sees it."""

from __future__ import annotations

from marshmallow import Schema, fields

from crowd.schemas.fields import page_of


class FindingOut(Schema):
    name = fields.String()
    ok = fields.Boolean()
    detail = fields.String(metadata={"description": "what was found; where not ok, what to do"})


class QueueOut(Schema):
    name = fields.String()
    waiting = fields.Integer(metadata={"description": "jobs that no worker has begun"})


class WorkerOut(Schema):
    name = fields.String()
    queues = fields.List(fields.String())
    state = fields.String()
    host = fields.String()
    pid = fields.Integer()
    done = fields.Integer()
    failed = fields.Integer()
    born_at = fields.AwareDateTime()
    seen_at = fields.AwareDateTime()
    is_lost = fields.Boolean(metadata={"description": "silent for longer than one that lives"})


class BacklogOut(Schema):
    topic = fields.String()
    events = fields.Integer(metadata={"description": "of the 50,000 oldest of all topics"})
    oldest_at = fields.AwareDateTime()
    sent = fields.Integer(metadata={"description": "how often the one sent most was sent"})
    next_at = fields.AwareDateTime()


class ScheduleOut(Schema):
    topic = fields.String()
    every_s = fields.Float()
    due_at = fields.AwareDateTime()


class WebhookFiguresOut(Schema):
    pending = fields.Integer()
    dead = fields.Integer()
    disabled_endpoints = fields.Integer()
    lag_s = fields.Float()


class SystemOut(Schema):
    findings = fields.List(fields.Nested(FindingOut))
    queues = fields.List(fields.Nested(QueueOut))
    workers = fields.List(fields.Nested(WorkerOut))
    backlog = fields.List(fields.Nested(BacklogOut))
    schedule = fields.List(fields.Nested(ScheduleOut))
    webhooks = fields.Nested(WebhookFiguresOut)


class FailureOut(Schema):
    id = fields.UUID(attribute="failure.id")
    queue = fields.String(attribute="failure.queue")
    job = fields.String(attribute="failure.job")
    error = fields.String(attribute="failure.error")
    traceback = fields.String(attribute="failure.traceback")
    created_at = fields.AwareDateTime(attribute="failure.created_at")
    waiting = fields.Integer(metadata={"description": "events of it that are still to be done"})
    next_at = fields.AwareDateTime(
        allow_none=True, metadata={"description": "when they are sent again by themselves"}
    )


FailurePage = page_of(FailureOut)
