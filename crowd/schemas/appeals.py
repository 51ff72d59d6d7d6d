"""Appeals of annotators and the rulings on them."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from crowd.schemas.fields import LABEL, Body, PageArgs, one_of, page_of

TEXT = validate.Length(1, 5000)


class AppealIn(Body):
    comment = fields.String(
        required=True, validate=TEXT, metadata={"description": "what the annotator has to say"}
    )


class AppealRulingIn(Body):
    outcome = fields.String(
        required=True,
        validate=one_of("upheld", "overturned"),
        metadata={
            "description": "`upheld`: all stays as it is; `overturned`: the action is undone, the "
            "ban or the exclusion lifted, or the rejection becomes an acceptance"
        },
    )
    reply = fields.String(
        required=True,
        validate=TEXT,
        metadata={"description": "why; the marketplace reads it"},
    )
    gold_label = fields.String(
        load_default=None,
        allow_none=True,
        validate=LABEL,
        metadata={
            "description": "the right answer of the gold task instead; everybody who has answered "
            "it is scored anew"
        },
    )


class AppealOut(Schema):
    id = fields.UUID()
    project_id = fields.UUID(
        allow_none=True, metadata={"description": "null: against a ban, which is of all projects"}
    )
    annotator_id = fields.UUID()
    action_id = fields.UUID(allow_none=True)
    answer_id = fields.UUID(allow_none=True)
    ban_id = fields.UUID(allow_none=True)
    exclusion_id = fields.UUID(allow_none=True)
    comment = fields.String()
    state = fields.String()
    created_at = fields.AwareDateTime()
    closed_at = fields.AwareDateTime(allow_none=True)
    reply = fields.String(allow_none=True)


class AppealListArgs(PageArgs):
    state = fields.String(load_default=None, validate=one_of("open", "upheld", "overturned"))


AppealPage = page_of(AppealOut)
