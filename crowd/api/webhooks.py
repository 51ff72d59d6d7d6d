"""Webhooks: events sent to addresses of yours."""

from __future__ import annotations

import uuid
from typing import Any

from flask import current_app, g

from crowd.api.auth import allow
from crowd.api.blueprint import Noun
from crowd.db import transaction
from crowd.schemas import webhooks as shapes
from crowd.schemas.fields import PageArgs
from crowd.services import deliveries, destinations, webhooks
from crowd.services.paging import Page

blp = Noun("webhooks", __name__, description="Events, signed and sent to addresses of yours.")


@blp.post("/webhooks")
@allow("webhooks:write")
@blp.arguments(shapes.WebhookIn)
@blp.response(201, shapes.WebhookSecretOut)
def create(body: dict[str, Any]) -> Any:
    """Add an endpoint. The secret is shown this once; verify every message with it."""
    _check(body)
    with transaction() as session:
        return webhooks.create(session, g.caller, **body)


@blp.get("/webhooks")
@allow("webhooks:read")
@blp.arguments(PageArgs, location="query")
@blp.response(200, shapes.WebhookPage)
def list_webhooks(page: dict[str, Any]) -> Page:
    """List your endpoints."""
    with transaction() as session:
        return webhooks.one_page_of(session, g.caller, **page)


@blp.get("/webhooks/<uuid:webhook_id>")
@allow("webhooks:read")
@blp.response(200, shapes.WebhookOut)
def read(webhook_id: uuid.UUID) -> Any:
    """Read an endpoint, and whether it is failing."""
    with transaction() as session:
        return webhooks.find(session, g.caller, webhook_id)


@blp.patch("/webhooks/<uuid:webhook_id>")
@allow("webhooks:write")
@blp.arguments(shapes.WebhookChangeIn)
@blp.response(200, shapes.WebhookOut)
def change(body: dict[str, Any], webhook_id: uuid.UUID) -> Any:
    """Change an endpoint, disable it, or enable it again.

    What falls due while it is disabled is kept as dead, and can be replayed.
    """
    _check(body)
    with transaction() as session:
        return webhooks.change(session, g.caller, webhook_id, **body)


@blp.delete("/webhooks/<uuid:webhook_id>")
@allow("webhooks:write")
@blp.response(204)
def delete(webhook_id: uuid.UUID) -> None:
    """Remove an endpoint, with all that was or would be sent to it."""
    with transaction() as session:
        webhooks.delete(session, g.caller, webhook_id)


@blp.post("/webhooks/<uuid:webhook_id>/rotate-secret")
@allow("webhooks:write")
@blp.response(200, shapes.WebhookSecretOut)
def rotate_secret(webhook_id: uuid.UUID) -> Any:
    """Make a new secret. For 24 hours each message is signed with both."""
    with transaction() as session:
        return webhooks.rotate_secret(session, g.caller, webhook_id)


@blp.post("/webhooks/<uuid:webhook_id>/test")
@allow("webhooks:write")
@blp.response(202, shapes.DeliveryOut)
def send_test(webhook_id: uuid.UUID) -> Any:
    """Send the event `webhook.tested`; read the delivery to see what came of it."""
    with transaction() as session:
        return deliveries.send_test(session, g.caller, webhook_id)


@blp.post("/webhooks/<uuid:webhook_id>/replay")
@allow("webhooks:write")
@blp.arguments(shapes.ReplayIn)
@blp.response(202, shapes.ReplayOut)
def replay_dead(body: dict[str, Any], webhook_id: uuid.UUID) -> dict[str, int]:
    """Send again all that is dead of the events since a time."""
    with transaction() as session:
        count = deliveries.replay_dead(session, g.caller, webhook_id, **body)
    return {"replayed": count}


@blp.get("/webhooks/<uuid:webhook_id>/deliveries")
@allow("webhooks:read")
@blp.arguments(shapes.DeliveryListArgs, location="query")
@blp.response(200, shapes.DeliveryPage)
def list_deliveries(page: dict[str, Any], webhook_id: uuid.UUID) -> Page:
    """List what an endpoint was sent in the last 30 days, the newest first."""
    with transaction() as session:
        return deliveries.one_page_of(session, g.caller, webhook_id, **page)


@blp.get("/webhooks/<uuid:webhook_id>/deliveries/<uuid:delivery_id>")
@allow("webhooks:read")
@blp.response(200, shapes.DeliveryDetailOut)
def read_delivery(webhook_id: uuid.UUID, delivery_id: uuid.UUID) -> Any:
    """Read a delivery: what was sent, and how each attempt went."""
    with transaction() as session:
        return deliveries.find(session, g.caller, webhook_id, delivery_id)


@blp.post("/webhooks/<uuid:webhook_id>/deliveries/<uuid:delivery_id>/replay")
@allow("webhooks:write")
@blp.response(202, shapes.DeliveryOut)
def replay(webhook_id: uuid.UUID, delivery_id: uuid.UUID) -> Any:
    """Send a delivery again under the same id, whatever became of it."""
    with transaction() as session:
        return deliveries.replay(session, g.caller, webhook_id, delivery_id)


def _check(body: dict[str, Any]) -> None:
    # before a transaction is open: it asks the name service
    if "url" in body:
        allow_private = current_app.config["WEBHOOKS_ALLOW_PRIVATE"]
        destinations.check(body["url"], allow_private=allow_private)
