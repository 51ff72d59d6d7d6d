"""Annotators whom a requester lets work on none of its projects."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from crowd.schemas.fields import Body, PageArgs, page_of

WHY = {"description": "why; kept with the ban and in the audit log, and for yourself alone"}


class BanIn(Body):
    annotator_id = fields.UUID(required=True)
    reason = fields.String(required=True, validate=validate.Length(1, 1000), metadata=WHY)


class LiftBanIn(Body):
    reason = fields.String(required=True, validate=validate.Length(1, 1000), metadata=WHY)


class OwnBanOut(Schema):
    """A ban, as the annotator's marketplace may know it."""

    id = fields.UUID()
    annotator_id = fields.UUID()
    created_at = fields.AwareDateTime()
    lifted_at = fields.AwareDateTime(allow_none=True)


class BanOut(OwnBanOut):
    reason = fields.String()
    lifted_reason = fields.String(allow_none=True)


class BanListArgs(PageArgs):
    annotator_id = fields.UUID(load_default=None)
    in_force = fields.Boolean(
        load_default=None, metadata={"description": "only those in force, or only those lifted"}
    )


BanPage = page_of(BanOut)
OwnBanPage = page_of(OwnBanOut)
