"""When each piece of repeated work is next due: one row, so that many schedulers start it once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func
from sqlalchemy.orm import Mapped, mapped_column

from crowd.db import Model


class Schedule(Model):
    __tablename__ = "schedules"

    #: The topic published when it falls due.
    topic: Mapped[str] = mapped_column(primary_key=True)
    every_s: Mapped[float]
    due_at: Mapped[datetime] = mapped_column(server_default=func.now())
