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
from crowd.models import Project, Tenant
from crowd.services import audit, configs, projects, tenants
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
    #: The training to be passed again before there is work.
    retraining: uuid.UUID | None
    #: It has been through a probation.
    proven: bool
    #: It lacks what tasks that models are unsure of ask for.
    only_sure: bool = False

    @property
    def is_restricted(self) -> bool:
        """Whether an action, or a probation that is not over, keeps it on little work."""
        return self.restricted or (self.terms.probation is not None and not self.proven)


def enter(session: Session, caller: Caller, project_id: uuid.UUID, annotator: str) -> Entry:
    """Find an annotator by the marketplace's own name, in a project; its requests take turns.

    Raises NotFound.
    """
    key = {"tenant": caller.tenant_id, "project": project_id, "name": annotator}
    found = rows(session, _ENTER, **key)
    if not found:
        projects.find(session, caller, project_id)
        _join(session, **key)
        found = rows(session, _ENTER, **key)
    annotator_id, project_state, version, *rest = found[0]
    terms = configs.terms(session, project_id, version)
    return Entry(project_id, annotator_id, caller.tenant_id, project_state, terms, *rest)


def _join(session: Session, **key: Any) -> None:
    attempt = session.begin_nested()
    is_known = bool(rows(session, _BEFORE_JOINING, **key))
    if is_known and rows(session, _JOIN, **key):
        attempt.commit()
    else:
        # another request was first: the annotator is let go before anybody waits for that one
        attempt.rollback()
    if not is_known:
        raise NotFound(
            f"You have no annotator {key['name']!r}. Register it first: POST /api/v1/annotators."
        )


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
    session: Session, annotator_id: uuid.UUID, project_ids: Sequence[uuid.UUID] | None = None
) -> Sequence[Any]:
    """Lock the assignments that an annotator holds, in some projects or all.

    The caller has locked the participations. Gives id, project and configuration of each.
    """
    return rows(session, _HELD, annotator=annotator_id, projects=project_ids)


def lock(session: Session, project_id: uuid.UUID, annotator_id: uuid.UUID) -> bool:
    """Let nobody lease or hand in for an annotator meanwhile; tells whether it takes part."""
    return bool(rows(session, _LOCK, project=project_id, annotator=annotator_id))


def keep_from_joining(session: Session, annotator_id: uuid.UUID) -> None:
    """Let an annotator join no further project until the transaction ends."""
    rows(session, _KEEP_FROM_JOINING, annotator=annotator_id)


def lock_all(
    session: Session, annotator_id: uuid.UUID, requester_id: uuid.UUID | None = None
) -> list[uuid.UUID]:
    """Lock an annotator's participations in all projects, or a requester's; gives the projects."""
    found = rows(session, _LOCK_ALL, annotator=annotator_id, requester=requester_id)
    return [row.project_id for row in found]


def stand(session: Session, annotator_id: uuid.UUID, project_ids: Sequence[uuid.UUID]) -> None:
    """Bring participations, locked by the caller, to what actions and bans in force come to."""
    rows(session, _STAND, annotator=annotator_id, projects=project_ids)


def learn(session: Session, project_id: uuid.UUID, run_number: int) -> None:
    """Take over how well a run knows each annotator: what adaptive gold depends on."""
    rows(session, _LEARN, project=project_id, run=run_number)


def end_probations(session: Session, project_id: uuid.UUID, run_number: int) -> None:
    """Let annotators off probation of whom a run says that they have met enough gold well enough.

    Only at a fit: with the answer itself it would tell that this one was gold.
    """
    project = session.get_one(Project, project_id)
    requester = tenants.operator_of(session.get_one(Tenant, project.tenant_id))
    proven = [row.id for row in rows(session, _PROVE, project=project_id, run=run_number)]
    said = {"project_id": project_id, "run": run_number}
    audit.note_each(session, requester, "probation.ended", proven, **said)


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
       w.guideline, w.retraining, w.proven
FROM participations w CROSS JOIN projects p
WHERE w.project_id = %(project)s AND w.annotator_id = (
    SELECT id FROM annotators WHERE tenant_id = %(tenant)s AND external_id = %(name)s
) AND p.id = %(project)s AND p.state <> 'draft' AND EXISTS (
    SELECT FROM project_marketplaces WHERE project_id = %(project)s AND tenant_id = %(tenant)s
)
FOR NO KEY UPDATE OF w
"""
# keeps a block or a ban from missing a participation that is just being made. A statement of its
# own: the one that follows sees what was done while this one waited
_BEFORE_JOINING = """
SELECT FROM annotators WHERE tenant_id = %(tenant)s AND external_id = %(name)s FOR SHARE
"""
_KEEP_FROM_JOINING = "SELECT FROM annotators WHERE id = %(annotator)s FOR NO KEY UPDATE"
_BANNED = """EXISTS (
        SELECT FROM bans b JOIN projects j ON j.tenant_id = b.tenant_id
        WHERE j.id = {project} AND b.annotator_id = {annotator} AND b.lifted_at IS NULL
    )"""
_JOIN = f"""
INSERT INTO participations (project_id, annotator_id, tenant_id, state, barred)
SELECT %(project)s, n.id, n.tenant_id, n.state,
    {_BANNED.format(project="%(project)s", annotator="n.id")}
FROM annotators n WHERE n.tenant_id = %(tenant)s AND n.external_id = %(name)s
ON CONFLICT DO NOTHING RETURNING annotator_id
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
  AND (%(projects)s::uuid[] IS NULL OR project_id = ANY (%(projects)s))
ORDER BY id FOR NO KEY UPDATE
"""
_LOCK = """
SELECT FROM participations
WHERE project_id = %(project)s AND annotator_id = %(annotator)s FOR NO KEY UPDATE
"""
_LOCK_ALL = """
SELECT w.project_id FROM participations w JOIN projects p ON p.id = w.project_id
WHERE w.annotator_id = %(annotator)s
  AND (%(requester)s::uuid IS NULL OR p.tenant_id = %(requester)s)
ORDER BY w.project_id FOR NO KEY UPDATE OF w
"""
_STAND = f"""
UPDATE participations w SET barred = f.barred, paused_until = f.paused_until,
                            restricted = f.restricted, retraining = f.retraining
FROM unnest(%(projects)s::uuid[]) its (id)
CROSS JOIN LATERAL (
    SELECT coalesce(bool_or(kind IN ('block', 'exclude')), false)
               OR {_BANNED.format(project="its.id", annotator="%(annotator)s")} AS barred,
           max(ends_at) FILTER (WHERE kind = 'pause') AS paused_until,
           coalesce(bool_or(kind = 'restrict'), false) AS restricted,
           (array_agg(training_id ORDER BY id) FILTER (WHERE kind = 'retrain'))[1] AS retraining
    FROM actions
    WHERE annotator_id = %(annotator)s AND project_id = its.id
      AND undone_at IS NULL AND ended_at IS NULL
) f
WHERE w.project_id = its.id AND w.annotator_id = %(annotator)s
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
_PROVE = """
WITH proven AS (
    SELECT w.annotator_id FROM projects p
    JOIN project_configs c ON c.project_id = p.id AND c.version = p.config_version
    JOIN participations w ON w.project_id = p.id AND NOT w.proven
    JOIN skills s ON s.project_id = p.id AND s.annotator_id = w.annotator_id
        AND s.run_number = %(run)s
    WHERE p.id = %(project)s AND s.gold_seen >= greatest(1, (c.probation ->> 'gold')::int)
      AND s.gold_correct::float / s.gold_seen >= (c.probation ->> 'right')::float
    ORDER BY w.annotator_id FOR NO KEY UPDATE OF w
)
UPDATE participations w SET proven = true FROM proven
WHERE w.project_id = %(project)s AND w.annotator_id = proven.annotator_id
RETURNING w.annotator_id AS id
"""
