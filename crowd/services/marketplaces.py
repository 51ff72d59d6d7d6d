"""Marketplaces as a requester sees them: what they work on, with how many, and for how much."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from crowd.errors import NotFound
from crowd.services import tenants
from crowd.services.tenants import Caller


class Share(NamedTuple):
    """What a marketplace does for one project of a requester."""

    project_id: uuid.UUID
    name: str
    state: str
    #: The project is open to it now.
    is_open: bool
    annotators: int
    #: Annotators that hold an assignment at this moment.
    at_work: int
    answers: int
    earned: Decimal
    currency: str | None


class MarketplaceRow(NamedTuple):
    """A marketplace, and its part in a requester's projects."""

    id: uuid.UUID
    name: str
    shares: Sequence[Share]

    @property
    def answers(self) -> int:
        """Count the answers of its annotators."""
        return sum(share.answers for share in self.shares)


def everyone(session: Session, caller: Caller) -> list[MarketplaceRow]:
    """List the marketplaces there are for the caller, by name.

    The cost grows with the annotators that have worked for the caller, not with their answers.
    """
    shares: dict[uuid.UUID, list[Share]] = {}
    for row in session.execute(text(_SHARES), {"tenant": caller.tenant_id}):
        shares.setdefault(row.marketplace_id, []).append(Share._make(row[1:]))
    found = tenants.everyone(session, "marketplace", sandbox_of=caller.sandbox_of)
    return [MarketplaceRow(one.id, one.name, shares.get(one.id, ())) for one in found]


def find(session: Session, caller: Caller, marketplace_id: uuid.UUID) -> MarketplaceRow:
    """Read one of them. Raises NotFound."""
    for row in everyone(session, caller):
        if row.id == marketplace_id:
            return row
    raise NotFound("There is no such marketplace.")


_SHARES = """
SELECT coalesce(m.tenant_id, w.tenant_id) AS marketplace_id, p.id, p.name, p.state,
    m.tenant_id IS NOT NULL AS is_open, coalesce(w.annotators, 0), coalesce(w.at_work, 0),
    coalesce(w.answers, 0), coalesce(w.earned, 0), c.currency
FROM projects p
JOIN project_configs c ON c.project_id = p.id AND c.version = p.config_version
CROSS JOIN LATERAL (
    SELECT tenant_id FROM project_marketplaces WHERE project_id = p.id
    UNION SELECT DISTINCT tenant_id FROM participations WHERE project_id = p.id
) either
LEFT JOIN project_marketplaces m ON m.project_id = p.id AND m.tenant_id = either.tenant_id
LEFT JOIN LATERAL (
    SELECT a.tenant_id, count(*) AS annotators, count(*) FILTER (WHERE a.leased > 0) AS at_work,
        sum(a.answered) AS answers, sum(a.earned) AS earned
    FROM participations a
    WHERE a.project_id = p.id AND a.tenant_id = either.tenant_id
    GROUP BY a.tenant_id
) w ON true
WHERE p.tenant_id = :tenant
ORDER BY p.id DESC
"""
