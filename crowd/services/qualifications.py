"""Who a requester holds to be qualified for what."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crowd.db import rows
from crowd.errors import NotFound
from crowd.models import Qualification
from crowd.services import audit, outbox
from crowd.services.participations import Entry
from crowd.services.tenants import Caller


def lacking(session: Session, entry: Entry, required: Sequence[str] | None = None) -> list[str]:
    """Name what an annotator does not hold of what is required: by default, by the project."""
    found = rows(
        session,
        _LACKING,
        tenant=entry.terms.tenant_id,
        annotator=entry.annotator_id,
        names=list(entry.terms.requires if required is None else required),
    )
    return [row.name for row in found]


def holds(tenant: str, name: str, annotator: str) -> str:
    """Write the condition that an annotator has a qualification, looked up by its key.

    OFFSET 0 keeps a planner that takes the table for empty from reading more of it.
    """
    return f"""EXISTS (
    SELECT FROM qualifications q
    WHERE q.tenant_id = {tenant} AND q.name = {name} AND q.annotator_id = {annotator}
      AND (q.expires_at IS NULL OR q.expires_at > now()) OFFSET 0
)"""


def grant(
    session: Session,
    caller: Caller,
    annotator_id: uuid.UUID,
    name: str,
    *,
    expires_at: datetime | None = None,
) -> Qualification:
    """Hold an annotator to be qualified; a second time moves the end. Raises NotFound."""
    require_within_reach(session, caller, annotator_id)
    row = {
        "tenant_id": caller.tenant_id,
        "name": name,
        "annotator_id": annotator_id,
        "origin": "granted",
    }
    session.execute(
        insert(Qualification)
        .values(**row, expires_at=expires_at)
        .on_conflict_do_update(index_elements=list(row), set_={"expires_at": expires_at})
    )
    until = None if expires_at is None else expires_at.isoformat()
    tell(session, caller, [annotator_id], "granted", name=name, until=until)
    return session.get_one(Qualification, row, populate_existing=True)


def grant_tested(
    session: Session,
    caller: Caller,
    annotator_id: uuid.UUID,
    name: str,
    *,
    attempt_id: uuid.UUID,
    valid_seconds: int | None,
) -> None:
    """Hold an annotator to be qualified who has passed a test; never for less long than before.

    `caller`: the requester for whom it is.
    """
    key = {"tenant": caller.tenant_id, "name": name, "annotator": annotator_id}
    rows(session, _TESTED, **key, attempt=attempt_id, seconds=valid_seconds)
    tell(session, caller, [annotator_id], "granted", name=name, attempt_id=str(attempt_id))


def revoke(session: Session, caller: Caller, annotator_id: uuid.UUID, name: str) -> None:
    """Hold an annotator to be qualified no more, however it came to be. Raises NotFound."""
    gone = session.scalars(
        delete(Qualification)
        .filter_by(tenant_id=caller.tenant_id, name=name, annotator_id=annotator_id)
        .returning(Qualification.origin)
    ).all()
    if not gone:
        raise NotFound(f"The annotator has no qualification {name!r} of yours.")
    tell(session, caller, [annotator_id], "revoked", name=name, origins=sorted(gone))


def of_annotator(
    session: Session, caller: Caller, annotator_id: uuid.UUID
) -> Sequence[Qualification]:
    """List the qualifications an annotator has of the caller, by name. Raises NotFound."""
    require_within_reach(session, caller, annotator_id)
    return session.scalars(
        select(Qualification)
        .filter_by(tenant_id=caller.tenant_id, annotator_id=annotator_id)
        .order_by(Qualification.name, Qualification.origin)
    ).all()


def tell(
    session: Session, caller: Caller, annotator_ids: Sequence[uuid.UUID], verb: str, **change: Any
) -> None:
    """Note, and say to their marketplaces, that annotators have gained or lost a qualification."""
    audit.note_each(session, caller, f"qualification.{verb}", annotator_ids, **change)
    outbox.publish(session, f"qualification.{verb}", subject_ids=annotator_ids)


def require_within_reach(session: Session, caller: Caller, annotator_id: uuid.UUID) -> None:
    """Raise NotFound unless a project of the caller's is open to the annotator's marketplace."""
    if not rows(session, _WITHIN_REACH, annotator=annotator_id, tenant=caller.tenant_id):
        raise NotFound("There is no such annotator in a marketplace of yours.")


_WITHIN_REACH = """
SELECT FROM annotators a
JOIN project_marketplaces m ON m.tenant_id = a.tenant_id
JOIN projects p ON p.id = m.project_id
WHERE a.id = %(annotator)s AND p.tenant_id = %(tenant)s LIMIT 1
"""
_LACKING = f"""
SELECT name FROM unnest(%(names)s::text[]) AS n (name)
WHERE NOT {holds("%(tenant)s", "n.name", "%(annotator)s")}
"""
_TESTED = """
INSERT INTO qualifications AS q (tenant_id, name, annotator_id, origin, attempt_id, expires_at)
VALUES (%(tenant)s, %(name)s, %(annotator)s, 'tested', %(attempt)s,
        now() + make_interval(secs => %(seconds)s))
ON CONFLICT (tenant_id, name, annotator_id, origin) DO UPDATE SET
    attempt_id = excluded.attempt_id,
    expires_at = CASE WHEN q.expires_at IS NOT NULL AND excluded.expires_at IS NOT NULL
                      THEN greatest(q.expires_at, excluded.expires_at) END
"""
