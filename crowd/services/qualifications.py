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
from crowd.models import Annotator, Qualification
from crowd.services import audit
from crowd.services.participations import Entry
from crowd.services.tenants import Caller


def held(session: Session, entry: Entry) -> bool:
    """Tell whether an annotator has every qualification that the project asks for."""
    names = set(entry.terms.requires)
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
    """Hold an annotator of any marketplace to be qualified; a second time moves its end.

    Raises NotFound.
    """
    if session.get(Annotator, annotator_id) is None:
        raise NotFound("There is no such annotator.")
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
    """List the caller's qualifications of an annotator by name."""
    return session.scalars(
        select(Qualification)
        .filter_by(tenant_id=caller.tenant_id, annotator_id=annotator_id)
        .order_by(Qualification.name)
    ).all()


_HELD = """
SELECT name FROM qualifications
WHERE tenant_id = %(tenant)s AND annotator_id = %(annotator)s AND name = ANY(%(names)s)
  AND (expires_at IS NULL OR expires_at > now())
"""
