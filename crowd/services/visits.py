"""Visits to the annotation page: an annotator comes by a link, works, and leaves.

A visit speaks with its marketplace's voice and for its own annotator alone. What it hands out and
takes in goes the way that everything goes; only which of it belongs to the visit is kept here.
Whoever locks a visit does so before anything else.
"""

from __future__ import annotations

import hmac
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crowd.db import new_id, rows, seconds
from crowd.errors import AlreadyAnswered, DuplicateExternalId, NotFound, Unauthenticated
from crowd.models import Annotator, Assignment, Tenant, Visit, WorkLink
from crowd.services import annotators, answers, assignments, configs, leases, work_links
from crowd.services.leases import Lease
from crowd.services.paging import Page, one_page
from crowd.services.prelabels import Prelabel
from crowd.services.queue import Taken
from crowd.services.tenants import Caller

#: How long a visit may last.
LASTS = timedelta(hours=24)
#: What a visit may do, of what its marketplace may.
SCOPES = frozenset(
    {"projects:read", "annotators:read", "annotators:write", "assignments:read"}
    | {"assignments:write", "answers:write"}
)
_OVER = "Your visit is over, or your browser has forgotten it. Open your link again."


@dataclass(frozen=True, slots=True)
class Guest:
    """Who is at the page."""

    visit_id: uuid.UUID
    link_id: uuid.UUID
    project_id: uuid.UUID
    annotator_id: uuid.UUID
    #: The marketplace's own name for the annotator.
    annotator: str
    caller: Caller
    source: str
    reference: str
    submit_to: str | None
    return_url: str | None
    completion_code: str | None
    #: Answers that are wanted in all; None: as many as there is work.
    batch: int | None
    ended_at: datetime | None


@dataclass(slots=True)
class Turn:
    """What is next in a visit: items to be answered, or why there are none."""

    #: Answers given in this visit.
    done: int
    leases: Sequence[Lease] = ()
    #: As with leases; "batch_done": all that were wanted.
    reason: str | None = None
    retry_after: int | None = None
    training_id: uuid.UUID | None = None
    lacks: Sequence[str] = field(default_factory=list)


def arrive(
    session: Session,
    link: WorkLink,
    *,
    annotator: str | None = None,
    reference: str = "",
    submit_to: str | None = None,
) -> tuple[Visit, str]:
    """Let an annotator in by a link; gives the visit and the token that is its key from now on.

    One that has not ended goes on; so does one that a platform of others has a name for.
    `annotator`: who comes by an open link; a stranger is registered.
    """
    who = link.annotator_id or _known(session, link, annotator or "")
    token = secrets.token_urlsafe(32)
    key = {"link_id": link.id, "annotator_id": who, "reference": reference}
    query = select(Visit).filter_by(**key).order_by(Visit.id.desc()).limit(1)
    if not reference:
        query = query.filter_by(ended_at=None)
    made = {**key, "id": new_id(), "token_hash": b"", "batch": link.batch, "submit_to": submit_to}
    if session.scalar(query) is None:
        made["expires_at"] = func.now() + seconds(LASTS.total_seconds())
        session.execute(insert(Visit).values(made).on_conflict_do_nothing())
    visit = session.scalars(query.with_for_update(key_share=True)).one()
    visit.token_hash = work_links.hash_of(token)
    visit.expires_at = session.scalars(select(func.now())).one() + LASTS
    session.flush()
    return visit, token


def authenticate(session: Session, visit_id: uuid.UUID, token: str) -> Guest:
    """Find out who is at the page, in one look. Raises Unauthenticated."""
    found = rows(session, _GUEST, visit=visit_id)
    if not found or not hmac.compare_digest(found[0].token_hash, work_links.hash_of(token)):
        raise Unauthenticated(_OVER)
    _, tenant_id, sandbox_of, link_id, project_id, annotator_id, annotator, *rest = found[0]
    caller = Caller(tenant_id, "marketplace", SCOPES, sandbox_of=sandbox_of)
    return Guest(visit_id, link_id, project_id, annotator_id, annotator or "", caller, *rest)


def turn(session: Session, guest: Guest, *, ahead: int = 1) -> Turn:
    """Give what the visit holds, and lease as many more as it takes to hold `ahead` items."""
    session.execute(select(Visit.id).filter_by(id=guest.visit_id).with_for_update(key_share=True))
    done = count(session, guest.visit_id)
    left = ahead if guest.batch is None else min(ahead, guest.batch - done)
    if left <= 0 or guest.ended_at is not None:
        return Turn(done, reason="batch_done")
    held = _held(session, guest)
    if _runs_out(session, held):
        keep(session, guest)
        held = _held(session, guest)
    if len(held) >= left:
        return Turn(done, held)
    leased = leases.lease_if_open(
        session,
        guest.caller,
        project_id=guest.project_id,
        annotator=guest.annotator,
        count=left - len(held),
    )
    _note(session, guest, leased.leases)
    more = (leased.reason, leased.retry_after, leased.training_id, leased.lacks)
    return Turn(done, [*held, *leased.leases], *more)


def answer(
    session: Session, guest: Guest, assignment_id: uuid.UUID, *, label: str, **beside: Any
) -> bool:
    """Take an answer in; gives whether it is new. One that is sent again is stored already.

    Raises what `answers.submit` does, but for AlreadyAnswered.
    """
    require_own(session, guest, assignment_id)
    try:
        answers.submit(session, guest.caller, assignment_id, label=label, **beside)
    except AlreadyAnswered:
        return False
    if guest.batch is not None and count(session, guest.visit_id) >= guest.batch:
        rows(session, _END, visit=guest.visit_id)
    return True


def kind_of(session: Session, guest: Guest, assignment_id: uuid.UUID) -> str:
    """Tell what kind of answer an assignment of the guest's asks for. Raises NotFound."""
    own = {"annotator_id": guest.annotator_id, "project_id": guest.project_id}
    version = session.scalar(select(Assignment.config_version).filter_by(id=assignment_id, **own))
    if version is None:
        raise NotFound("There is no such item of yours.")
    return configs.terms(session, guest.project_id, version).answer_type


def give_back(session: Session, guest: Guest, assignment_id: uuid.UUID) -> None:
    """Return an item unanswered. Raises NotFound, AlreadyAnswered, AssignmentExpired."""
    require_own(session, guest, assignment_id)
    assignments.give_back(session, guest.caller, assignment_id)


def keep(session: Session, guest: Guest) -> list[uuid.UUID]:
    """Start the time of all that the visit holds anew; gives what that is."""
    held = [lease.taken.assignment_id for lease in _held(session, guest)]
    for assignment_id in held:
        assignments.extend(session, guest.caller, assignment_id)
    return held


def require_own(session: Session, guest: Guest, assignment_id: uuid.UUID) -> None:
    """Raise NotFound unless an assignment is the guest's own."""
    kind_of(session, guest, assignment_id)


def finish(session: Session, guest: Guest) -> int:
    """End a visit: what it holds is returned. Gives how many answers were given in it."""
    visit = session.get_one(Visit, guest.visit_id, with_for_update={"key_share": True})
    if visit.ended_at is None:
        for lease in _held(session, guest):
            assignments.give_back(session, guest.caller, lease.taken.assignment_id)
        visit.ended_at = session.scalars(select(func.now())).one()
        session.flush()
    return count(session, guest.visit_id)


def count(session: Session, visit_id: uuid.UUID) -> int:
    """Count the answers given in a visit: looks at no more than was handed out in it."""
    return int(rows(session, _COUNT, visits=[visit_id])[0].answers)


def one_page_of(
    session: Session,
    caller: Caller,
    link_id: uuid.UUID,
    *,
    after: uuid.UUID | None,
    limit: int,
) -> Page:
    """List the visits by a link of the caller's, the newest first, each with its answers."""
    work_links.find(session, caller, link_id)
    query = select(Visit).filter_by(link_id=link_id)
    page = one_page(session, query, Visit.id, after=after, limit=limit, newest_first=True)
    counted = rows(session, _COUNT, visits=[visit.id for visit in page.items])
    given = {row.visit_id: row.answers for row in counted}
    return Page([(visit, given[visit.id]) for visit in page.items], page.next_after)


def _known(session: Session, link: WorkLink, name: str) -> uuid.UUID:
    """Find whom an open link names, and register it where it is new."""
    query = select(Annotator.id).filter_by(tenant_id=link.tenant_id, external_id=name)
    found = session.scalar(query)
    if found is None:
        tenant = session.get_one(Tenant, link.tenant_id)
        caller = Caller(tenant.id, "marketplace", SCOPES, sandbox_of=tenant.sandbox_of)
        try:
            return annotators.register(session, caller, external_id=name).id
        except DuplicateExternalId:  # it has come twice at once
            found = session.scalars(query).one()
    return found


def _held(session: Session, guest: Guest) -> list[Lease]:
    """Read what the visit holds, with what is needed to show it again."""
    found = []
    for row in rows(session, _HELD, visit=guest.visit_id):
        *taken, version, label, confidence = row
        terms = configs.terms(session, guest.project_id, version)
        shown = None if label is None else Prelabel(label, confidence)
        found.append(Lease(Taken(*taken), guest.project_id, terms, prediction=shown))
    return found


def _runs_out(session: Session, held: Sequence[Lease]) -> bool:
    """Tell whether less than half of a lease is left: too little for who has just come back."""
    now: datetime = session.scalars(select(func.now())).one()
    return any(
        lease.taken.expires_at - now < timedelta(seconds=lease.terms.lease_seconds / 2)
        for lease in held
    )


def _note(session: Session, guest: Guest, leased: Sequence[Lease]) -> None:
    if leased:
        ids = [one.taken.assignment_id for one in leased]
        rows(session, _NOTE, visit=guest.visit_id, assignments=ids)


_GUEST = """
SELECT v.token_hash, l.tenant_id, t.sandbox_of, v.link_id, l.project_id, v.annotator_id,
       n.external_id, l.source, v.reference, v.submit_to, l.return_url, l.completion_code,
       v.batch, v.ended_at
FROM visits v JOIN work_links l ON l.id = v.link_id JOIN tenants t ON t.id = l.tenant_id
JOIN annotators n ON n.id = v.annotator_id
WHERE v.id = %(visit)s AND v.expires_at > now() AND l.revoked_at IS NULL
"""
# in the order in which they were leased; ids tell nothing of it
_HELD = """
SELECT a.id, a.task_id, t.external_id, t.payload::text, t.batch, t.priority, a.leased_at,
       a.expires_at, a.config_version, p.label, p.confidence
FROM visited_assignments v JOIN assignments a ON a.id = v.assignment_id
JOIN tasks t ON t.id = a.task_id
LEFT JOIN shown_predictions s ON s.assignment_id = a.id AND s.is_shown
LEFT JOIN predictions p ON p.id = s.prediction_id
WHERE v.visit_id = %(visit)s AND a.state = 'leased'
ORDER BY a.leased_at, a.id
"""
_NOTE = """
INSERT INTO visited_assignments (assignment_id, visit_id)
SELECT id, %(visit)s FROM unnest(%(assignments)s::uuid[]) AS its (id)
ON CONFLICT (assignment_id) DO UPDATE SET visit_id = excluded.visit_id, created_at = now()
"""
_END = "UPDATE visits SET ended_at = now() WHERE id = %(visit)s AND ended_at IS NULL"
_COUNT = """
SELECT its.id AS visit_id, count(a.id) AS answers
FROM unnest(%(visits)s::uuid[]) AS its (id)
LEFT JOIN visited_assignments v ON v.visit_id = its.id
LEFT JOIN assignments a ON a.id = v.assignment_id AND a.state = 'answered'
GROUP BY its.id
"""
