"""Transfers: the ledger, row by row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from crowd.client.connection import Connection


@dataclass(frozen=True, slots=True)
class Transfer:
    """An amount that went from one account to another."""

    id: str
    #: "hold", "release", "earn", "reverse" or "bonus".
    kind: str
    amount: Decimal
    currency: str
    annotator_id: str
    created_at: datetime
    assignment_id: str | None = None
    bonus_id: str | None = None
    #: The hold that it ends.
    closes_id: str | None = None
    #: The earning that it takes back.
    reverses_id: str | None = None


class Transfers:
    """The ledger, row by row."""

    def __init__(self, connection: Connection) -> None:
        self._api = connection

    def list(
        self, project_id: str, *, kind: str | None = None, annotator_id: str | None = None
    ) -> Iterator[Transfer]:
        """Read what has been moved in a project of yours, the oldest first."""
        where = f"/projects/{project_id}/transfers"
        return self._api.pages(where, Transfer, kind=kind, annotator_id=annotator_id)
