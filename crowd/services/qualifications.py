"""Who a requester holds to be qualified for what."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crowd.db import rows
from crowd.errors import NotFound
from crowd.models import Qualification
from crowd.services import audit
from crowd.services.participations import Entry
from crowd.services.tenants import Caller


def held(session: Session, entry: Entry, required: Sequence[str] | None = None) -> bool:
    """Tell whether an annotator has all that are required: by default, those of the project."""
    names = set(entry.terms.requires if required is None else required)
    found = rows(
        session,
        _HELD,
        tenant=entry.terms.tenant_id,
        annotator=entry.annotator_id,
        names=list(names),
    )
    return len(found) == len(names)


def grant(
    session: Session,
    caller: Caller,
    annotator_id: uuid.UUID,
    name: str,
    *,
    expires_at: datetime | None = None,
) -> Qualification:
    """Hold an annotator to be qualified; a second time moves the end. Raises NotFound."""
    _require_within_reach(session, caller, annotator_id)
    row = {"tenant_id": caller.tenant_id, "name": name, "annotator_id": annotator_id}
    session.execute(
        insert(Qualification)
        .values(**row, expires_at=expires_at)
        .on_conflict_do_update(index_elements=list(row), set_={"expires_at": expires_at})
    )
    until = None if expires_at is None else expires_at.isoformat()
    audit.note(session, caller, "qualification.granted", annotator_id, name=name, until=until)
    return session.get_one(Qualification, row, populate_existing=True)


def revoke(session: Session, caller: Caller, annotator_id: uuid.UUID, name: str) -> None:
    """Hold an annotator to be qualified no more. Raises NotFound."""
    gone = session.execute(
        delete(Qualification)
        .filter_by(tenant_id=caller.tenant_id, name=name, annotator_id=annotator_id)
        .returning(Qualification.name)
    ).first()
    if gone is None:
        raise NotFound(f"The annotator has no qualification {name!r} of yours.")
    audit.note(session, caller, "qualification.revoked", annotator_id, name=name)


def of_annotator(
    session: Session, caller: Caller, annotator_id: uuid.UUID
) -> Sequence[Qualification]:
    """List the qualifications an annotator has of the caller, by name. Raises NotFound."""
    _require_within_reach(session, caller, annotator_id)
    return session.scalars(
        select(Qualification)
        .filter_by(tenant_id=caller.tenant_id, annotator_id=annotator_id)
        .order_by(Qualification.name)
    ).all()


def _require_within_reach(session: Session, caller: Caller, annotator_id: uuid.UUID) -> None:
    """Know only annotators of marketplaces that a project of the caller is open to."""
    if not rows(session, _WITHIN_REACH, annotator=annotator_id, tenant=caller.tenant_id):
        raise NotFound("There is no such annotator in a marketplace of yours.")


_WITHIN_REACH = """
SELECT FROM annotators a
JOIN project_marketplaces m ON m.tenant_id = a.tenant_id
JOIN projects p ON p.id = m.project_id
WHERE a.id = %(annotator)s AND p.tenant_id = %(tenant)s LIMIT 1
"""
_HELD = """
SELECT name FROM qualifications
WHERE tenant_id = %(tenant)s AND annotator_id = %(annotator)s AND name = ANY(%(names)s)
  AND (expires_at IS NULL OR expires_at > now())
"""
