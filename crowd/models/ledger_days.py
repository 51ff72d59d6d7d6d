"""What was moved on each day that is over: sums of transfers, so that statements need not add all.

A day is one of UTC. Rows are never changed: nothing that is added to the ledger lies in the past.
"""

from __future__ import annotations

import uuid
from datetime import date

from sqlalchemy import BigInteger, Date, ForeignKey, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from crowd.db import CreatedAt, Model, Money


class LedgerDay(Model):
    """What an annotator, or all of a marketplace, has earned of a project on a day."""

    __tablename__ = "ledger_days"
    __table_args__ = (
        Index("ix_ledger_days_annotator_id_day", "annotator_id", "day"),
        Index("ix_ledger_days_project_id_annotator_id_day", "project_id", "annotator_id", "day"),
        Index(
            "ix_ledger_days_tenant_id_day",
            "tenant_id",
            "day",
            postgresql_where="annotator_id IS NULL",
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    #: The marketplace.
    tenant_id: Mapped[uuid.UUID]
    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    #: None: all of the marketplace's annotators.
    annotator_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("annotators.id"))
    day: Mapped[date] = mapped_column(Date)
    currency: Mapped[str]
    earned: Mapped[Money]
    reversed: Mapped[Money]
    bonuses: Mapped[Money]
    #: Earnings without those that were reversed.
    answers: Mapped[int]


class SummedDay(Model):
    """That a day is summed up, and all before it are."""

    __tablename__ = "summed_days"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    created_at: Mapped[CreatedAt]
