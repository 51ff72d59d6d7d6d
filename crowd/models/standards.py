"""What skill an annotator has to show in a project to be held qualified."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from crowd.db import CreatedAt, Id, Model


class Standard(Model):
    """A qualification that follows from skill. Rows are never changed but for their end."""

    __tablename__ = "standards"
    __table_args__ = (
        CheckConstraint("0 < keep AND keep <= reach AND reach <= 1", name="accuracy"),
        CheckConstraint("least_answers >= 1 AND least_gold >= 0", name="least"),
        Index("ix_standards_project_id_id", "project_id", "id"),
        # two of them would take turns in giving and taking away
        Index(
            "ux_standards_tenant_id_qualification",
            "tenant_id",
            "qualification",
            unique=True,
            postgresql_where="retired_at IS NULL",
        ),
    )

    id: Mapped[Id]
    #: The requester.
    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"))
    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    qualification: Mapped[str]
    #: Gained once the lower end of the accuracy's 95 % interval is at least this …
    reach: Mapped[float]
    #: … and lost once its upper end is below this.
    keep: Mapped[float]
    #: How many answers, and answers to gold, have to be seen before it is gained.
    least_answers: Mapped[int]
    least_gold: Mapped[int]
    api_key_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("api_keys.id"))
    created_at: Mapped[CreatedAt]
    retired_at: Mapped[datetime | None]
