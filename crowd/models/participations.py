"""An annotator in a project: what was handed out, and where in the queue it stands."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from crowd.db import CreatedAt, Model, Money


class Participation(Model):
    """One row an annotator and project. Its lock makes the requests of one annotator take turns."""

    __tablename__ = "participations"
    __table_args__ = (
        CheckConstraint("state IN ('active', 'blocked')", name="state"),
        CheckConstraint("leased >= 0 AND answered >= 0", name="counts"),
        CheckConstraint("held >= 0 AND earned >= 0", name="money"),
        Index("ix_participations_annotator_id", "annotator_id"),
        # counters move with every lease and answer: leave room to update in place
        {"postgresql_with": {"fillfactor": 50}},
    )

    project_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True
    )
    annotator_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("annotators.id", ondelete="CASCADE"), primary_key=True
    )
    #: The annotator's marketplace.
    tenant_id: Mapped[uuid.UUID]
    state: Mapped[str] = mapped_column(server_default="active")
    #: Assignments held now, and answers handed in.
    leased: Mapped[int] = mapped_column(server_default="0")
    answered: Mapped[int] = mapped_column(server_default="0")
    #: Leases since the hour, and since the day, that began then (UTC).
    hour_at: Mapped[datetime] = mapped_column(server_default=text("date_trunc('hour', now())"))
    hour_leases: Mapped[int] = mapped_column(server_default="0")
    day_at: Mapped[datetime] = mapped_column(server_default=text("date_trunc('day', now())"))
    day_leases: Mapped[int] = mapped_column(server_default="0")
    #: Leases in all, and those of them that were gold.
    leases: Mapped[int] = mapped_column(server_default="0")
    gold_leases: Mapped[int] = mapped_column(server_default="0")
    #: Until then a long search need not be made again: it found nothing above this priority, or
    #: nothing at all where that is None.
    searched_until: Mapped[datetime | None]
    searched_priority: Mapped[int | None]
    #: Width of the 95 % interval of the annotator's accuracy; 1 while nothing is known.
    uncertainty: Mapped[float] = mapped_column(server_default="1")
    #: What actions and bans in force come to in this project: no work at all, none until then,
    #: or little.
    barred: Mapped[bool] = mapped_column(server_default="false")
    paused_until: Mapped[datetime | None]
    restricted: Mapped[bool] = mapped_column(server_default="false")
    #: It has been through the project's probation, where there is one.
    proven: Mapped[bool] = mapped_column(server_default="false")
    #: The training that has to be passed before there is work again.
    retraining: Mapped[uuid.UUID | None]
    #: The version of the project's guideline that the annotator accepted last; 0: none.
    guideline: Mapped[int] = mapped_column(server_default="0")
    #: Answers that the project's rules have judged.
    judged: Mapped[int] = mapped_column(server_default="0")
    #: Balances of the annotator's accounts in the project, in its currency: sums of `transfers`.
    held: Mapped[Money] = mapped_column(server_default="0")
    earned: Mapped[Money] = mapped_column(server_default="0")
    created_at: Mapped[CreatedAt]
