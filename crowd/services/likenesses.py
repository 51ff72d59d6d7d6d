"""Who answers like whom: what fits have found, and whom a rule on copying means."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from crowd.db import new_id, rows
from crowd.models import Likeness
from crowd.services import projects
from crowd.services.collectors import Condition, Measured
from crowd.services.paging import Page, one_page
from crowd.services.tenants import Caller

#: What is at least so probable by chance is not kept.
KEPT_BELOW = 0.05


@dataclass(frozen=True, slots=True)
class Alike:
    """What a fit says of an annotator and the one most like it: see `Likeness`."""

    annotator_id: uuid.UUID
    partner_id: uuid.UUID
    common: int
    same: int
    chance: float


@dataclass(frozen=True, slots=True)
class Suspect:
    """An annotator on whom a rule on copying acts, by the first run that found enough."""

    annotator_id: uuid.UUID
    partner_id: uuid.UUID
    #: Its newest answer that the run had seen, and which of its answers that is, from 1.
    answer_id: uuid.UUID
    place: int
    measured: Measured


def record(
    session: Session,
    project_id: uuid.UUID,
    run_number: int,
    found: Iterable[Alike],
    until: uuid.UUID | None,
) -> None:
    """Keep whom a run, which has seen the answers `until` one, found too much like another."""
    kept = [{"id": new_id(), **asdict(one)} for one in found if one.chance < KEPT_BELOW]
    if kept:
        given = orjson.dumps(kept).decode()
        rows(session, _RECORD, given=given, project=project_id, run=run_number, until=until)


def answered_after(
    session: Session, project_id: uuid.UUID, answer_id: uuid.UUID | None
) -> set[uuid.UUID]:
    """Find the annotators with answers after one, or with any."""
    found = rows(session, _ANSWERED_AFTER, project=project_id, after=answer_id)
    return {row.annotator_id for row in found}


def suspects(
    session: Session, project_id: uuid.UUID, rule: Condition, *, after: datetime | None = None
) -> Sequence[Suspect]:
    """Find whom a rule on copying means by what runs `after` a moment have found, each once.

    The rule acts once on an annotator: whoever was spared by a person is not suspected again.
    """
    found = rows(
        session,
        _SUSPECTS,
        project=project_id,
        below=rule.below,
        least=rule.least,
        after=after,
        rule=rule.rule_id,
    )
    return [
        Suspect(
            row.annotator_id,
            row.partner_id,
            row.answer_id,
            row.place,
            Measured(row.chance, row.common, row.same),
        )
        for row in found
    ]


def comparable(session: Session, project_id: uuid.UUID, least: int) -> int:
    """Count the annotators with enough answers to be suspected."""
    return int(rows(session, _COMPARABLE, project=project_id, least=least)[0].annotators)


def one_page_of(
    session: Session,
    caller: Caller,
    project_id: uuid.UUID,
    *,
    annotator_id: uuid.UUID | None,
    after: uuid.UUID | None,
    limit: int,
) -> Page:
    """List what fits have found, of one annotator or all, the newest first. Raises NotFound."""
    projects.find(session, caller, project_id)
    query = select(Likeness).where(Likeness.project_id == project_id)
    if annotator_id is not None:
        query = query.where(Likeness.annotator_id == annotator_id)
    return one_page(session, query, Likeness.id, after=after, limit=limit, newest_first=True)


_RECORD = """
INSERT INTO likenesses (id, project_id, run_number, annotator_id, partner_id, common, same, chance,
                        answer_id, place, created_at)
SELECT n.id, %(project)s, %(run)s, n.annotator_id, n.partner_id, n.common, n.same, n.chance,
       a.newest, a.given, clock_timestamp()
FROM json_to_recordset(%(given)s::json) AS n (
    id uuid, annotator_id uuid, partner_id uuid, common integer, same integer, chance float
)
CROSS JOIN LATERAL (
    SELECT (array_agg(id ORDER BY id DESC))[1] AS newest, count(*) AS given FROM answers
    WHERE annotator_id = n.annotator_id AND project_id = %(project)s AND id <= %(until)s
) a
"""
_ANSWERED_AFTER = """
SELECT DISTINCT annotator_id FROM answers
WHERE project_id = %(project)s AND (%(after)s::uuid IS NULL OR id > %(after)s::uuid)
"""
_SUSPECTS = """
SELECT DISTINCT ON (l.annotator_id)
       l.annotator_id, l.partner_id, l.answer_id, l.place, l.chance, l.common, l.same
FROM likenesses l
WHERE l.project_id = %(project)s AND l.chance < %(below)s AND l.common >= %(least)s
  AND (%(after)s::timestamptz IS NULL OR l.created_at >= %(after)s::timestamptz)
  AND NOT EXISTS (
      SELECT FROM actions c WHERE c.rule_id = %(rule)s AND c.annotator_id = l.annotator_id
  )
ORDER BY l.annotator_id, l.run_number
"""
_COMPARABLE = """
SELECT count(*) AS annotators FROM participations
WHERE project_id = %(project)s AND answered >= %(least)s
"""
