"""Annotators in projects: let in, counted, blocked."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from crowd.db import rows
from crowd.errors import NotFound
from crowd.services import configs, projects
from crowd.services.configs import Terms
from crowd.services.tenants import Caller


@dataclass(frozen=True, slots=True)
class Entry:
    """An annotator who asks for work, locked until the transaction ends."""

    project_id: uuid.UUID
    annotator_id: uuid.UUID
    #: The annotator's marketplace.
    tenant_id: uuid.UUID
    project_state: str
    terms: Terms
    now: datetime
    blocked: bool
    leased: int
    #: Leases so far: in all, of gold, in this hour, on this day.
    leases: int
    gold_leases: int
    hour_leases: int
    day_leases: int
    #: Until then searching everything is of no use above this priority (None: at all).
    searched_until: datetime | None
    searched_priority: int | None
    #: How little is known of the annotator: the width of an interval, from 0 to 1.
    uncertainty: float
    #: By actions in force in this project: shut out, shut out until then, kept on little work.
    barred: bool
    paused_until: datetime | None
    restricted: bool
    #: The version of the guideline that it accepted last; 0: none.
    guideline: int
    #: It lacks what tasks that models are unsure of ask for.
    only_sure: bool = False


def enter(session: Session, caller: Caller, project_id: uuid.UUID, annotator: str) -> Entry:
    """Find an annotator by the marketplace's own name, in a project; its requests take turns.

    Raises NotFound.
    """
    key = {"tenant": caller.tenant_id, "project": project_id, "name": annotator}
    found = rows(session, _ENTER, **key)
    if not found:
        projects.find(session, caller, project_id)
        if not rows(session, _JOIN, **key):
            raise NotFound(
                f"You have no annotator {annotator!r}. Register it first: POST /api/v1/annotators."
            )
        found = rows(session, _ENTER, **key)
    annotator_id, project_state, version, *rest = found[0]
    terms = configs.terms(session, project_id, version)
    return Entry(project_id, annotator_id, caller.tenant_id, project_state, terms, *rest)


def remember_search(
    session: Session, entry: Entry, *, seconds: float, priority: int | None
) -> None:
    """Note what a search of everything has found, so that it is not made again at once."""
    rows(
        session,
        _REMEMBER,
        project=entry.project_id,
        annotator=entry.annotator_id,
        seconds=seconds,
        priority=priority,
    )


def turn(session: Session, annotator_id: uuid.UUID, state: str) -> None:
    """Let an annotator work, or not, in every project."""
    rows(session, _TURN, annotator=annotator_id, state=state)


def held_by(
    session: Session, annotator_id: uuid.UUID, project_id: uuid.UUID | None = None
) -> Sequence[Any]:
    """Lock the assignments that an annotator holds, in one project or all.

    The caller has locked the participations. Gives id, project and configuration of each.
    """
    return rows(session, _HELD, annotator=annotator_id, project=project_id)


def lock(session: Session, project_id: uuid.UUID, annotator_id: uuid.UUID) -> bool:
    """Let nobody lease or hand in for an annotator meanwhile; tells whether it takes part."""
    return bool(rows(session, _LOCK, project=project_id, annotator=annotator_id))


def learn(session: Session, project_id: uuid.UUID, run_number: int) -> None:
    """Take over how well a run knows each annotator: what adaptive gold depends on."""
    rows(session, _LEARN, project=project_id, run=run_number)


def count_leases(source: str, *, paid: bool) -> str:
    """Write the part of a statement that counts what it has leased: the rows of `source`."""
    held = "held = p.held + n.all_kinds * %(price)s::numeric," if paid else ""
    return f"""noted AS (
    UPDATE participations p SET
        {held}
        leased = p.leased + n.all_kinds,
        leases = p.leases + n.all_kinds,
        gold_leases = p.gold_leases + n.gold,
        hour_at = date_trunc('hour', now()),
        hour_leases = n.all_kinds
            + CASE WHEN hour_at = date_trunc('hour', now()) THEN hour_leases ELSE 0 END,
        day_at = date_trunc('day', now()),
        day_leases = n.all_kinds
            + CASE WHEN day_at = date_trunc('day', now()) THEN day_leases ELSE 0 END
    FROM (
        SELECT count(*) AS all_kinds, count(*) FILTER (WHERE is_gold) AS gold FROM {source}
    ) n
    WHERE n.all_kinds > 0
      AND p.project_id = %(project)s AND p.annotator_id = %(annotator)s
)"""


_ENTER = """
SELECT w.annotator_id AS id, p.state, p.config_version, now() AS now,
       w.state = 'blocked' AS blocked, w.leased, w.leases, w.gold_leases,
       CASE WHEN w.hour_at = date_trunc('hour', now()) THEN w.hour_leases ELSE 0 END AS hour_leases,
       CASE WHEN w.day_at = date_trunc('day', now()) THEN w.day_leases ELSE 0 END AS day_leases,
       w.searched_until, w.searched_priority, w.uncertainty, w.barred, w.paused_until, w.restricted,
       w.guideline
FROM participations w CROSS JOIN projects p
WHERE w.project_id = %(project)s AND w.annotator_id = (
    SELECT id FROM annotators WHERE tenant_id = %(tenant)s AND external_id = %(name)s
) AND p.id = %(project)s AND p.state <> 'draft' AND EXISTS (
    SELECT FROM project_marketplaces WHERE project_id = %(project)s AND tenant_id = %(tenant)s
)
FOR NO KEY UPDATE OF w
"""
# the lock on the annotator keeps a block from missing a participation that is just being made
_JOIN = """
WITH who AS (
    SELECT id, tenant_id, state FROM annotators
    WHERE tenant_id = %(tenant)s AND external_id = %(name)s
    FOR SHARE
),
joined AS (
    INSERT INTO participations (project_id, annotator_id, tenant_id, state)
    SELECT %(project)s, id, tenant_id, state FROM who
    ON CONFLICT DO NOTHING
)
SELECT id FROM who
"""
_REMEMBER = """
UPDATE participations
SET searched_until = now() + make_interval(secs => %(seconds)s), searched_priority = %(priority)s
WHERE project_id = %(project)s AND annotator_id = %(annotator)s
"""
_TURN = """
WITH locked AS (
    SELECT project_id FROM participations WHERE annotator_id = %(annotator)s
    ORDER BY project_id FOR NO KEY UPDATE
)
UPDATE participations p SET state = %(state)s FROM locked l
WHERE p.annotator_id = %(annotator)s AND p.project_id = l.project_id
"""
_HELD = """
SELECT id, project_id, config_version FROM assignments
WHERE annotator_id = %(annotator)s AND state = 'leased'
  AND (%(project)s::uuid IS NULL OR project_id = %(project)s)
ORDER BY id FOR NO KEY UPDATE
"""
_LOCK = """
SELECT FROM participations
WHERE project_id = %(project)s AND annotator_id = %(annotator)s FOR NO KEY UPDATE
"""
_LEARN = """
WITH known AS (
    SELECT w.annotator_id, s.accuracy_high - s.accuracy_low AS width
    FROM participations w
    JOIN skills s ON s.project_id = w.project_id AND s.annotator_id = w.annotator_id
    WHERE w.project_id = %(project)s AND s.run_number = %(run)s
      AND abs(w.uncertainty - (s.accuracy_high - s.accuracy_low)) > 0.02
    ORDER BY w.annotator_id FOR NO KEY UPDATE OF w
)
UPDATE participations w SET uncertainty = known.width FROM known
WHERE w.project_id = %(project)s AND w.annotator_id = known.annotator_id
"""
