"""Annotators whom a requester lets work on none of its projects."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from crowd.db import CreatedAt, Id, Model


class Ban(Model):
    """That an annotator gets no work of a requester's, also in projects to come, until lifted."""

    __tablename__ = "bans"
    __table_args__ = (
        CheckConstraint("(lifted_at IS NULL) = (lifted_reason IS NULL)", name="lifted"),
        # whoever joins a project asks for it; and nobody is banned twice at the same time
        Index(
            "ux_bans_annotator_id_tenant_id",
            "annotator_id",
            "tenant_id",
            unique=True,
            postgresql_where="lifted_at IS NULL",
        ),
        Index("ix_bans_tenant_id_id", "tenant_id", "id"),
        Index("ix_bans_annotator_id_id", "annotator_id", "id"),
    )

    id: Mapped[Id]
    #: The requester's.
    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"))
    annotator_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("annotators.id"))
    #: Why, in words; for the requester alone.
    reason: Mapped[str]
    api_key_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("api_keys.id"))
    created_at: Mapped[CreatedAt]
    lifted_at: Mapped[datetime | None]
    lifted_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("api_keys.id"))
    lifted_reason: Mapped[str | None]
