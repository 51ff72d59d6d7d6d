"""Keys of the API."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from crowd.schemas.fields import NAME, Body, page_of

MAX_GRACE_S = 30 * 24 * 3600


class KeyIn(Body):
    name = fields.String(required=True, validate=NAME)
    scopes = fields.List(
        fields.String(validate=NAME),
        load_default=None,
        validate=validate.Length(min=1, max=100),
        metadata={"description": "some of your own; without: all of them"},
    )
    expires_at = fields.AwareDateTime(
        load_default=None, allow_none=True, metadata={"description": "without: never"}
    )


class KeyFormIn(Body):
    """A key as it is asked for in a browser."""

    name = fields.String(required=True, validate=NAME)
    scopes = fields.List(fields.String(validate=NAME), required=True, validate=validate.Length(1))
    days = fields.Integer(load_default=None, validate=validate.Range(1, 3650))


class RotationIn(Body):
    grace_s = fields.Integer(
        strict=True,
        load_default=24 * 3600,
        validate=validate.Range(0, MAX_GRACE_S),
        metadata={"description": "seconds for which the old token stays valid"},
    )


class KeyOut(Schema):
    """A key without its token, which is shown once."""

    id = fields.UUID()
    name = fields.String()
    prefix = fields.String(metadata={"description": "how its token begins, after crowd_"})
    scopes = fields.List(fields.String())
    created_at = fields.AwareDateTime()
    expires_at = fields.AwareDateTime(allow_none=True)
    rotated_at = fields.AwareDateTime(allow_none=True)
    revoked_at = fields.AwareDateTime(allow_none=True)
    last_used_at = fields.AwareDateTime(
        allow_none=True, metadata={"description": "true to the hour; null: never"}
    )
    rate_limit = fields.Integer(
        allow_none=True, metadata={"description": "requests in a window; null: as any key"}
    )


class NewKeyOut(KeyOut):
    token = fields.String(
        allow_none=True,
        metadata={"description": "shown this once; null where an Idempotency-Key is repeated"},
    )


KeyPage = page_of(KeyOut)
