"""Webhook endpoints: where a tenant wants to hear of what."""

from __future__ import annotations

import base64
import secrets
import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from crowd.errors import Invalid, NotFound, TooManyWebhooks, WebhookDisabled
from crowd.models import Tenant, WebhookDelivery, WebhookEndpoint
from crowd.services import audit
from crowd.services.paging import Page, one_page
from crowd.services.tenants import Caller

#: What a tenant may hear of, by its kind. A marketplace's topics are such that neither their
#: being sent nor their time depends on which tasks are gold; but that somebody was dealt with, for
#: whatever reason, it has to hear.
TOPICS: dict[str, tuple[str, ...]] = {
    "requester": (
        "task.resolved",
        "task.disputed",
        "task.reopened",
        "result.revised",
        "dispute.ruled",
        "dispute.reopened",
        "project.started",
        "project.paused",
        "project.finished",
        "project.archived",
        "project.configured",
        "action.taken",
        "action.undone",
        "ban.imposed",
        "ban.lifted",
        "action.ended",
        "appeal.opened",
    ),
    "marketplace": (
        "project.opened",
        "project.closed",
        "project.started",
        "project.paused",
        "project.finished",
        "project.archived",
        "assignment.expired",
        "answer.accepted",
        "answer.rejected",
        "annotator.blocked",
        "annotator.unblocked",
        "action.taken",
        "action.undone",
        "ban.imposed",
        "ban.lifted",
        "pay.withheld",
        "pay.restored",
        "action.ended",
        "appeal.ruled",
        "qualification.granted",
        "qualification.revoked",
    ),
}
EVERY_TOPIC = frozenset(topic for topics in TOPICS.values() for topic in topics)
#: Endpoints of one tenant: each event is stored and sent once for every one of them.
MAX_ENDPOINTS = 20
OLD_SECRET_VALID = timedelta(hours=24)
#: The specification asks for 24 to 64.
SECRET_BYTES = 32
BY_OWNER = "disabled by its owner"


def create(
    session: Session,
    caller: Caller,
    *,
    url: str,
    topics: Iterable[str] = (),
    description: str = "",
) -> WebhookEndpoint:
    """Add an endpoint, with a secret that is shown this once. Raises Invalid, TooManyWebhooks.

    The caller has checked the URL: that asks the network, which no transaction waits for.
    """
    # two requests at once must not both be the last
    session.get_one(Tenant, caller.tenant_id, with_for_update=True)
    there = select(func.count()).select_from(WebhookEndpoint).filter_by(tenant_id=caller.tenant_id)
    if session.scalars(there).one() >= MAX_ENDPOINTS:
        raise TooManyWebhooks(f"You have {MAX_ENDPOINTS} webhooks. Delete one you do not need.")
    endpoint = WebhookEndpoint(
        tenant_id=caller.tenant_id,
        url=url,
        topics=_known_topics(caller, topics),
        description=description,
        secret=new_secret(),
    )
    session.add(endpoint)
    session.flush()
    audit.note(session, caller, "webhook.created", endpoint.id, url=url)
    return endpoint


def find(
    session: Session, caller: Caller, endpoint_id: uuid.UUID, *, lock: bool = False
) -> WebhookEndpoint:
    """Read one of the caller's endpoints. Raises NotFound."""
    query = select(WebhookEndpoint).filter_by(id=endpoint_id, tenant_id=caller.tenant_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    endpoint = session.scalar(query)
    if endpoint is None:
        raise NotFound("There is no such webhook.")
    return endpoint


def find_enabled(session: Session, caller: Caller, endpoint_id: uuid.UUID) -> WebhookEndpoint:
    """Read and lock an endpoint that something is to be sent to. Raises NotFound, WebhookDisabled.

    Locked before its deliveries, by everybody.
    """
    endpoint = find(session, caller, endpoint_id, lock=True)
    if endpoint.state == "disabled":
        raise WebhookDisabled(
            f"The webhook is {endpoint.disabled_reason}. Enable it first: "
            f'PATCH /api/v1/webhooks/{endpoint.id} with {{"state": "enabled"}}.'
        )
    return endpoint


def one_page_of(session: Session, caller: Caller, *, after: uuid.UUID | None, limit: int) -> Page:
    """List the caller's endpoints."""
    query = select(WebhookEndpoint).filter_by(tenant_id=caller.tenant_id)
    return one_page(session, query, WebhookEndpoint.id, after=after, limit=limit)


def change(
    session: Session, caller: Caller, endpoint_id: uuid.UUID, **fields: Any
) -> WebhookEndpoint:
    """Change url, topics, description or state. Raises NotFound, Invalid.

    A changed url takes effect on what is under way already: the next attempt goes there.
    """
    endpoint = find(session, caller, endpoint_id, lock=True)
    if "topics" in fields:
        endpoint.topics = _known_topics(caller, fields["topics"])
    endpoint.url = fields.get("url", endpoint.url)
    endpoint.description = fields.get("description", endpoint.description)
    match fields.get("state"):
        case "enabled":
            endpoint.state, endpoint.failing_since = "enabled", None
            endpoint.disabled_at = endpoint.disabled_reason = None
        case "disabled" if endpoint.state == "enabled":
            disable(session, endpoint, BY_OWNER)
    session.flush()
    audit.note(session, caller, "webhook.changed", endpoint_id, **fields)
    return endpoint


def delete(session: Session, caller: Caller, endpoint_id: uuid.UUID) -> None:
    """Remove an endpoint with its deliveries, sent or not. Raises NotFound."""
    session.delete(find(session, caller, endpoint_id, lock=True))
    audit.note(session, caller, "webhook.deleted", endpoint_id)


def rotate_secret(session: Session, caller: Caller, endpoint_id: uuid.UUID) -> WebhookEndpoint:
    """Give an endpoint a new secret; the old one signs as well for 24 hours. Raises NotFound."""
    endpoint = find(session, caller, endpoint_id, lock=True)
    now: datetime = session.scalars(select(func.now())).one()
    endpoint.previous_secret, endpoint.secret = endpoint.secret, new_secret()
    endpoint.previous_secret_until = now + OLD_SECRET_VALID
    session.flush()
    audit.note(session, caller, "webhook.secret-rotated", endpoint_id)
    return endpoint


def forget_old_secrets(session: Session) -> None:
    """Erase secrets that sign no more."""
    session.execute(
        update(WebhookEndpoint)
        .where(WebhookEndpoint.previous_secret_until < func.now())
        .values(previous_secret=None, previous_secret_until=None)
    )


def disable(session: Session, endpoint: WebhookEndpoint, reason: str) -> None:
    """Send an endpoint nothing more; what was pending can be replayed once it is enabled.

    The caller has locked it.
    """
    now = session.scalars(select(func.now())).one()
    endpoint.state, endpoint.disabled_at, endpoint.disabled_reason = "disabled", now, reason
    session.flush()
    session.execute(
        update(WebhookDelivery)
        .where(WebhookDelivery.endpoint_id == endpoint.id, WebhookDelivery.state == "pending")
        .values(state="dead", next_attempt_at=None, dead_reason=f"endpoint {reason}"),
        execution_options={"synchronize_session": "fetch"},
    )


def listening(session: Session, tenants: Iterable[uuid.UUID]) -> Sequence[WebhookEndpoint]:
    """Read every endpoint of some tenants, and keep them as they are until the commit."""
    return session.scalars(
        select(WebhookEndpoint)
        .where(WebhookEndpoint.tenant_id.in_(tenants))
        .order_by(WebhookEndpoint.id)
        .with_for_update(read=True)
        .execution_options(populate_existing=True)
    ).all()


def new_secret() -> str:
    """Make a secret that signs messages."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def _known_topics(caller: Caller, topics: Iterable[str]) -> list[str]:
    allowed = TOPICS[caller.kind]
    if unknown := sorted(set(topics) - set(allowed)):
        raise Invalid(
            f"The topics there are for you: {', '.join(allowed)}.",
            errors={"topics": [f"unknown: {', '.join(unknown)}"]},
        )
    return sorted(set(topics))
