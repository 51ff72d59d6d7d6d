"""The log of who changed what."""

from __future__ import annotations

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any

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
            action=action,
            subject_id=subject_id,
            change={name: _plain(value) for name, value in change.items()},
        )
    )


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
