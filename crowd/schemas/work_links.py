"""Links to the annotation page, and the visits by them."""

from __future__ import annotations

from datetime import UTC

from marshmallow import Schema, fields, validate

from crowd.schemas.fields import NAME, Body, PageArgs, one_of, page_of


class WorkLinkIn(Body):
    project_id = fields.UUID(required=True)
    source = fields.String(
        load_default="direct",
        validate=one_of("direct", "mturk", "prolific"),
        metadata={
            "description": "where annotators come from: your own pages, an ExternalQuestion of "
            "MTurk's, or a study on Prolific"
        },
    )
    annotator = fields.String(
        load_default=None,
        allow_none=True,
        validate=NAME,
        metadata={
            "description": "for this one alone (its external_id); null: open, for whomever the "
            "address names. With MTurk and Prolific it always is"
        },
    )
    signed = fields.Boolean(
        load_default=True,
        truthy={True},
        falsy={False},
        metadata={
            "description": "of an open direct link: addresses have to be signed with `secret`; "
            "false: whoever has the link can say who it is"
        },
    )
    batch = fields.Integer(
        load_default=None,
        allow_none=True,
        strict=True,
        validate=validate.Range(1, 1000),
        metadata={"description": "answers in a visit; null: as many as there is work"},
    )
    return_url = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(1, 2000),
        metadata={"description": "where a direct visit ends; null: on the page itself"},
    )
    completion_code = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(1, 100),
        metadata={"description": "Prolific's, for those who are through"},
    )
    expires_at = fields.AwareDateTime(
        load_default=None,
        allow_none=True,
        default_timezone=UTC,
        metadata={"description": "from then on it opens nothing; visits may go on"},
    )


class WorkLinkOut(Schema):
    id = fields.UUID()
    project_id = fields.UUID()
    source = fields.String()
    annotator_id = fields.UUID(allow_none=True)
    signed = fields.Function(lambda link: link.secret is not None, metadata={"type": "boolean"})
    batch = fields.Integer(allow_none=True)
    return_url = fields.String(allow_none=True)
    completion_code = fields.String(allow_none=True)
    created_at = fields.AwareDateTime()
    expires_at = fields.AwareDateTime(allow_none=True)
    revoked_at = fields.AwareDateTime(allow_none=True)


class NewWorkLinkOut(Schema):
    link = fields.Nested(WorkLinkOut)
    url = fields.String(metadata={"description": "shown this once"})
    secret = fields.String(
        allow_none=True,
        metadata={"description": "signs addresses; shown this once. null: nothing is to be signed"},
    )


class WorkLinkListArgs(PageArgs):
    project_id = fields.UUID(load_default=None)


class VisitOut(Schema):
    id = fields.UUID()
    annotator_id = fields.UUID()
    reference = fields.String(
        metadata={"description": "MTurk's assignmentId, Prolific's SESSION_ID; else empty"}
    )
    answers = fields.Integer()
    created_at = fields.AwareDateTime()
    ended_at = fields.AwareDateTime(allow_none=True)


WorkLinkPage = page_of(WorkLinkOut)
VisitPage = page_of(VisitOut)
