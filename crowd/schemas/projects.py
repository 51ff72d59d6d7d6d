"""Projects and their progress."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from crowd.schemas.configs import ConfigIn, ConfigOut
from crowd.schemas.fields import LABEL, NAME, Money, one_of, page_of


class ProjectIn(ConfigIn):
    name = fields.String(required=True, validate=NAME)
    labels = fields.List(
        fields.String(validate=LABEL),
        load_default=list,
        validate=validate.Length(max=200),
        metadata={"description": "two at least, unless a number is asked for"},
    )


class ProjectChangeIn(ConfigIn):
    state = fields.String(validate=one_of("running", "paused", "finished", "archived"))

    @validates_schema
    def _something(self, body: dict[str, Any], **kwargs: Any) -> None:
        if not body:
            raise ValidationError("Name at least one field to change.")


class ProjectOut(Schema):
    """A project. A marketplace sees what its annotators need, and no more."""

    id = fields.UUID(attribute="project.id", required=True)
    name = fields.String(attribute="project.name", required=True)
    state = fields.String(attribute="project.state", required=True)
    created_at = fields.AwareDateTime(attribute="project.created_at", required=True)
    config = fields.Nested(ConfigOut, required=True)


class CostOut(Schema):
    currency = fields.String()
    held = Money(metadata={"description": "for leases and answers that wait for a review"})
    spent = Money(metadata={"description": "earned and not reversed, and bonuses"})
    per_label = Money(
        allow_none=True, metadata={"description": "`spent` by resolved tasks; null: there are none"}
    )


class ProgressOut(Schema):
    tasks = fields.Integer()
    open = fields.Integer()
    resolved = fields.Integer()
    disputed = fields.Integer()
    answers = fields.Integer()
    leased = fields.Integer(metadata={"description": "slots that annotators hold now"})
    wanted = fields.Integer(metadata={"description": "slots that are free now"})
    waiting = fields.Integer(metadata={"description": "answers no decision has seen yet"})
    run_number = fields.Integer(allow_none=True)
    decided_run = fields.Integer(
        allow_none=True,
        metadata={"description": "newest run whose decisions have all been recorded"},
    )
    run_answers = fields.Integer(metadata={"description": "answers the newest run has seen"})
    cost = fields.Nested(
        CostOut, allow_none=True, metadata={"description": "null: the project has no currency"}
    )


class RunOut(Schema):
    number = fields.Integer()
    method = fields.String()
    config_version = fields.Integer()
    labels = fields.List(fields.String())
    class_prior = fields.List(fields.Float())
    answers_seen = fields.Integer()
    tasks_seen = fields.Integer()
    annotators_seen = fields.Integer()
    iterations = fields.Integer()
    converged = fields.Boolean()
    started_at = fields.AwareDateTime()
    created_at = fields.AwareDateTime()


class MarketplaceOut(Schema):
    id = fields.UUID()
    name = fields.String()


class MarketplaceListOut(Schema):
    items = fields.List(fields.Nested(MarketplaceOut))


ProjectPage = page_of(ProjectOut)
RunPage = page_of(RunOut)
