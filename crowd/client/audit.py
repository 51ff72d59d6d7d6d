"""The log of who changed what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crowd.client.connection import Connection


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """A change, when it was made and by which key."""

    id: str
    #: As "action.taken".
    action: str
    #: What was changed.
    subject_id: str
    #: What is new, and the reason if any.
    change: Mapping[str, Any]
    created_at: datetime
    key_id: str | None = None
    key: str | None = None
    #: With no key either: a rule, a job or the operator.
    user: str | None = None


class Audit:
    """Who changed what of yours, when and why."""

    def __init__(self, connection: Connection) -> None:
        self._api = connection

    def list(
        self,
        *,
        subject_id: str | None = None,
        action: str | None = None,
        key_id: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Iterator[AuditEntry]:
        """Read what was changed, the newest first; `action` may be a noun, for all about it."""
        wish = {"subject_id": subject_id, "action": action, "key_id": key_id}
        bounds = {"from": since and since.isoformat(), "to": until and until.isoformat()}
        return self._api.pages("/audit", AuditEntry, **wish, **bounds)
