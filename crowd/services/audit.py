"""The log of who changed what."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from crowd.models import ApiKey, AuditEntry, User
from crowd.services.paging import Page, one_page
from crowd.services.tenants import Caller


class Entry(NamedTuple):
    """A change, and who made it."""

    entry: AuditEntry
    #: The name of the key, or of the user, that did it; neither: a rule, a job or the operator.
    key: str | None
    user: str | None


def note(
    session: Session, caller: Caller, action: str, subject_id: uuid.UUID, **change: Any
) -> None:
    """Add an entry in the transaction of the change it tells of."""
    session.add(
        AuditEntry(
            tenant_id=caller.tenant_id,
            api_key_id=caller.key_id,
            user_id=caller.user_id,
            action=action,
            subject_id=subject_id,
            change=_plain(change),
        )
    )


def note_each(
    session: Session, caller: Caller, action: str, subject_ids: Iterable[uuid.UUID], **change: Any
) -> None:
    """Add the same entry about each of many subjects, in one go."""
    who = {"api_key_id": caller.key_id, "user_id": caller.user_id}
    said = {"tenant_id": caller.tenant_id, **who, "action": action, "change": _plain(change)}
    if entries := [{**said, "subject_id": subject} for subject in subject_ids]:
        session.execute(insert(AuditEntry), entries)


def _plain(value: Any) -> Any:
    match value:
        case dict():
            return {name: _plain(part) for name, part in value.items()}
        case uuid.UUID():
            return str(value)
        case datetime():
            return value.isoformat()
        case Decimal():
            return f"{value:f}"
    return value


def one_page_of(
    session: Session,
    caller: Caller,
    *,
    subject_id: uuid.UUID | None = None,
    action: str | None = None,
    key_id: uuid.UUID | None = None,
    user_id: uuid.UUID | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    after: uuid.UUID | None,
    limit: int,
) -> Page:
    """List who changed what of the caller's, the newest first, as `Entry`.

    `action` is a whole one as `action.taken`, or a noun as `action`. A page is read off an index,
    but for nouns: those of others are passed over.
    """
    query = (
        select(AuditEntry, ApiKey.name, User.name)
        .outerjoin(ApiKey, ApiKey.id == AuditEntry.api_key_id)
        .outerjoin(User, User.id == AuditEntry.user_id)
        .where(AuditEntry.tenant_id == caller.tenant_id)
    )
    if subject_id is not None:
        query = query.where(AuditEntry.subject_id == subject_id)
    if action is not None:
        whole = "." in action
        query = query.where(
            AuditEntry.action == action if whole else AuditEntry.action.startswith(f"{action}.")
        )
    if key_id is not None:
        query = query.where(AuditEntry.api_key_id == key_id)
    if user_id is not None:
        query = query.where(AuditEntry.user_id == user_id)
    if since is not None:
        query = query.where(AuditEntry.created_at >= since)
    if until is not None:
        query = query.where(AuditEntry.created_at < until)
    page = one_page(session, query, AuditEntry.id, after=after, limit=limit, newest_first=True)
    return Page([Entry(*row[:3]) for row in page.items], page.next_after)
