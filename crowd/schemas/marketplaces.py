"""Marketplaces, as a requester sees them; tenants, as the installation's owner does."""

from __future__ import annotations

from marshmallow import Schema, fields

from crowd.schemas.fields import NAME, Body, one_of


class PartOut(Schema):
    """What a marketplace does for one of your projects."""

    project_id = fields.UUID()
    name = fields.String()
    state = fields.String()
    is_open = fields.Boolean(metadata={"description": "the project is open to it now"})
    annotators = fields.Integer()
    at_work = fields.Integer(metadata={"description": "those who hold an assignment now"})
    answers = fields.Integer()
    earned = fields.Decimal(as_string=True)
    currency = fields.String(allow_none=True)


class MarketplaceFiguresOut(Schema):
    id = fields.UUID()
    name = fields.String()
    answers = fields.Integer()
    shares = fields.List(fields.Nested(PartOut))


class TenantIn(Body):
    name = fields.String(required=True, validate=NAME)
    kind = fields.String(required=True, validate=one_of("requester", "marketplace"))


class TenantOut(Schema):
    id = fields.UUID()
    name = fields.String()
    kind = fields.String()
    created_at = fields.AwareDateTime()


class NewTenantOut(TenantOut):
    token = fields.String(
        allow_none=True,
        metadata={"description": "of its first key, shown this once; it can do all it may"},
    )


class TenantListOut(Schema):
    items = fields.List(fields.Nested(TenantOut))
