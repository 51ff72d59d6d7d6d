"""How an attempt at a delivery went, and what follows from it."""

from __future__ import annotations

import random
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from crowd.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from crowd.services import webhooks

_MINUTE, _HOUR = 60.0, 3600.0
#: Pauses before the second attempt, the third and so on, in seconds: 2.9 days in all.
PAUSES_S = (
    *(5.0, 30.0, 2 * _MINUTE, 10 * _MINUTE, 30 * _MINUTE),
    *(2 * _HOUR, 6 * _HOUR, *(5 * [12 * _HOUR])),
)
#: A pause is up to this share longer or shorter, so that what failed together comes back apart.
JITTER = 0.2
#: A receiver that asks for more patience than this is not given it.
LONGEST_PAUSE_S = 12 * _HOUR
#: An endpoint at which nothing has succeeded for so long is disabled, when a delivery has died.
FAILING_FOR = timedelta(days=5)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one attempt."""

    started_at: datetime
    duration_s: float
    #: None when no answer came; then `error` says why.
    status: int | None
    error: str | None = None
    excerpt: str | None = None
    #: Seconds the receiver asked us to wait.
    retry_after_s: float | None = None

    @property
    def succeeded(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_final(self) -> bool:
        """Tell whether trying again is pointless: the receiver has understood, and refused."""
        return self.status is not None and 400 <= self.status < 500 and self.status != 429


def record(session: Session, outcomes: Mapping[uuid.UUID, Outcome]) -> Sequence[WebhookDelivery]:
    """Store attempts at some deliveries and let them take effect; gives the deliveries.

    Those whose endpoint is gone by now are left out. Two attempts at one delivery may be under
    way: what has succeeded once stays delivered.
    """
    # endpoints first, each kind by id: everybody locks in this order
    theirs = select(WebhookDelivery.endpoint_id).where(WebhookDelivery.id.in_(outcomes))
    endpoints = {
        endpoint.id: endpoint
        for endpoint in session.scalars(
            _locked(WebhookEndpoint, WebhookEndpoint.id.in_(theirs), WebhookEndpoint.id)
        )
    }
    deliveries = session.scalars(
        _locked(WebhookDelivery, WebhookDelivery.id.in_(outcomes), WebhookDelivery.id)
    ).all()
    now = session.scalars(select(func.now())).one()
    for delivery in deliveries:
        outcome, endpoint = outcomes[delivery.id], endpoints[delivery.endpoint_id]
        delivery.attempts += 1
        session.add(_attempt(delivery, outcome))
        if outcome.succeeded:
            _succeed(endpoint, delivery)
        else:
            _fail(session, endpoint, delivery, outcome, now)
    session.flush()
    return deliveries


def pause_s(failures: int, asked_s: float | None = None) -> float | None:
    """Choose the pause after so many failures; None: give up.

    A receiver's own wish counts where it is longer.
    """
    if failures > len(PAUSES_S):
        return None
    pause = PAUSES_S[failures - 1] * random.uniform(1 - JITTER, 1 + JITTER)
    return max(pause, min(asked_s or 0.0, LONGEST_PAUSE_S))


def _locked(kind: Any, which: ColumnElement[bool], order: Any) -> Select[Any]:
    query = select(kind).where(which).order_by(order)
    return query.with_for_update().execution_options(populate_existing=True)


def _attempt(delivery: WebhookDelivery, outcome: Outcome) -> WebhookAttempt:
    return WebhookAttempt(
        delivery_id=delivery.id,
        number=delivery.attempts,
        status=outcome.status,
        error=outcome.error,
        response_excerpt=outcome.excerpt,
        duration_s=outcome.duration_s,
        started_at=outcome.started_at,
    )


def _succeed(endpoint: WebhookEndpoint, delivery: WebhookDelivery) -> None:
    delivery.state, delivery.next_attempt_at, delivery.dead_reason = "delivered", None, None
    endpoint.failing_since = None


def _fail(
    session: Session,
    endpoint: WebhookEndpoint,
    delivery: WebhookDelivery,
    outcome: Outcome,
    now: datetime,
) -> None:
    endpoint.failing_since = since = endpoint.failing_since or now
    if delivery.state == "pending":
        delivery.failures += 1
        pause = None if outcome.is_final else pause_s(delivery.failures, outcome.retry_after_s)
        if pause is None:
            why = "the receiver refused it" if outcome.is_final else "every attempt failed"
            delivery.state, delivery.next_attempt_at = "dead", None
            delivery.dead_reason = f"{why}: {outcome.error}"
        else:
            delivery.next_attempt_at = now + timedelta(seconds=pause)
    if endpoint.state == "disabled":
        return
    if outcome.status == 410:
        webhooks.disable(session, endpoint, "disabled: the receiver answered 410 Gone")
    # not for one failure after a long silence: that one may be mended within minutes
    elif delivery.state == "dead" and now - since >= FAILING_FOR:
        reason = f"disabled: nothing has succeeded since {since:%Y-%m-%d %H:%M} UTC"
        webhooks.disable(session, endpoint, reason)
