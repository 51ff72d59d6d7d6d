"""Responses kept for a day, so that a repeated POST is answered and not done again."""

from __future__ import annotations

import uuid

from sqlalchemy import ForeignKey, Index, LargeBinary, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from crowd.db import CreatedAt, Model


class StoredResponse(Model):
    __tablename__ = "stored_responses"
    __table_args__ = (Index("ix_stored_responses_created_at", "created_at"),)

    api_key_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("api_keys.id", ondelete="CASCADE"), primary_key=True
    )
    #: The client's Idempotency-Key.
    key: Mapped[str] = mapped_column(primary_key=True)
    #: SHA-256 of method, path and body.
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    #: None while the first request is still being answered.
    status: Mapped[int | None] = mapped_column(SmallInteger)
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[CreatedAt]
