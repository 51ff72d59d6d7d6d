"""Pools, their entry rules and their members."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from crowd.schemas.fields import NAME, Body, PageArgs, page_of

QUALIFICATIONS = {"description": "all of them are needed to be in; none: they do not matter"}
MARKETPLACES = {"description": "ids; one's own has to be among them; none: any may be"}


class PoolChangeIn(Body):
    """Another entry rule. With neither part nobody is in but by hand."""

    qualifications = fields.List(
        fields.String(validate=NAME), validate=validate.Length(max=10), metadata=QUALIFICATIONS
    )
    marketplaces = fields.List(
        fields.UUID(), validate=validate.Length(max=100), metadata=MARKETPLACES
    )

    @validates_schema
    def _something(self, body: dict[str, Any], **kwargs: Any) -> None:
        if not body:
            raise ValidationError("Name at least one part of the entry rule.")


class PoolIn(PoolChangeIn):
    name = fields.String(required=True, validate=NAME)


class PoolOut(Schema):
    id = fields.UUID()
    name = fields.String()
    qualifications = fields.List(fields.String())
    marketplaces = fields.List(fields.UUID())
    created_at = fields.AwareDateTime()


class PoolMemberIn(Body):
    admitted = fields.Boolean(
        load_default=True,
        truthy={True},
        falsy={False},
        metadata={"description": "in, or kept out, whatever the entry rule says"},
    )
    reason = fields.String(
        required=True,
        validate=validate.Length(1, 1000),
        metadata={"description": "why; kept with the member and in the audit log"},
    )


class PoolMemberOut(Schema):
    annotator_id = fields.UUID()
    admitted = fields.Boolean()
    reason = fields.String(allow_none=True)
    created_at = fields.AwareDateTime(
        allow_none=True, metadata={"description": "when it was said by hand"}
    )


class ListedMemberOut(PoolMemberOut):
    marketplace = fields.String()
    by_hand = fields.Boolean(metadata={"description": "false: by the entry rule"})


class PoolMemberListArgs(PageArgs):
    by_hand = fields.Boolean(
        load_default=False,
        metadata={"description": "list whom was said by hand, in or out, instead of who is in"},
    )


PoolPage = page_of(PoolOut)
ListedMemberPage = page_of(ListedMemberOut)
