"""Sandboxes, and what can be made to happen in them."""

from __future__ import annotations

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from crowd.schemas.fields import NAME, Body, one_of
from crowd.schemas.keys import NewKeyOut

#: What a request for work can be made to hear; `running`: there is work.
SUPPLIES = ("running", "paused", "all_done", "none_left_for_you")


class SandboxOut(Schema):
    """A key of each side of your sandbox."""

    requester = fields.Nested(NewKeyOut)
    marketplace = fields.Nested(NewKeyOut)


class SandboxProjectIn(Body):
    name = fields.String(load_default=None, validate=NAME)
    size = fields.Integer(
        strict=True,
        load_default=10,
        validate=validate.Range(1, 200),
        metadata={"description": "tasks"},
    )
    gold = fields.Integer(
        strict=True,
        load_default=2,
        validate=validate.Range(0, 200),
        metadata={"description": "tasks whose answer is known"},
    )
    overlap_min = fields.Integer(strict=True, load_default=2, validate=validate.Range(1, 20))
    overlap_max = fields.Integer(strict=True, load_default=3, validate=validate.Range(1, 20))
    lease_seconds = fields.Integer(strict=True, load_default=900, validate=validate.Range(1, 86400))

    @validates_schema
    def _gold_fits(self, body: dict[str, int], **kwargs: object) -> None:
        if body["gold"] > body["size"]:
            raise ValidationError("More gold than tasks.", "gold")


class SandboxProjectOut(Schema):
    id = fields.UUID(attribute="project.id")
    name = fields.String(attribute="project.name")
    state = fields.String(attribute="project.state")


class SupplyIn(Body):
    reason = fields.String(required=True, validate=one_of(*SUPPLIES))


class CrowdIn(Body):
    people = fields.Integer(strict=True, load_default=3, validate=validate.Range(1, 20))
    accuracy = fields.Float(load_default=0.9, validate=validate.Range(0, 1))


class CrowdOut(Schema):
    answers = fields.Integer(metadata={"description": "answers given; at most 500 in one call"})


class AnnotatorStateIn(Body):
    state = fields.String(required=True, validate=one_of("active", "blocked"))
