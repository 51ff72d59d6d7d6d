"""Who calls the API: requesters and marketplaces, and their keys."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crowd.db import CreatedAt, Id, Model


class Tenant(Model):
    """A requester, who owns projects, or a marketplace, which brings annotators."""

    __tablename__ = "tenants"
    __table_args__ = (CheckConstraint("kind IN ('requester', 'marketplace')", name="kind"),)

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    created_at: Mapped[CreatedAt]


class ApiKey(Model):
    """A key: shown once, stored as a hash, found by its public prefix."""

    __tablename__ = "api_keys"

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

    tenant: Mapped[Tenant] = relationship()
