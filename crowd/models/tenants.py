"""Who calls the API: requesters and marketplaces, and their keys."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crowd.db import CreatedAt, Id, Model


class Tenant(Model):
    """A requester, who owns projects, or a marketplace, which brings annotators.

    A tenant's sandbox is a requester and a marketplace more, in which nothing is real.
    """

    __tablename__ = "tenants"
    __table_args__ = (
        CheckConstraint("kind IN ('requester', 'marketplace')", name="kind"),
        Index("ux_tenants_name", "name", unique=True, postgresql_where="sandbox_of IS NULL"),
        Index("ux_tenants_sandbox_of_kind", "sandbox_of", "kind", unique=True),
    )

    id: Mapped[Id]
    name: Mapped[str]
    kind: Mapped[str]
    #: The tenant whose sandbox this one belongs to; None: it is real.
    sandbox_of: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("tenants.id", ondelete="CASCADE")
    )
    created_at: Mapped[CreatedAt]


class ApiKey(Model):
    """A key: shown once, stored as a hash, found by its public prefix."""

    __tablename__ = "api_keys"
    __table_args__ = (CheckConstraint("rate_limit >= 1", name="rate_limit"),)

    id: Mapped[Id]
    tenant_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("tenants.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str]
    prefix: Mapped[str] = mapped_column(unique=True)
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_at: Mapped[CreatedAt]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    #: When it was used last, true to the hour; None: never.
    last_used_at: Mapped[datetime | None]
    #: Requests it may make in a window of the rate limit; None: as many as any key.
    rate_limit: Mapped[int | None]
    #: When another took its place; until it expires it may do all it did but make keys.
    rotated_at: Mapped[datetime | None]

    tenant: Mapped[Tenant] = relationship()
