"""Rulings on disputes."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from crowd.schemas.fields import ANSWER, Body, one_of

REASONS = ("ambiguous_item", "guideline_gap", "annotator_error", "subjective", "broken_item")
COMMENT = validate.Length(1, 5000)


class RulingIn(Body):
    label = fields.String(
        required=True,
        allow_none=True,
        validate=ANSWER,
        metadata={"description": "what is right; null: no label is"},
    )
    reason = fields.String(
        required=True,
        validate=one_of(*REASONS),
        metadata={"description": "why the crowd did not get there by itself"},
    )
    comment = fields.String(load_default=None, allow_none=True, validate=COMMENT)
    promote = fields.Boolean(
        load_default=False,
        truthy={True},
        falsy={False},
        metadata={"description": "make the label the known answer: the task becomes gold"},
    )
    alike = fields.List(
        fields.UUID(),
        load_default=list,
        validate=validate.Length(max=100),
        metadata={"description": "look-alikes that the same is ruled of: their open disputes"},
    )


class RulingFormIn(Body):
    """A ruling as a form of the console sends it: a form knows no null and no header."""

    #: `none`, or `label/` and the label.
    verdict = fields.String(required=True)
    reason = fields.String(required=True, validate=one_of(*REASONS))
    comment = fields.String(load_default=None, validate=COMMENT)
    promote = fields.Boolean(load_default=False)
    alike = fields.List(fields.UUID(), load_default=list, validate=validate.Length(max=100))
    expected = fields.String(required=True)
    goes_on = fields.Boolean(load_default=False)

    @post_load
    def _label(self, given: dict[str, Any], **_: Any) -> dict[str, Any]:
        kind, _, label = given.pop("verdict").partition("/")
        return {**given, "label": label if kind == "label" else None}


class UndoRulingIn(Body):
    comment = fields.String(load_default=None, allow_none=True, validate=COMMENT)


class RulingOut(Schema):
    """A person's word on a dispute."""

    id = fields.UUID(attribute="ruling.id")
    dispute_id = fields.UUID(attribute="ruling.dispute_id")
    task_id = fields.UUID(attribute="ruling.task_id")
    verdict = fields.String(
        attribute="ruling.verdict",
        metadata={
            "description": "`label`; `no_right_answer`; `withdrawn`: the ruling before is taken "
            "back, and what the engine says counts again"
        },
    )
    label = fields.String(attribute="ruling.label", allow_none=True)
    reason = fields.String(attribute="ruling.reason")
    comment = fields.String(attribute="ruling.comment", allow_none=True)
    is_final = fields.Boolean(
        attribute="ruling.is_final",
        metadata={"description": "false: a proposal, which waits for another person to agree"},
    )
    stands = fields.Boolean(metadata={"description": "it holds the result at present"})
    promote = fields.Boolean(attribute="ruling.promote")
    applied_from_id = fields.UUID(attribute="ruling.applied_from_id", allow_none=True)
    overturns_id = fields.UUID(attribute="ruling.overturns_id", allow_none=True)
    by = fields.String(
        allow_none=True, metadata={"description": "the name of the user, or of the key"}
    )
    user_id = fields.UUID(attribute="ruling.user_id", allow_none=True)
    api_key_id = fields.UUID(attribute="ruling.api_key_id", allow_none=True)
    created_at = fields.AwareDateTime(attribute="ruling.created_at")


class RulingListOut(Schema):
    items = fields.List(fields.Nested(RulingOut))


class RuledOut(Schema):
    """What has become of a dispute."""

    ruling = fields.Nested(RulingOut)
    state = fields.String(metadata={"description": "of the dispute: `open`, where it waits"})
    version = fields.Integer()
    along = fields.List(fields.Nested(RulingOut), metadata={"description": "of look-alikes"})
