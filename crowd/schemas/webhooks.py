"""Webhook endpoints, what they were sent, and how each attempt went."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from crowd.schemas.fields import Body, PageArgs, one_of, page_of

_URL = validate.Length(min=1, max=2000)
_TOPICS = {"description": "what to send; empty: everything you may hear of"}


class WebhookIn(Body):
    url = fields.String(required=True, validate=_URL)
    topics = fields.List(
        fields.String(), load_default=list, validate=validate.Length(max=100), metadata=_TOPICS
    )
    description = fields.String(load_default="", validate=validate.Length(max=500))


class WebhookChangeIn(Body):
    url = fields.String(validate=_URL)
    topics = fields.List(fields.String(), validate=validate.Length(max=100), metadata=_TOPICS)
    description = fields.String(validate=validate.Length(max=500))
    state = fields.String(validate=one_of("enabled", "disabled"))

    @validates_schema
    def _something(self, body: dict[str, Any], **kwargs: Any) -> None:
        if not body:
            raise ValidationError("Name at least one field to change.")


class WebhookOut(Schema):
    id = fields.UUID()
    url = fields.String()
    description = fields.String()
    topics = fields.List(fields.String(), metadata=_TOPICS)
    state = fields.String()
    disabled_at = fields.AwareDateTime(allow_none=True)
    disabled_reason = fields.String(allow_none=True)
    failing_since = fields.AwareDateTime(
        allow_none=True, metadata={"description": "no attempt has succeeded since"}
    )
    previous_secret_until = fields.AwareDateTime(
        allow_none=True, metadata={"description": "until then the secret before signs as well"}
    )
    created_at = fields.AwareDateTime()


class WebhookSecretOut(WebhookOut):
    secret = fields.String(metadata={"description": "shown this once; verify signatures with it"})


class DeliveryListArgs(PageArgs):
    state = fields.String(load_default=None, validate=one_of("pending", "delivered", "dead"))


class DeliveryOut(Schema):
    id = fields.UUID(metadata={"description": "the webhook-id of every attempt"})
    topic = fields.String()
    state = fields.String()
    attempts = fields.Integer(metadata={"description": "attempts there have been"})
    next_attempt_at = fields.AwareDateTime(allow_none=True)
    dead_reason = fields.String(allow_none=True)
    created_at = fields.AwareDateTime()


class AttemptOut(Schema):
    number = fields.Integer()
    status = fields.Integer(allow_none=True, metadata={"description": "of HTTP; null: no answer"})
    error = fields.String(allow_none=True, metadata={"description": "null: it succeeded"})
    response_excerpt = fields.String(allow_none=True)
    duration_s = fields.Float()
    started_at = fields.AwareDateTime()


class DeliveryDetailOut(Schema):
    delivery = fields.Nested(DeliveryOut)
    body = fields.String(attribute="delivery.body", metadata={"description": "as it was signed"})
    attempts = fields.List(fields.Nested(AttemptOut))


class ReplayIn(Body):
    since = fields.AwareDateTime(
        required=True, metadata={"description": "dead deliveries of events from then on"}
    )


class ReplayOut(Schema):
    replayed = fields.Integer()


WebhookPage = page_of(WebhookOut)
DeliveryPage = page_of(DeliveryOut)
