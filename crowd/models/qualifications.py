"""Permissions that annotators have of a requester, and projects ask for."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from crowd.db import CreatedAt, Model


class Qualification(Model):
    """That an annotator is qualified, in the eyes of one requester.

    One row for each way in which it came about: none of them takes away what another gives.
    """

    __tablename__ = "qualifications"
    __table_args__ = (
        CheckConstraint("origin IN ('granted', 'tested', 'derived')", name="origin"),
        CheckConstraint("(origin = 'tested') = (attempt_id IS NOT NULL)", name="attempt"),
        CheckConstraint("(origin = 'derived') = (standard_id IS NOT NULL)", name="standard"),
        Index("ix_qualifications_annotator_id", "annotator_id"),
        Index("ix_qualifications_attempt_id", "attempt_id"),
        Index("ix_qualifications_standard_id", "standard_id"),
    )

    #: The requester.
    tenant_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str] = mapped_column(primary_key=True)
    annotator_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("annotators.id", ondelete="CASCADE"), primary_key=True
    )
    #: By hand, by passing a test, or by skill.
    origin: Mapped[str] = mapped_column(primary_key=True, server_default="granted")
    #: The attempt at a training that was passed.
    attempt_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("training_attempts.id"))
    #: The standard that the annotator meets.
    standard_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("standards.id"))
    #: None: it does not end.
    expires_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
