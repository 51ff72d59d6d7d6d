"""What a requester pays beside the price. Rows are never changed."""

from __future__ import annotations

import uuid

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crowd.db import CreatedAt, Id, Model, Money


class Bonus(Model):
    __tablename__ = "bonuses"
    __table_args__ = (
        # the same bonus is paid once, however often it is sent
        UniqueConstraint("project_id", "key"),
        CheckConstraint("amount > 0", name="amount"),
    )

    id: Mapped[Id]
    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    annotator_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("annotators.id"))
    amount: Mapped[Money]
    currency: Mapped[str]
    reason: Mapped[str]
    #: The requester's own name for it.
    key: Mapped[str]
    api_key_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("api_keys.id"))
    created_at: Mapped[CreatedAt]
