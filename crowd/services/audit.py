"""The log of who changed what."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from crowd.models import AuditEntry
from crowd.services.tenants import Caller


def note(
    session: Session, caller: Caller, action: str, subject_id: uuid.UUID, **change: Any
) -> None:
    """Add an entry in the transaction of the change it tells of."""
    plain = {k: v.isoformat() if isinstance(v, datetime) else v for k, v in change.items()}
    session.add(
        AuditEntry(
            tenant_id=caller.tenant_id,
            api_key_id=caller.key_id,
            action=action,
            subject_id=subject_id,
            change=plain,
        )
    )
