"""Work that keeps the platform tidy."""

from __future__ import annotations

from crowd.db import transaction
from crowd.services import (
    assignments,
    deliveries,
    failures,
    idempotency,
    ledger_days,
    operations,
    outbox,
    reviews,
    webhooks,
)

#: Leases ended, or answers accepted, in one transaction.
BATCH = 500


def expire_leases(event_ids: list[int]) -> None:
    """End leases whose time is over and give their slots back."""
    ended = BATCH
    while ended == BATCH:
        with transaction() as session:
            ended = assignments.expire_due(session, limit=BATCH)
    with transaction() as session:
        outbox.confirm(session, event_ids)


def accept_answers(event_ids: list[int]) -> None:
    """Accept answers that nobody has reviewed in time."""
    accepted = BATCH
    while accepted == BATCH:
        with transaction() as session:
            accepted = reviews.accept_due(session, limit=BATCH)
    with transaction() as session:
        outbox.confirm(session, event_ids)


def sum_days(event_ids: list[int]) -> None:
    """Sum up the days of the ledger that are over, each in a transaction of its own."""
    summed = True
    while summed:
        with transaction() as session:
            summed = ledger_days.sum_up(session) is not None
    with transaction() as session:
        outbox.confirm(session, event_ids)


def forget_old(event_ids: list[int]) -> None:
    """Remove what is kept for a time only."""
    with transaction() as session:
        idempotency.forget_old(session)
        failures.forget_old(session)
        operations.forget_old(session)
        deliveries.forget_old(session)
        webhooks.forget_old_secrets(session)
        outbox.confirm(session, event_ids)
