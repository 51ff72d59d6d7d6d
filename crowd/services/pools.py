"""Pools of a requester: who is let in by an entry rule, or by hand.

Who is in is read when work is asked for, never stored: a qualification that is gained, lost or over
counts at once, and nothing has to be kept in step.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crowd.db import rows
from crowd.errors import Conflict, DuplicateName, Invalid, NotFound
from crowd.models import Pool, PoolMember, Project, ProjectConfig, Tenant
from crowd.services import audit, qualifications
from crowd.services.paging import Page, one_page
from crowd.services.participations import Entry
from crowd.services.tenants import Caller


def admits(session: Session, entry: Entry) -> bool:
    """Tell whether an annotator is in one of the pools that the project asks for."""
    found = rows(
        session,
        _ADMITS,
        owner=entry.terms.tenant_id,
        names=list(entry.terms.pools),
        annotator=entry.annotator_id,
        marketplace=entry.tenant_id,
    )
    return bool(found)


def create(
    session: Session,
    caller: Caller,
    *,
    name: str,
    qualifications: Sequence[str] = (),
    marketplaces: Sequence[uuid.UUID] = (),
) -> Pool:
    """Add a pool with its entry rule. Raises DuplicateName, Invalid."""
    _require_marketplaces(session, caller, marketplaces)
    pool = Pool(
        tenant_id=caller.tenant_id,
        name=name,
        qualifications=list(qualifications),
        marketplaces=list(marketplaces),
    )
    try:
        with session.begin_nested():
            session.add(pool)
    except IntegrityError:
        raise DuplicateName(f"You already have a pool called {name!r}.") from None
    audit.note(session, caller, "pool.created", pool.id, name=name, **_rule(pool))
    return pool


def change(
    session: Session,
    caller: Caller,
    pool_id: uuid.UUID,
    *,
    qualifications: Sequence[str] | None = None,
    marketplaces: Sequence[uuid.UUID] | None = None,
) -> Pool:
    """Give a pool another entry rule; what is not named stays. Raises NotFound, Invalid."""
    pool = find(session, caller, pool_id, lock=True)
    if qualifications is not None:
        pool.qualifications = list(qualifications)
    if marketplaces is not None:
        _require_marketplaces(session, caller, marketplaces)
        pool.marketplaces = list(marketplaces)
    session.flush()
    audit.note(session, caller, "pool.changed", pool_id, **_rule(pool))
    return pool


def delete(session: Session, caller: Caller, pool_id: uuid.UUID) -> None:
    """Remove a pool that no project asks for. Raises NotFound, Conflict."""
    pool = find(session, caller, pool_id, lock=True)
    in_use = (
        select(Project.name)
        .join(ProjectConfig, ProjectConfig.project_id == Project.id)
        .where(
            Project.tenant_id == caller.tenant_id,
            ProjectConfig.version == Project.config_version,
            ProjectConfig.pools.contains([pool.name]),
        )
    )
    if names := session.scalars(in_use.order_by(Project.name)).all():
        raise Conflict(f"Projects ask for the pool: {', '.join(names)}. Change them first.")
    session.delete(pool)
    session.flush()
    audit.note(session, caller, "pool.deleted", pool_id, name=pool.name)


def find(session: Session, caller: Caller, pool_id: uuid.UUID, *, lock: bool = False) -> Pool:
    """Read a pool of the caller's. Raises NotFound."""
    query = select(Pool).filter_by(id=pool_id, tenant_id=caller.tenant_id)
    pool = session.scalar(query.with_for_update() if lock else query)
    if pool is None:
        raise NotFound("There is no such pool of yours.")
    return pool


def one_page_of(session: Session, caller: Caller, *, after: uuid.UUID | None, limit: int) -> Page:
    """List the caller's pools, the oldest first."""
    query = select(Pool).where(Pool.tenant_id == caller.tenant_id)
    return one_page(session, query, Pool.id, after=after, limit=limit)


def put_member(
    session: Session,
    caller: Caller,
    pool_id: uuid.UUID,
    annotator_id: uuid.UUID,
    *,
    admitted: bool,
    reason: str,
) -> PoolMember:
    """Let an annotator in, or keep it out, whatever the entry rule says. Raises NotFound."""
    find(session, caller, pool_id)
    qualifications.require_within_reach(session, caller, annotator_id)
    key = {"pool_id": pool_id, "annotator_id": annotator_id}
    said = {"admitted": admitted, "reason": reason}
    session.execute(
        insert(PoolMember)
        .values(**key, **said)
        .on_conflict_do_update(index_elements=list(key), set_={**said, "created_at": func.now()})
    )
    audit.note(session, caller, "pool.member_put", annotator_id, pool_id=pool_id, **said)
    return session.get_one(PoolMember, key, populate_existing=True)


def remove_member(
    session: Session, caller: Caller, pool_id: uuid.UUID, annotator_id: uuid.UUID
) -> None:
    """Take back what was said by hand: the entry rule alone decides. Raises NotFound."""
    find(session, caller, pool_id)
    member = session.get(PoolMember, (pool_id, annotator_id), with_for_update=True)
    if member is None:
        raise NotFound("Nothing was said by hand of this annotator and the pool.")
    session.delete(member)
    audit.note(session, caller, "pool.member_removed", annotator_id, pool_id=pool_id)


def members(
    session: Session,
    caller: Caller,
    pool_id: uuid.UUID,
    *,
    by_hand: bool,
    after: uuid.UUID | None,
    limit: int,
) -> Page:
    """List who is in a pool at this moment, by annotator; or whom it says by hand in or out.

    Raises NotFound.
    """
    find(session, caller, pool_id)
    key = {"pool": pool_id, "owner": caller.tenant_id, "after": after, "limit": limit + 1}
    found = rows(session, _MEMBERS[by_hand], **key)
    more = len(found) > limit
    return Page(found[:limit], found[limit - 1].annotator_id if more else None)


def members_at_work(
    session: Session, project_id: uuid.UUID, names: Sequence[str]
) -> Sequence[tuple[str, uuid.UUID]]:
    """Find who of those who have answered in a project is in which of its owner's pools, by name.

    It looks at every pair of both: for jobs.
    """
    found = rows(session, _AT_WORK, project=project_id, names=list(names))
    return [(row.name, row.annotator_id) for row in found]


def _require_marketplaces(session: Session, caller: Caller, ids: Sequence[uuid.UUID]) -> None:
    query = select(Tenant.id).filter_by(kind="marketplace", sandbox_of=caller.sandbox_of)
    known = set(session.scalars(query.where(Tenant.id.in_(ids))))
    if unknown := sorted(str(one) for one in set(ids) - known):
        raise Invalid(
            "There is no such marketplace: GET /api/v1/marketplaces lists them.",
            errors={"marketplaces": [f"unknown: {', '.join(unknown)}"]},
        )


def _rule(pool: Pool) -> dict[str, list[str]]:
    return {
        "qualifications": list(pool.qualifications),
        "marketplaces": [str(one) for one in pool.marketplaces],
    }


def is_in(annotator: str, marketplace: str) -> str:
    """Write the condition that an annotator is in the pool `p`."""
    return f"""coalesce(
    (SELECT admitted FROM pool_members h WHERE h.pool_id = p.id AND h.annotator_id = {annotator}),
    cardinality(p.qualifications) + cardinality(p.marketplaces) > 0
    AND (p.marketplaces = '{{}}' OR {marketplace} = ANY (p.marketplaces))
    AND NOT EXISTS (
        SELECT FROM unnest(p.qualifications) AS n (name)
        WHERE NOT {qualifications.holds("p.tenant_id", "n.name", annotator)}
    )
)"""


_ADMITS = f"""
SELECT FROM unnest(%(names)s::text[]) AS n (name) CROSS JOIN LATERAL (
    SELECT * FROM pools WHERE tenant_id = %(owner)s AND name = n.name OFFSET 0
) p WHERE {is_in("%(annotator)s::uuid", "%(marketplace)s::uuid")} LIMIT 1
"""
_AT_WORK = f"""
SELECT p.name, w.annotator_id
FROM projects j JOIN pools p ON p.tenant_id = j.tenant_id AND p.name = ANY (%(names)s)
JOIN participations w ON w.project_id = j.id AND w.answered > 0
WHERE j.id = %(project)s AND {is_in("w.annotator_id", "w.tenant_id")}
"""


def _members(which: str) -> str:
    return f"""
WITH candidates AS (
    SELECT annotator_id FROM pool_members WHERE pool_id = %(pool)s
  UNION
    SELECT q.annotator_id FROM pools p JOIN qualifications q
        ON q.tenant_id = p.tenant_id AND q.name = p.qualifications[1]
    WHERE p.id = %(pool)s
  UNION
    SELECT a.id FROM pools p JOIN annotators a ON a.tenant_id = ANY (p.marketplaces)
    WHERE p.id = %(pool)s AND p.qualifications = '{{}}'
)
SELECT a.id AS annotator_id, t.name AS marketplace, coalesce(m.admitted, true) AS admitted,
       m.annotator_id IS NOT NULL AS by_hand, m.reason, m.created_at
FROM pools p CROSS JOIN candidates c JOIN annotators a ON a.id = c.annotator_id
JOIN tenants t ON t.id = a.tenant_id
LEFT JOIN pool_members m ON m.pool_id = p.id AND m.annotator_id = a.id
WHERE p.id = %(pool)s AND {which} AND (%(after)s::uuid IS NULL OR a.id > %(after)s)
  AND a.tenant_id IN (
    SELECT g.tenant_id FROM project_marketplaces g JOIN projects w ON w.id = g.project_id
    WHERE w.tenant_id = %(owner)s
  )
ORDER BY a.id LIMIT %(limit)s
"""


_MEMBERS = {
    False: _members(is_in("a.id", "a.tenant_id")),
    True: _members("m.annotator_id IS NOT NULL"),
}
