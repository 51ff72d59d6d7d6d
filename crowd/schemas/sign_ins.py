"""What people type to get in, and about themselves."""

from __future__ import annotations

from marshmallow import Schema, fields, validate


class SignInArgs(Schema):
    email = fields.String(required=True, validate=validate.Length(1, 320))
    password = fields.String(required=True, validate=validate.Length(1, 1000))
    after = fields.String(load_default="")


class PasswordArgs(Schema):
    password = fields.String(required=True)
    again = fields.String(required=True)


class TenantChoiceArgs(Schema):
    tenant_id = fields.UUID(required=True)
