"""The log of who changed what."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from crowd.models import AuditEntry
from crowd.services.tenants import Caller


def note(
    session: Session, caller: Caller, action: str, subject_id: uuid.UUID, **change: Any
) -> None:
    """Add an entry in the transaction of the change it tells of."""
    session.add(
        AuditEntry(
            tenant_id=caller.tenant_id,
            api_key_id=caller.key_id,
            user_id=caller.user_id,
            action=action,
            subject_id=subject_id,
            change=_plain(change),
        )
    )


def note_each(
    session: Session, caller: Caller, action: str, subject_ids: Iterable[uuid.UUID], **change: Any
) -> None:
    """Add the same entry about each of many subjects, in one go."""
    who = {"api_key_id": caller.key_id, "user_id": caller.user_id}
    said = {"tenant_id": caller.tenant_id, **who, "action": action, "change": _plain(change)}
    if entries := [{**said, "subject_id": subject} for subject in subject_ids]:
        session.execute(insert(AuditEntry), entries)


def _plain(value: Any) -> Any:
    match value:
        case dict():
            return {name: _plain(part) for name, part in value.items()}
        case uuid.UUID():
            return str(value)
        case datetime():
            return value.isoformat()
        case Decimal():
            return f"{value:f}"
    return value
