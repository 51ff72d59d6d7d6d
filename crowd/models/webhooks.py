"""Where tenants want to hear of events, what they are sent, and how each attempt went."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from crowd.db import CreatedAt, Id, Model


class WebhookEndpoint(Model):
    """An address of a tenant, and the topics it wants to hear of."""

    __tablename__ = "webhook_endpoints"
    __table_args__ = (
        CheckConstraint("state IN ('enabled', 'disabled')", name="state"),
        CheckConstraint(
            "(state = 'disabled') = (disabled_at IS NOT NULL AND disabled_reason IS NOT NULL)",
            name="disabled",
        ),
        CheckConstraint(
            "(previous_secret IS NULL) = (previous_secret_until IS NULL)", name="previous_secret"
        ),
    )

    id: Mapped[Id]
    tenant_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("tenants.id", ondelete="CASCADE"), index=True
    )
    url: Mapped[str]
    description: Mapped[str]
    #: Empty: every topic its tenant may hear of.
    topics: Mapped[list[str]] = mapped_column(ARRAY(Text))
    #: Signs what is sent. Kept readable, unlike a key: a hash could compare but not sign. It opens
    #: nothing here; who reads it can forge messages to this one address.
    secret: Mapped[str]
    #: Signs as well until its time is over, so that a receiver can change over without a gap.
    previous_secret: Mapped[str | None]
    previous_secret_until: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(default="enabled")
    disabled_at: Mapped[datetime | None]
    disabled_reason: Mapped[str | None]
    #: Of the first failed attempt since one succeeded; None while all is well.
    failing_since: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]


class WebhookDelivery(Model):
    """One event on its way to one endpoint. Its id is the `webhook-id` of every attempt."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        # an event that is spread twice is sent once
        UniqueConstraint("endpoint_id", "event_id"),
        CheckConstraint("state IN ('pending', 'delivered', 'dead')", name="state"),
        CheckConstraint("(state = 'pending') = (next_attempt_at IS NOT NULL)", name="pending"),
        CheckConstraint("(state = 'dead') = (dead_reason IS NOT NULL)", name="dead"),
        Index(
            "ix_webhook_deliveries_due",
            "endpoint_id",
            "next_attempt_at",
            postgresql_where="state = 'pending'",
        ),
        Index("ix_webhook_deliveries_dead", "endpoint_id", "id", postgresql_where="state = 'dead'"),
        Index("ix_webhook_deliveries_endpoint_id_id", "endpoint_id", "id"),
        Index("ix_webhook_deliveries_created_at", "created_at"),
    )

    id: Mapped[Id]
    endpoint_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("webhook_endpoints.id", ondelete="CASCADE")
    )
    #: The outbox event it tells of, which is gone by then; None: a test.
    event_id: Mapped[int | None] = mapped_column(BigInteger)
    topic: Mapped[str]
    #: JSON, byte for byte what is signed and sent.
    body: Mapped[str]
    state: Mapped[str] = mapped_column(default="pending")
    #: Attempts there have been.
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    #: Those that failed since it was first due or last replayed: the next pause goes by them.
    failures: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    #: When it is next due. While an attempt is under way: when that one counts as lost.
    next_attempt_at: Mapped[datetime | None]
    dead_reason: Mapped[str | None]
    created_at: Mapped[CreatedAt]


class WebhookAttempt(Model):
    """How one attempt went. Rows are never changed."""

    __tablename__ = "webhook_attempts"
    __table_args__ = (
        UniqueConstraint("delivery_id", "number"),
        CheckConstraint("status IS NOT NULL OR error IS NOT NULL", name="outcome"),
    )

    id: Mapped[Id]
    delivery_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("webhook_deliveries.id", ondelete="CASCADE")
    )
    #: From 1.
    number: Mapped[int] = mapped_column(SmallInteger)
    #: HTTP status; None when no answer came.
    status: Mapped[int | None] = mapped_column(SmallInteger)
    #: Why it counts as failed; None when it succeeded.
    error: Mapped[str | None]
    #: The beginning of what the receiver said.
    response_excerpt: Mapped[str | None]
    duration_s: Mapped[float]
    started_at: Mapped[datetime]
