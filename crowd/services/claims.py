"""Who is at which dispute: a lease that ends by itself, so that nobody's absence blocks a task."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from crowd.db import rows
from crowd.errors import Conflict, NotFound
from crowd.services import projects
from crowd.services.tenants import Caller

#: How long a claim holds after the last sign of life.
CLAIM_SECONDS = 600


class Claim(NamedTuple):
    """That a person is at a dispute, until then."""

    dispute_id: uuid.UUID
    claimed_by: uuid.UUID
    claimed_until: datetime


def person_of(caller: Caller) -> uuid.UUID:
    """Name who is asking: a user, else a key, else the tenant at the command line."""
    return caller.user_id or caller.key_id or caller.tenant_id


def names_of(session: Session, persons: Iterable[uuid.UUID | None]) -> Mapping[uuid.UUID, str]:
    """Read the names of users and of keys."""
    found = rows(session, _NAMES, ids=[person for person in set(persons) if person is not None])
    return {row.id: row.name for row in found}


def claim(session: Session, caller: Caller, dispute_id: uuid.UUID) -> Claim:
    """Take a dispute, or go on holding it. Raises NotFound, and Conflict where another is at it."""
    _require_own(session, caller, dispute_id)
    key = {"dispute": dispute_id, "person": person_of(caller)}
    found = rows(session, _CLAIM, seconds=CLAIM_SECONDS, **key)
    if not found:
        raise Conflict("Somebody else is at it, or it is open no more. Take the next one.")
    return Claim(*found[0])


def release(session: Session, caller: Caller, dispute_id: uuid.UUID) -> None:
    """Let a dispute go; what the caller does not hold stays as it is. Raises NotFound."""
    _require_own(session, caller, dispute_id)
    rows(session, _RELEASE, dispute=dispute_id, person=person_of(caller))


def claim_next(
    session: Session,
    caller: Caller,
    project_id: uuid.UUID,
    *,
    after: uuid.UUID | None = None,
    cause: str | None = None,
) -> Claim | None:
    """Take the most valuable open dispute that nobody is at; None: there is none left.

    Not one for which the caller has proposed something: that waits for somebody else. With `after`
    only what comes behind that one in the queue. Two callers at once never get the same: each
    skips what the other is locking. Raises NotFound.
    """
    projects.find_own(session, caller, project_id)
    key = {"project": project_id, "person": person_of(caller), "seconds": CLAIM_SECONDS}
    # what somebody holds for a moment only, to weigh it, is waited for where nothing else is left
    for statement in (_NEXT_FREE, _NEXT, _NEXT_FREE):
        if found := rows(session, statement, after=after, cause=cause, **key):
            return Claim(*found[0])
    return None


def _require_own(session: Session, caller: Caller, dispute_id: uuid.UUID) -> None:
    found = rows(session, _PROJECT, dispute=dispute_id)
    if not found:
        raise NotFound("There is no such dispute.")
    projects.find_own(session, caller, found[0].project_id)


_NAMES = """
SELECT id, name FROM users WHERE id = ANY (%(ids)s::uuid[])
UNION ALL
SELECT id, name FROM api_keys WHERE id = ANY (%(ids)s::uuid[])
"""
_PROJECT = "SELECT project_id FROM disputes WHERE id = %(dispute)s"
_HOLD = """
claimed_by = %(person)s, claimed_until = clock_timestamp() + make_interval(secs => %(seconds)s)
"""
_IS_FREE = "(d.claimed_until IS NULL OR d.claimed_until < clock_timestamp())"
_CLAIM = f"""
UPDATE disputes d SET {_HOLD}
WHERE d.id = %(dispute)s AND d.state = 'open' AND ({_IS_FREE} OR d.claimed_by = %(person)s)
RETURNING d.id, d.claimed_by, d.claimed_until
"""
_RELEASE = """
UPDATE disputes SET claimed_by = NULL, claimed_until = NULL
WHERE id = %(dispute)s AND claimed_by = %(person)s
"""
_NEXT_ANY = f"""
WITH best AS (
    SELECT d.id FROM disputes d
    LEFT JOIN disputes before ON before.id = %(after)s
    WHERE d.project_id = %(project)s AND d.state = 'open' AND {_IS_FREE}
      AND NOT %(person)s = ANY (d.proposers)
      AND (%(cause)s::text IS NULL OR %(cause)s::text = ANY (d.causes))
      AND (before.id IS NULL
           OR (d.worth <= before.worth AND (d.worth < before.worth OR d.id > before.id)))
    ORDER BY d.worth DESC, d.id LIMIT 1
    FOR NO KEY UPDATE OF d {{skip}}
)
UPDATE disputes d SET {_HOLD} FROM best WHERE d.id = best.id
RETURNING d.id, d.claimed_by, d.claimed_until
"""
_NEXT_FREE, _NEXT = _NEXT_ANY.format(skip="SKIP LOCKED"), _NEXT_ANY.format(skip="")
