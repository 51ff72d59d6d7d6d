"""How each annotator has done in a project, listed in any order; `track_upkeep` keeps it.

Lists are for the project's requester: they name annotators by id and marketplace, never by the
marketplace's own name for them.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from crowd.db import each, rows
from crowd.errors import NotFound
from crowd.models.track_records import SORTED_BY
from crowd.services import pools, projects
from crowd.services.tenants import Caller

#: What may be said of an annotator, and when it is: of its record `r`, its participation `w`.
FLAGS = {
    "spammer": "r.is_spammer",
    "copying": "r.is_copying",
    "drift": "r.is_drifting",
    "probation": "%(probation)s AND NOT w.proven",
    "blocked": "w.state = 'blocked'",
    "barred": "w.barred",
    "paused": "w.paused_until > now()",
    "restricted": "w.restricted",
    "retraining": "w.retraining IS NOT NULL",
    "idle": "r.last_answer_at < now() - interval '7 days'",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which annotators of a project are meant; None: it does not matter."""

    marketplace_id: uuid.UUID | None = None
    pool_id: uuid.UUID | None = None
    #: One of `FLAGS`.
    flag: str | None = None
    least_answers: int | None = None
    #: The whole interval of their accuracy is below, or above, this.
    surely_below: float | None = None
    surely_above: float | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """An annotator's track record, and what is in force about it."""

    annotator_id: uuid.UUID
    marketplace_id: uuid.UUID
    marketplace: str
    run_number: int | None
    accuracy: float
    accuracy_low: float
    accuracy_high: float
    answers: int
    gold_seen: int
    gold_correct: int
    gold_low: float
    compared: int
    agreed: int
    agreement_low: float
    median_s: float
    spent: Decimal
    last_answer_at: datetime
    updated_at: datetime
    flags: list[str]
    #: What the list is sorted by, as text.
    key: str


@dataclass(frozen=True, slots=True)
class RecordPage:
    items: Sequence[Record]
    #: Where the next page starts: what it is sorted by, and the annotator; None at the end.
    next_after: tuple[str, uuid.UUID] | None


def one_page_of(
    session: Session,
    caller: Caller,
    project_id: uuid.UUID,
    *,
    wanted: Wanted,
    sort: str,
    descending: bool,
    after: tuple[str, uuid.UUID] | None,
    limit: int,
) -> RecordPage:
    """List a project's annotators by a column of `SORTED_BY`. Raises NotFound.

    A page is read off the column's index: its cost does not grow with the list, unless a filter
    passes most of it over; then the whole project is looked at, some 20 ms for 10,000 annotators.
    """
    statement = _page(sort, descending=descending, continued=after is not None)
    found = _read(session, caller, project_id, statement, wanted, after, limit + 1)
    shown = found[:limit]
    more = (shown[-1].key, shown[-1].annotator_id) if len(found) > limit else None
    return RecordPage(shown, more)


def ids_of(
    session: Session, caller: Caller, project_id: uuid.UUID, wanted: Wanted
) -> list[uuid.UUID]:
    """Name all annotators that are meant, by id. Raises NotFound."""
    parameters = _parameters(session, caller, project_id, wanted)
    return [row.annotator_id for row in rows(session, _IDS, **parameters)]


def find(
    session: Session, caller: Caller, project_id: uuid.UUID, annotator_id: uuid.UUID
) -> Record:
    """Read one annotator's track record. Raises NotFound, also before the job has seen it."""
    found = find_each(session, caller, project_id, [annotator_id])
    if not found:
        raise NotFound("No such annotator has answered in this project, or only just now.")
    return found[annotator_id]


def find_each(
    session: Session, caller: Caller, project_id: uuid.UUID, annotator_ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, Record]:
    """Read the track records of some annotators; those that have none are left out."""
    parameters = _parameters(session, caller, project_id, Wanted())
    found = rows(session, _EACH, annotators=list(annotator_ids), **parameters)
    return {row.annotator_id: Record(*row) for row in found}


def _read(
    session: Session,
    caller: Caller,
    project_id: uuid.UUID,
    statement: str,
    wanted: Wanted,
    after: tuple[str, uuid.UUID] | None,
    most: int,
) -> list[Record]:
    parameters = _parameters(session, caller, project_id, wanted)
    key, last = after or (None, None)
    found = rows(session, statement, key=key, last=last, most=most, **parameters)
    return [Record(*row) for row in found]


def _parameters(
    session: Session, caller: Caller, project_id: uuid.UUID, wanted: Wanted
) -> dict[str, Any]:
    view = projects.find_own(session, caller, project_id)
    if wanted.pool_id is not None:
        pools.find(session, caller, wanted.pool_id)
    return {
        "project": project_id,
        "marketplace": wanted.marketplace_id,
        "pool": wanted.pool_id,
        "flag": wanted.flag,
        "least": wanted.least_answers,
        "below": wanted.surely_below,
        "above": wanted.surely_above,
        "probation": view.config.probation is not None,
    }


_SAID = ", ".join(f"CASE WHEN {when} THEN '{flag}' END" for flag, when in FLAGS.items())
_FLAGS = f"array_remove(ARRAY[{_SAID}], NULL)"
_COLUMNS = """r.annotator_id, r.tenant_id AS marketplace_id, m.name AS marketplace, r.run_number,
       r.accuracy, r.accuracy_low, r.accuracy_high, r.answers, r.gold_seen, r.gold_correct,
       r.gold_low, r.compared, r.agreed, r.agreement_low, r.median_s, r.spent, r.last_answer_at,
       r.updated_at"""
_FROM = f"""track_records r
JOIN tenants m ON {each("m.id", "r.tenant_id")}
JOIN participations w ON {each("w.annotator_id", "r.annotator_id")}
    AND w.project_id = %(project)s"""
_WANTED = f"""r.project_id = %(project)s
  AND (%(marketplace)s::uuid IS NULL OR r.tenant_id = %(marketplace)s)
  AND (%(least)s::int IS NULL OR r.answers >= %(least)s)
  AND (%(below)s::float IS NULL OR r.accuracy_high < %(below)s)
  AND (%(above)s::float IS NULL OR r.accuracy_low > %(above)s)
  AND (%(flag)s::text IS NULL OR %(flag)s = ANY ({_FLAGS}))
  AND (%(pool)s::uuid IS NULL OR EXISTS (
      SELECT FROM pools p WHERE p.id = %(pool)s
      AND {pools.is_in("r.annotator_id", "r.tenant_id")}
  ))"""
_IDS = f"SELECT r.annotator_id FROM {_FROM} WHERE {_WANTED} ORDER BY r.annotator_id"
_EACH = f"""
SELECT {_COLUMNS}, {_FLAGS} AS flags, '' AS key FROM {_FROM}
WHERE {_WANTED} AND r.annotator_id = ANY (%(annotators)s)
"""


#: Of the columns that are no shares or seconds.
_KINDS = {"answers": "int", "spent": "numeric", "last_answer_at": "timestamptz"}


def _page(sort: str, *, descending: bool, continued: bool) -> str:
    """Write the search along the index of one of the columns in `SORTED_BY`."""
    assert sort in SORTED_BY
    way, beyond = ("DESC", "<") if descending else ("ASC", ">")
    kind = _KINDS.get(sort, "float8")
    after = f"AND (r.{sort}, r.annotator_id) {beyond} (%(key)s::{kind}, %(last)s::uuid)"
    return f"""
SELECT {_COLUMNS}, {_FLAGS} AS flags, r.{sort}::text AS key FROM {_FROM}
WHERE {_WANTED} {after if continued else ""}
ORDER BY r.{sort} {way}, r.annotator_id {way} LIMIT %(most)s
"""
