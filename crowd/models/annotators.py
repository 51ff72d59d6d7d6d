"""The people (or models) who answer, each known to one marketplace."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crowd.db import CreatedAt, Id, Model


class Annotator(Model):
    """An annotator. Erasure forgets who it was; the answers stay, under a bare id."""

    __tablename__ = "annotators"
    __table_args__ = (
        UniqueConstraint("tenant_id", "external_id"),
        CheckConstraint("kind IN ('human', 'model')", name="kind"),
        CheckConstraint("state IN ('active', 'blocked')", name="state"),
        CheckConstraint("external_id IS NOT NULL OR erased_at IS NOT NULL", name="identity"),
    )

    id: Mapped[Id]
    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tenants.id"))
    #: The marketplace's own name for the annotator; None once erased.
    external_id: Mapped[str | None]
    kind: Mapped[str] = mapped_column(default="human")
    state: Mapped[str] = mapped_column(default="active")
    created_at: Mapped[CreatedAt]
    erased_at: Mapped[datetime | None]
