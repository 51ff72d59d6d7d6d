"""What was earned and is owed: for a marketplace by annotator, for a requester by project."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from crowd.db import rows
from crowd.errors import NotFound
from crowd.services import projects
from crowd.services.tenants import Caller


@dataclass(frozen=True, slots=True)
class Line:
    """What one annotator, or one project, comes to in a currency."""

    #: The annotator, or the project; None: all of them.
    id: uuid.UUID | None
    #: The marketplace's own name for the annotator, or the project's.
    name: str | None
    currency: str
    #: Reserved now, for leases and for answers that wait for their reviews.
    held: Decimal
    earned: Decimal
    reversed: Decimal
    bonuses: Decimal
    #: Answers paid for: earnings without those that were reversed.
    answers: int
    #: Labels the project has now; None for an annotator.
    labels: int | None = None

    @property
    def owed(self) -> Decimal:
        """Say what it comes to."""
        return self.earned - self.reversed + self.bonuses

    @property
    def cost_per_label(self) -> Decimal | None:
        """Divide what was spent by the labels there are, to a millionth."""
        return round(self.owed / self.labels, 6) if self.labels else None


@dataclass(frozen=True, slots=True)
class Statement:
    items: list[Line]
    #: By currency, over all pages; None on those that follow the first.
    totals: list[Line] | None
    #: Where the next page starts; None at the end.
    next_after: uuid.UUID | None


def read(
    session: Session,
    caller: Caller,
    *,
    since: datetime | None,
    until: datetime | None,
    project_id: uuid.UUID | None,
    currency: str | None,
    after: uuid.UUID | None,
    limit: int,
) -> Statement:
    """Add up the caller's accounts from `since` to before `until`. Raises NotFound.

    A page holds up to `limit` annotators or projects, each with its currencies. The cost grows
    with the transfers that are added up.
    """
    if project_id is not None:
        _require_part(session, caller, project_id)
    which: dict[str, Any] = {
        "tenant": caller.tenant_id,
        "since": since,
        "until": until,
        "project": project_id,
        "currency": currency,
    }
    lines, totals = _STATEMENTS[caller.kind]
    found = rows(session, lines, after=after, most=limit + 1, **which)
    ids = list(dict.fromkeys(row.id for row in found))
    shown = ids[:limit]
    items = [Line(*row) for row in found if row.id in set(shown)]
    whole = None if after else [Line(None, None, *row) for row in rows(session, totals, **which)]
    return Statement(
        [line for line in items if _is_anything(line)],
        whole,
        shown[-1] if len(ids) > limit else None,
    )


def _is_anything(line: Line) -> bool:
    return any((line.held, line.earned, line.reversed, line.bonuses))


def _require_part(session: Session, caller: Caller, project_id: uuid.UUID) -> None:
    """Let a marketplace see what it is owed by a project that is not open to it any more."""
    took_part: Sequence[Any] = ()
    if caller.kind == "marketplace":
        took_part = rows(session, _TOOK_PART, project=project_id, tenant=caller.tenant_id)
    if not took_part:
        try:
            projects.find(session, caller, project_id)
        except NotFound:
            raise NotFound("There is no such project, or you have no part in it.") from None


_IN_TIME = """(%(since)s::timestamptz IS NULL OR t.created_at >= %(since)s)
        AND (%(until)s::timestamptz IS NULL OR t.created_at < %(until)s)"""
_ASKED_FOR = """(%(project)s::uuid IS NULL OR t.project_id = %(project)s)
        AND (%(currency)s::text IS NULL OR t.currency = %(currency)s)"""
_SUMS = f"""t.currency,
       sum(CASE 'held' WHEN t.to_account THEN t.amount WHEN t.from_account THEN -t.amount
           ELSE 0 END) AS held,
       coalesce(sum(t.amount) FILTER (WHERE t.kind = 'earn' AND {_IN_TIME}), 0) AS earned,
       coalesce(sum(t.amount) FILTER (WHERE t.kind = 'reverse' AND {_IN_TIME}), 0) AS reversed,
       coalesce(sum(t.amount) FILTER (WHERE t.kind = 'bonus' AND {_IN_TIME}), 0) AS bonuses,
       count(*) FILTER (WHERE t.kind = 'earn' AND {_IN_TIME})
           - count(*) FILTER (WHERE t.kind = 'reverse' AND {_IN_TIME}) AS answers"""
_LABELS = """(SELECT count(*) FROM tasks k JOIN projects q ON q.id = k.project_id
        WHERE q.tenant_id = %(tenant)s AND k.state = 'resolved'
          AND (%(project)s::uuid IS NULL OR q.id = %(project)s) AND {which})"""


def _lines(owners: str, name: str, key: str, labels: str) -> str:
    """Write the statement of one page: owners first, then the transfers of those alone."""
    return f"""
WITH listed AS (
    SELECT o.id, o.{name} AS name FROM {owners} o
    WHERE o.tenant_id = %(tenant)s AND (%(after)s::uuid IS NULL OR o.id > %(after)s)
      AND EXISTS (SELECT FROM transfers t WHERE t.{key} = o.id AND {_ASKED_FOR})
    ORDER BY o.id LIMIT %(most)s
)
SELECT l.id, l.name, {_SUMS}, {labels} AS labels
FROM listed l JOIN transfers t ON t.{key} = l.id
WHERE {_ASKED_FOR}
GROUP BY l.id, l.name, t.currency ORDER BY l.id, t.currency
"""


def _totals(owners: str, key: str, labels: str) -> str:
    return f"""
SELECT {_SUMS}, {labels} AS labels
FROM {owners} o JOIN transfers t ON t.{key} = o.id
WHERE o.tenant_id = %(tenant)s AND {_ASKED_FOR}
GROUP BY t.currency ORDER BY t.currency
"""


#: By the caller's kind: a page, and the totals.
_STATEMENTS = {
    "marketplace": (
        _lines("annotators", "external_id", "annotator_id", "NULL"),
        _totals("annotators", "annotator_id", "NULL"),
    ),
    "requester": (
        _lines("projects", "name", "project_id", _LABELS.format(which="q.id = l.id")),
        _totals(
            "projects",
            "project_id",
            _LABELS.format(
                which="EXISTS (SELECT FROM transfers u WHERE u.project_id = q.id "
                "AND u.currency = t.currency)"
            ),
        ),
    ),
}
_TOOK_PART = """
SELECT FROM participations WHERE project_id = %(project)s AND tenant_id = %(tenant)s LIMIT 1
"""
