"""Statements: what was earned and is owed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from crowd.client.connection import Connection
from crowd.client.shapes import read


@dataclass(frozen=True, slots=True)
class Sums:
    """Amounts in one currency; `held` is of now, the others of the time asked for."""

    currency: str
    held: Decimal
    earned: Decimal
    reversed: Decimal
    bonuses: Decimal
    #: earned - reversed + bonuses
    owed: Decimal
    #: Paid for, without those reversed.
    answers: int
    #: Labels there are now, and what each cost; for a requester only.
    labels: int | None = None
    cost_per_label: Decimal | None = None
    #: The annotator of a marketplace, or the project of a requester; None in totals.
    id: str | None = None
    name: str | None = None


class Statements:
    """What your annotators have earned, or what your projects have cost."""

    def __init__(self, connection: Connection) -> None:
        self._api = connection

    def lines(self, **asked: Any) -> Iterator[Sums]:
        """Read a line for each annotator, or project, and currency.

        `since` (datetime), `until` (datetime), `project_id`, `currency` narrow it. Raises NotFound.
        """
        return self._api.pages("/statements", Sums, **_query(**asked))

    def totals(self, **asked: Any) -> Sequence[Sums]:
        """Read the sums of all lines, by currency."""
        found = self._api.get("/statements", limit=1, **_query(**asked))["totals"]
        return [read(Sums, item) for item in found]


def _query(
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    project_id: str | None = None,
    currency: str | None = None,
) -> dict[str, Any]:
    return {
        "from": since and since.isoformat(),
        "to": until and until.isoformat(),
        "project_id": project_id,
        "currency": currency,
    }
