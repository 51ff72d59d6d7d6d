"""Events on their way to webhook endpoints: spread, claimed, attempted, and dead in the end.

A delivery is a row from the moment its event is spread. Claiming it puts off `next_attempt_at`: an
attempt that is never recorded, because its worker was killed, is therefore made again. Redis has
no part in this but to wake somebody.

Locks are taken in one order everywhere: endpoint, then delivery.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crowd.db import new_id
from crowd.errors import NotFound
from crowd.models import OutboxEvent, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from crowd.services import outbox, recipients, webhooks
from crowd.services.paging import Page, one_page
from crowd.services.tenants import Caller

#: The constraint by which an event is sent to an endpoint once.
ONCE = "uq_webhook_deliveries_endpoint_id_event_id"
#: Wakes a worker to look for what is due.
DUE_TOPIC = "deliveries.fell_due"
TEST_TOPIC = "webhook.tested"
KEPT_FOR = timedelta(days=30)
#: An attempt that is not recorded within so many seconds counts as lost. Longer than any can take.
CLAIM_S = 30.0
#: Attempts under way to one endpoint at a time; while it fails, one.
EACH = 8


@dataclass(frozen=True, slots=True)
class Claimed:
    """What it takes to make one attempt."""

    delivery_id: uuid.UUID
    endpoint_id: uuid.UUID
    url: str
    body: str
    #: Those to sign with, the newest first.
    secrets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """A delivery with every attempt there has been."""

    delivery: WebhookDelivery
    attempts: Sequence[WebhookAttempt]


@dataclass(frozen=True, slots=True)
class Figures:
    """How webhooks are doing, over all tenants."""

    pending: int
    dead: int
    disabled_endpoints: int
    #: How long the delivery that should be next has been due.
    lag_s: float


def spread(session: Session, events: Sequence[OutboxEvent]) -> int:
    """Make a delivery for each endpoint that listens to an event; returns how many were new.

    For a disabled endpoint it is dead from the start, so that it can be replayed.
    """
    told = list(recipients.notices(session, events))
    endpoints = webhooks.listening(session, {notice.tenant_id for notice in told})
    rows = [
        _row(endpoint, notice.topic, notice.at, notice.ids, event_id=notice.event_id)
        for notice in told
        for endpoint in endpoints
        if endpoint.tenant_id == notice.tenant_id
        and (not endpoint.topics or notice.topic in endpoint.topics)
    ]
    if not rows:
        return 0
    once = insert(WebhookDelivery).on_conflict_do_nothing(
        index_elements=["endpoint_id", "event_id"]
    )
    # rows apart from the statement: in one they could be more parameters than it may have
    new = session.scalars(once.returning(WebhookDelivery.id), rows).all()
    if new:
        outbox.publish(session, DUE_TOPIC)
    return len(new)


def send_test(session: Session, caller: Caller, endpoint_id: uuid.UUID) -> WebhookDelivery:
    """Send an endpoint a test event, whatever its topics. Raises NotFound, WebhookDisabled."""
    endpoint = webhooks.find_enabled(session, caller, endpoint_id)
    ids = {"webhook_id": endpoint.id}
    now: datetime = session.scalars(select(func.now())).one()
    delivery = WebhookDelivery(**_row(endpoint, TEST_TOPIC, now, ids))
    session.add(delivery)
    session.flush()
    outbox.publish(session, DUE_TOPIC)
    return delivery


def claim(
    session: Session, *, limit: int, busy: Collection[uuid.UUID] = (), hold_s: float = CLAIM_S
) -> list[Claimed]:
    """Take deliveries that are due, a few of each endpoint; others skip them for `hold_s`.

    Endpoints that are `busy` are left out; those that fail come last, and with one each.
    """
    rows = session.execute(
        text(_CLAIM), {"limit": limit, "busy": list(busy), "hold": hold_s, "each": EACH}
    )
    return [
        Claimed(
            delivery_id=row.id,
            endpoint_id=row.endpoint_id,
            url=row.url,
            body=row.body,
            secrets=tuple(secret for secret in (row.secret, row.previous) if secret),
        )
        for row in rows
    ]


def one_page_of(
    session: Session,
    caller: Caller,
    endpoint_id: uuid.UUID,
    *,
    state: str | None,
    after: uuid.UUID | None,
    limit: int,
) -> Page:
    """List what an endpoint was sent, of one state or all, the newest first. Raises NotFound."""
    webhooks.find(session, caller, endpoint_id)
    query = select(WebhookDelivery).where(WebhookDelivery.endpoint_id == endpoint_id)
    if state is not None:
        query = query.where(WebhookDelivery.state == state)
    return one_page(session, query, WebhookDelivery.id, after=after, limit=limit, newest_first=True)


def find(
    session: Session, caller: Caller, endpoint_id: uuid.UUID, delivery_id: uuid.UUID
) -> DeliveryView:
    """Read a delivery with its attempts, the oldest first. Raises NotFound."""
    webhooks.find(session, caller, endpoint_id)
    delivery = session.scalar(
        select(WebhookDelivery).filter_by(id=delivery_id, endpoint_id=endpoint_id)
    )
    if delivery is None:
        raise NotFound("There is no such delivery. Deliveries are kept for 30 days.")
    attempts = session.scalars(
        select(WebhookAttempt).filter_by(delivery_id=delivery_id).order_by(WebhookAttempt.number)
    ).all()
    return DeliveryView(delivery, attempts)


def replay(
    session: Session, caller: Caller, endpoint_id: uuid.UUID, delivery_id: uuid.UUID
) -> WebhookDelivery:
    """Send a delivery again, whatever became of it, under the same id.

    Raises NotFound, WebhookDisabled.
    """
    webhooks.find_enabled(session, caller, endpoint_id)
    find(session, caller, endpoint_id, delivery_id)
    _start_over(session, WebhookDelivery.id == delivery_id)
    return find(session, caller, endpoint_id, delivery_id).delivery


def replay_dead(
    session: Session, caller: Caller, endpoint_id: uuid.UUID, *, since: datetime
) -> int:
    """Send again what is dead of the events since a time; returns how many there are.

    Raises NotFound, WebhookDisabled.
    """
    webhooks.find_enabled(session, caller, endpoint_id)
    return _start_over(
        session,
        WebhookDelivery.endpoint_id == endpoint_id,
        WebhookDelivery.state == "dead",
        WebhookDelivery.created_at >= since,
    )


def forget_old(session: Session) -> None:
    """Remove deliveries older than 30 days, with their attempts, unless they are under way."""
    session.execute(
        delete(WebhookDelivery).where(
            WebhookDelivery.created_at < func.now() - KEPT_FOR, WebhookDelivery.state != "pending"
        )
    )


def figures(session: Session) -> Figures:
    """Count what waits and what is dead; the cost does not grow with what was delivered."""
    row = session.execute(text(_FIGURES)).one()
    return Figures(**row._mapping)


def _row(
    endpoint: WebhookEndpoint,
    topic: str,
    at: datetime,
    ids: dict[str, Any],
    *,
    event_id: int | None = None,
) -> dict[str, Any]:
    body = {"type": topic, "timestamp": at.astimezone(UTC), "data": ids}
    enabled = endpoint.state == "enabled"
    return {
        "id": new_id(),
        "endpoint_id": endpoint.id,
        "event_id": event_id,
        "topic": topic,
        "body": orjson.dumps(body, option=orjson.OPT_UTC_Z).decode(),
        "state": "pending" if enabled else "dead",
        "next_attempt_at": at if enabled else None,
        "dead_reason": None if enabled else f"endpoint {endpoint.disabled_reason}",
    }


def _start_over(session: Session, *which: Any) -> int:
    started = session.execute(
        update(WebhookDelivery)
        .where(*which)
        .values(state="pending", failures=0, next_attempt_at=func.now(), dead_reason=None)
        .returning(WebhookDelivery.id),
        execution_options={"synchronize_session": "fetch"},
    ).all()
    if started:
        outbox.publish(session, DUE_TOPIC)
    return len(started)


# The limits stand inside, so that an endpoint with a long tail of deliveries costs no more than one
# with a few; the locks outside, so that only what is taken is locked.
_CLAIM = """
WITH candidates AS (
    SELECT d.id
    FROM webhook_endpoints e
    CROSS JOIN LATERAL (
        SELECT id, next_attempt_at FROM webhook_deliveries
        WHERE endpoint_id = e.id AND state = 'pending' AND next_attempt_at <= now()
        ORDER BY next_attempt_at
        LIMIT CASE WHEN e.failing_since IS NULL THEN :each ELSE 1 END
    ) d
    WHERE e.state = 'enabled' AND NOT e.id = ANY(CAST(:busy AS uuid[]))
    ORDER BY e.failing_since IS NOT NULL, d.next_attempt_at
    LIMIT :limit
),
due AS (
    SELECT w.id FROM webhook_deliveries w JOIN candidates USING (id)
    -- said again for a row that somebody else has claimed meanwhile
    WHERE w.state = 'pending' AND w.next_attempt_at <= now()
    FOR NO KEY UPDATE OF w SKIP LOCKED
)
UPDATE webhook_deliveries w SET next_attempt_at = now() + make_interval(secs => :hold)
FROM due, webhook_endpoints e
WHERE w.id = due.id AND e.id = w.endpoint_id
RETURNING w.id, w.endpoint_id, w.body, e.url, e.secret,
    CASE WHEN e.previous_secret_until > now() THEN e.previous_secret END AS previous
"""
# One look at each partial index. What a failing endpoint waits for is no lag of ours.
_FIGURES = """
SELECT
    (SELECT count(*) FROM webhook_deliveries WHERE state = 'pending') AS pending,
    (SELECT count(*) FROM webhook_deliveries WHERE state = 'dead') AS dead,
    (SELECT count(*) FROM webhook_endpoints WHERE state = 'disabled') AS disabled_endpoints,
    (
        SELECT greatest(0, coalesce(extract(epoch FROM now() - min(d.next_attempt_at)), 0))::float8
        FROM webhook_deliveries d JOIN webhook_endpoints e ON e.id = d.endpoint_id
        WHERE d.state = 'pending' AND e.state = 'enabled' AND e.failing_since IS NULL
    ) AS lag_s
"""
