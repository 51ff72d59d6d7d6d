"""People at the console, as operators of a tenant see them."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from crowd.schemas.fields import NAME, Body, page_of

ROLES = {
    "description": "`operator`: everything; `qa_lead`: disputes, gold, rules, exclusions; "
    "`requester`: projects, tasks, gold, models; `auditor`: reads everything, changes nothing. At "
    "a marketplace `operator` and `auditor`"
}


class UserIn(Body):
    email = fields.Email(required=True, validate=validate.Length(max=320))
    name = fields.String(required=True, validate=NAME)
    roles = fields.List(
        fields.String(), required=True, validate=validate.Length(1, 10), metadata=ROLES
    )


class UserChangeIn(Body):
    roles = fields.List(
        fields.String(), required=True, validate=validate.Length(1, 10), metadata=ROLES
    )


class UserOut(Schema):
    id = fields.UUID(attribute="user.id")
    email = fields.String(attribute="user.email")
    name = fields.String(attribute="user.name")
    roles = fields.List(fields.String(), metadata=ROLES)
    created_at = fields.AwareDateTime(attribute="user.created_at")
    disabled_at = fields.AwareDateTime(attribute="user.disabled_at", allow_none=True)


class InvitedUserOut(UserOut):
    link = fields.String(
        allow_none=True,
        metadata={
            "description": "lets the user in once, within 24 hours: send it on; null where the "
            "user was known already, and where an Idempotency-Key is repeated"
        },
    )


class LinkOut(Schema):
    link = fields.String(
        allow_none=True, metadata={"description": "null where an Idempotency-Key is repeated"}
    )


UserPage = page_of(UserOut)
