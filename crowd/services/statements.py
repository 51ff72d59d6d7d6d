"""What was earned and is owed: for a marketplace by annotator, for a requester by project."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from crowd.db import rows
from crowd.errors import NotFound
from crowd.services import ledger_days, projects
from crowd.services.tenants import Caller

#: Before and after everything there is.
LONG_AGO, FAR_AHEAD = datetime(2000, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)


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

    A page holds up to `limit` annotators or projects, each with its currencies. Whole days have
    been added up already; transfers are read of the others alone.
    """
    if project_id is not None:
        _require_part(session, caller, project_id)
    which: dict[str, Any] = {
        "tenant": caller.tenant_id,
        "project": project_id,
        "currency": currency,
        **_parts_of(since, until, ledger_days.summed_until(session)),
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


def _parts_of(
    since: datetime | None, until: datetime | None, summed_until: date | None
) -> dict[str, Any]:
    """Cut a time into whole days that are summed up, and what is left at either end of them."""
    begin, end = since or LONG_AGO, until or FAR_AHEAD
    first = begin.astimezone(UTC).date()
    if begin > ledger_days.midnight(first):
        first += ledger_days.DAY
    last = min(end.astimezone(UTC).date(), summed_until or first)
    if last <= first:
        last, ends = first, [(begin, end)]
    else:
        ends = [(begin, ledger_days.midnight(first)), (ledger_days.midnight(last), end)]
    ends = [(start, stop) for start, stop in ends if start < stop]
    bounds = [ledger_days.ids_between(start, stop) for start, stop in ends]
    return {
        "first": first,
        "last": last,
        "starts": [start for start, _ in ends],
        "stops": [stop for _, stop in ends],
        "lows": [low for low, _ in bounds],
        "highs": [high for _, high in bounds],
    }


def _asked_for(project: str, currency: str) -> str:
    return f"""(%(project)s::uuid IS NULL OR {project} = %(project)s)
        AND (%(currency)s::text IS NULL OR {currency} = %(currency)s)"""


def _moved(owners: str, key: str, days: str) -> str:
    """Write what was moved, in parts: whole days, single transfers at the ends, and what is held.

    Of the owners `o`, each by its key, and of the days `d`. The OFFSETs make each be looked up by
    its index, whatever the planner knows of the tables.
    """
    return f"""
    SELECT d.currency, 0 AS held, d.earned, d.reversed, d.bonuses, d.answers
    FROM {days} AND d.day >= %(first)s AND d.day < %(last)s
        AND {_asked_for("d.project_id", "d.currency")}
    UNION ALL
    SELECT t.currency, 0, {ledger_days.AMOUNTS}, {ledger_days.ANSWERS}
    FROM {owners} CROSS JOIN unnest(
        %(starts)s::timestamptz[], %(stops)s::timestamptz[], %(lows)s::uuid[], %(highs)s::uuid[]
    ) AS e (start, stop, low, high)
    CROSS JOIN LATERAL (
        SELECT * FROM transfers x
        WHERE x.{key} = o.id AND x.id >= e.low AND x.id < e.high OFFSET 0
    ) t
    WHERE t.created_at >= e.start AND t.created_at < e.stop
      AND {_asked_for("t.project_id", "t.currency")}
    GROUP BY t.currency
    UNION ALL
    SELECT c.currency, w.held, 0, 0, 0, 0
    FROM {owners} CROSS JOIN LATERAL (
        SELECT * FROM participations x WHERE x.{key} = o.id AND x.held > 0 OFFSET 0
    ) w
    CROSS JOIN LATERAL (
        SELECT c.currency FROM projects p
        JOIN project_configs c ON c.project_id = p.id AND c.version = p.config_version
        WHERE p.id = w.project_id OFFSET 0
    ) c
    WHERE {_asked_for("w.project_id", "c.currency")}"""


_SUMS = """m.currency, sum(m.held) AS held, sum(m.earned) AS earned, sum(m.reversed) AS reversed,
       sum(m.bonuses) AS bonuses, sum(m.answers)::bigint AS answers"""
_LABELS = """(SELECT count(*) FROM tasks k JOIN projects q ON q.id = k.project_id
        WHERE q.tenant_id = %(tenant)s AND k.state = 'resolved'
          AND (%(project)s::uuid IS NULL OR q.id = %(project)s) AND {which})"""


def _lines(owners: str, name: str, key: str, moved: str, labels: str) -> str:
    """Write the statement of one page: owners first, then what was moved of those alone."""
    return f"""
WITH listed AS (
    SELECT o.id, o.{name} AS name FROM {owners} o
    WHERE o.tenant_id = %(tenant)s AND (%(after)s::uuid IS NULL OR o.id > %(after)s)
      AND EXISTS (
          SELECT FROM transfers t
          WHERE t.{key} = o.id AND {_asked_for("t.project_id", "t.currency")}
      )
    ORDER BY o.id LIMIT %(most)s
)
SELECT l.id, l.name, {_SUMS}, {labels} AS labels
FROM listed l CROSS JOIN LATERAL ({moved}) m
GROUP BY l.id, l.name, m.currency ORDER BY l.id, m.currency
"""


def _totals(moved: str, labels: str) -> str:
    return f"""
SELECT {_SUMS}, {labels} AS labels
FROM ({moved}) m GROUP BY m.currency ORDER BY m.currency
"""


_LISTED = "(SELECT l.id) o"
_OURS = "(SELECT id FROM {owners} WHERE tenant_id = %(tenant)s OFFSET 0) o"
_OF_A_PROJECT = """(
        SELECT * FROM ledger_days x WHERE x.project_id = o.id AND x.annotator_id IS NULL OFFSET 0
    ) d WHERE true"""
#: By the caller's kind: a page, and the totals.
_STATEMENTS = {
    "marketplace": (
        _lines(
            "annotators",
            "external_id",
            "annotator_id",
            _moved(_LISTED, "annotator_id", "ledger_days d WHERE d.annotator_id = l.id"),
            "NULL",
        ),
        _totals(
            _moved(
                _OURS.format(owners="annotators"),
                "annotator_id",
                "ledger_days d WHERE d.tenant_id = %(tenant)s AND d.annotator_id IS NULL",
            ),
            "NULL",
        ),
    ),
    "requester": (
        _lines(
            "projects",
            "name",
            "project_id",
            _moved(_LISTED, "project_id", f"{_LISTED} CROSS JOIN LATERAL {_OF_A_PROJECT}"),
            _LABELS.format(which="q.id = l.id"),
        ),
        _totals(
            _moved(
                _OURS.format(owners="projects"),
                "project_id",
                f"{_OURS.format(owners='projects')} CROSS JOIN LATERAL {_OF_A_PROJECT}",
            ),
            _LABELS.format(
                which="EXISTS (SELECT FROM transfers u WHERE u.project_id = q.id "
                "AND u.currency = m.currency)"
            ),
        ),
    ),
}
_TOOK_PART = """
SELECT FROM participations WHERE project_id = %(project)s AND tenant_id = %(tenant)s LIMIT 1
"""
