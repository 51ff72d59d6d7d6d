"""A POST repeated with the same Idempotency-Key is answered from memory, not done again."""

from __future__ import annotations

import uuid
from datetime import timedelta

from sqlalchemy import delete, func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crowd.errors import IdempotencyKeyReused
from crowd.models import StoredResponse

KEPT_FOR = timedelta(hours=24)


def claim(
    session: Session, api_key_id: uuid.UUID, key: str, fingerprint: bytes
) -> StoredResponse | None:
    """Claim a key for this transaction, or return the response stored under it.

    While another transaction holds the same key, this one waits for its end.
    Raises IdempotencyKeyReused when the key came with another request.
    """
    row = {"api_key_id": api_key_id, "key": key}
    expired = (StoredResponse.key == key) & (StoredResponse.created_at < func.now() - KEPT_FOR)
    session.execute(delete(StoredResponse).where(StoredResponse.api_key_id == api_key_id, expired))
    claimed = session.execute(
        insert(StoredResponse)
        .values(**row, fingerprint=fingerprint)
        .on_conflict_do_nothing()
        .returning(StoredResponse.key)
    ).first()
    if claimed:
        return None
    stored = session.get_one(StoredResponse, row)
    if stored.fingerprint != fingerprint:
        raise IdempotencyKeyReused(
            f"Idempotency-Key {key!r} was used with another request. Use a new key for a new one."
        )
    return stored


def keep(session: Session, api_key_id: uuid.UUID, key: str, status: int, body: bytes) -> None:
    """Store the response in the transaction of what it reports."""
    stored = session.get_one(StoredResponse, {"api_key_id": api_key_id, "key": key})
    stored.status, stored.body = status, body


def forget_old(session: Session) -> None:
    """Remove responses older than 24 hours."""
    session.execute(delete(StoredResponse).where(StoredResponse.created_at < func.now() - KEPT_FOR))
