"""Permissions that a requester grants to annotators, and projects ask for."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from crowd.db import CreatedAt, Model


class Qualification(Model):
    """That an annotator is qualified, in the eyes of one requester."""

    __tablename__ = "qualifications"
    __table_args__ = (Index("ix_qualifications_annotator_id", "annotator_id"),)

    #: The requester.
    tenant_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str] = mapped_column(primary_key=True)
    annotator_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("annotators.id", ondelete="CASCADE"), primary_key=True
    )
    #: None: it does not end.
    expires_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
