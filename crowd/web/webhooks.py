"""Webhooks: where events go, and how each delivery went."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, current_app, request
from flask.typing import ResponseReturnValue

from crowd.db import transaction
from crowd.errors import CrowdError
from crowd.schemas.fields import PageArgs
from crowd.schemas.webhooks import DeliveryListArgs, WebhookChangeIn, WebhookIn
from crowd.services import deliveries, destinations, webhooks
from crowd.web import pages

blp = Blueprint("webhooks", __name__)
#: "Send again what was given up" goes back so far.
REPLAYED = timedelta(days=7)


@blp.get("/webhooks")
@pages.requires("webhooks:read")
def index() -> ResponseReturnValue:
    """List the tenant's endpoints."""
    return _listed()


@blp.post("/webhooks")
@pages.requires("webhooks:write")
def create() -> ResponseReturnValue:
    """Add an endpoint, and show its secret this once."""
    try:
        given = pages.load(WebhookIn)
        destinations.check(given["url"], allow_private=current_app.config["WEBHOOKS_ALLOW_PRIVATE"])
        with transaction() as session:
            made = webhooks.create(session, pages.caller(), **given)
    except CrowdError as error:
        return _listed(error.status, refusal=error, given=request.form)
    return _listed(201, made=made)


@blp.get("/webhooks/<uuid:webhook_id>")
@pages.requires("webhooks:read")
def show(webhook_id: uuid.UUID) -> ResponseReturnValue:
    """Show an endpoint and what it was sent."""
    return _shown(webhook_id)


@blp.get("/webhooks/<uuid:webhook_id>/deliveries/<uuid:delivery_id>")
@pages.requires("webhooks:read")
def delivery(webhook_id: uuid.UUID, delivery_id: uuid.UUID) -> ResponseReturnValue:
    """Show a delivery with its attempts."""
    with transaction() as session:
        endpoint = webhooks.find(session, pages.caller(), webhook_id)
        view = deliveries.find(session, pages.caller(), webhook_id, delivery_id)
    return pages.page("delivery.html", endpoint=endpoint, view=view)


@blp.post("/webhooks/<uuid:webhook_id>/state")
@pages.requires("webhooks:write")
def change(webhook_id: uuid.UUID) -> ResponseReturnValue:
    """Enable or disable an endpoint."""
    state = pages.load(WebhookChangeIn).get("state")
    with transaction() as session:
        webhooks.change(session, pages.caller(), webhook_id, state=state)
    return _back(webhook_id, f"The webhook is {state}.")


@blp.post("/webhooks/<uuid:webhook_id>/test")
@pages.requires("webhooks:write")
def test(webhook_id: uuid.UUID) -> ResponseReturnValue:
    """Send a test event."""
    with transaction() as session:
        deliveries.send_test(session, pages.caller(), webhook_id)
    return _back(webhook_id, "A test event is under way.")


@blp.post("/webhooks/<uuid:webhook_id>/rotate-secret")
@pages.requires("webhooks:write")
def rotate_secret(webhook_id: uuid.UUID) -> ResponseReturnValue:
    """Make a new secret, and show it this once."""
    with transaction() as session:
        made = webhooks.rotate_secret(session, pages.caller(), webhook_id)
    return _shown(webhook_id, 201, made=made)


@blp.post("/webhooks/<uuid:webhook_id>/replay")
@pages.requires("webhooks:write")
def replay_dead(webhook_id: uuid.UUID) -> ResponseReturnValue:
    """Send again what was given up in the last days."""
    since = datetime.now(UTC) - REPLAYED
    with transaction() as session:
        count = deliveries.replay_dead(session, pages.caller(), webhook_id, since=since)
    return _back(webhook_id, f"{count} deliveries are under way again.")


@blp.post("/webhooks/<uuid:webhook_id>/deliveries/<uuid:delivery_id>/replay")
@pages.requires("webhooks:write")
def replay(webhook_id: uuid.UUID, delivery_id: uuid.UUID) -> ResponseReturnValue:
    """Send one delivery again."""
    with transaction() as session:
        deliveries.replay(session, pages.caller(), webhook_id, delivery_id)
    return _back(webhook_id, "It is under way again.")


@blp.post("/webhooks/<uuid:webhook_id>/delete")
@pages.requires("webhooks:write")
def delete(webhook_id: uuid.UUID) -> ResponseReturnValue:
    """Remove an endpoint with its deliveries."""
    with transaction() as session:
        webhooks.delete(session, pages.caller(), webhook_id)
    return pages.back("console.webhooks.index", "The webhook is gone.")


def _back(webhook_id: uuid.UUID, said: str) -> ResponseReturnValue:
    return pages.back("console.webhooks.show", said, webhook_id=webhook_id)


def _listed(status: int = 200, **context: Any) -> ResponseReturnValue:
    query = pages.load(PageArgs, request.args)
    with transaction() as session:
        page = webhooks.one_page_of(session, pages.caller(), **query)
    topics = webhooks.TOPICS[pages.caller().kind]
    return pages.page("webhooks.html", status, page=page, topics=topics, **context)


def _shown(webhook_id: uuid.UUID, status: int = 200, **context: Any) -> ResponseReturnValue:
    query = pages.load(DeliveryListArgs, request.args)
    with transaction() as session:
        endpoint = webhooks.find(session, pages.caller(), webhook_id)
        page = deliveries.one_page_of(session, pages.caller(), webhook_id, **query)
    context |= {"endpoint": endpoint, "page": page, "state": query["state"]}
    return pages.page("webhook.html", status, **context)
