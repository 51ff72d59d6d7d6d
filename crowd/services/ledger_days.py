"""Days of the ledger summed up, once each is over for good."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crowd.db import rows
from crowd.models import SummedDay

DAY = timedelta(days=1)
#: By no more than this the clock in a transfer's id and the database's, in `created_at`, differ.
SKEW = DAY
#: What transfers `t` come to, by kind.
AMOUNTS = ", ".join(
    f"coalesce(sum(t.amount) FILTER (WHERE t.kind = '{kind}'), 0) AS {name}"
    for kind, name in (("earn", "earned"), ("reverse", "reversed"), ("bonus", "bonuses"))
)
ANSWERS = """count(*) FILTER (WHERE t.kind = 'earn') - count(*) FILTER (WHERE t.kind = 'reverse')
           AS answers"""


def summed_until(session: Session) -> date | None:
    """Say from which day on transfers have not been summed up; None: none have."""
    newest = session.scalar(select(func.max(SummedDay.day)))
    return None if newest is None else newest + DAY


def sum_up(session: Session) -> date | None:
    """Sum up the first day that has not been, if it is over for good; gives the day.

    It is not as long as a transaction is open that began before its end: what that one adds to
    the ledger bears the time of its beginning.
    """
    day = summed_until(session)
    if day is None:
        first = rows(session, _FIRST)
        if not first:
            return None
        day = first[0].created_at.astimezone(UTC).date()
    end = midnight(day + DAY)
    # a statement of its own: what it finds to be over, the next one sees
    if not is_over(session, end):
        return None
    if rows(session, _NOTE, day=day):
        low, high = ids_between(midnight(day), end)
        rows(session, _SUM, day=day, since=midnight(day), until=end, low=low, high=high)
    return day


def is_over(session: Session, moment: datetime) -> bool:
    """Tell whether all that the ledger will ever hold from before a moment is there to be seen."""
    return bool(rows(session, _IS_OVER, moment=moment)[0].is_over)


def midnight(day: date) -> datetime:
    """Give the moment at which a day begins."""
    return datetime.combine(day, time(), UTC)


def ids_between(since: datetime, until: datetime) -> tuple[uuid.UUID, uuid.UUID]:
    """Bound the ids of what is made from one moment to another; they sort by time (RFC 9562)."""
    return id_at(since - SKEW), id_at(until + SKEW)


def id_at(moment: datetime) -> uuid.UUID:
    """Give the lowest id that is made at a moment; ids sort by time (RFC 9562)."""
    milliseconds = max(0, int(moment.timestamp() * 1000))
    return uuid.UUID(int=milliseconds << 80)


_FIRST = "SELECT created_at FROM transfers ORDER BY id LIMIT 1"
# an idle connection may be in a transaction of the server's own: it hears of tables that changed
_IS_OVER = """
SELECT now() >= %(moment)s AND current_setting('track_activities')::boolean AND NOT EXISTS (
    SELECT FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start < %(moment)s
      AND backend_type = 'client backend' AND state <> 'idle'
) AS is_over
"""
_NOTE = "INSERT INTO summed_days (day) VALUES (%(day)s) ON CONFLICT DO NOTHING RETURNING day"
_SUM = f"""
INSERT INTO ledger_days (tenant_id, project_id, annotator_id, day, currency, earned, reversed,
                         bonuses, answers)
SELECT n.tenant_id, t.project_id, t.annotator_id, %(day)s, t.currency, {AMOUNTS}, {ANSWERS}
FROM transfers t JOIN annotators n ON n.id = t.annotator_id
WHERE t.id >= %(low)s AND t.id < %(high)s
  AND t.created_at >= %(since)s AND t.created_at < %(until)s
  AND t.kind IN ('earn', 'reverse', 'bonus')
GROUP BY n.tenant_id, t.project_id, t.currency,
    GROUPING SETS ((t.annotator_id), ())
"""
