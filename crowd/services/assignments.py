"""Assignments once they are leased: read, given back, extended, expired."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crowd.db import checked, each, new_id, rows
from crowd.errors import AlreadyAnswered, AssignmentClosed, AssignmentExpired, NotFound
from crowd.models import Annotator, Assignment, Participation
from crowd.services import configs, outbox, transfers
from crowd.services.tenants import Caller


def find(
    session: Session, caller: Caller, assignment_id: uuid.UUID, *, lock: bool = False
) -> Assignment:
    """Read an assignment of one of the caller's annotators. Raises NotFound."""
    query = (
        select(Assignment)
        .join(Annotator, Annotator.id == Assignment.annotator_id)
        .where(Assignment.id == assignment_id, Annotator.tenant_id == caller.tenant_id)
    )
    if lock:
        # the order in which everybody locks: participations, assignments, then tasks by id
        query = query.join(
            Participation,
            (Participation.project_id == Assignment.project_id)
            & (Participation.annotator_id == Assignment.annotator_id),
        ).with_for_update(of=[Participation, Assignment], key_share=True)
    assignment = session.scalar(query, execution_options={"populate_existing": True})
    if assignment is None:
        raise NotFound("There is no such assignment.")
    return assignment


def give_back(session: Session, caller: Caller, assignment_id: uuid.UUID) -> Assignment:
    """Return an assignment unanswered; its slot is free for somebody else at once.

    Raises NotFound, AlreadyAnswered, AssignmentExpired. Returning it twice changes nothing.
    """
    assignment = find(session, caller, assignment_id, lock=True)
    if assignment.state == "returned":
        return assignment
    _require_leased(assignment)
    close(session, [assignment], "returned")
    session.refresh(assignment)
    return assignment


def extend(session: Session, caller: Caller, assignment_id: uuid.UUID) -> Assignment:
    """Start the lease's time anew. Raises NotFound, AlreadyAnswered, AssignmentExpired."""
    assignment = find(session, caller, assignment_id, lock=True)
    _require_leased(assignment)
    terms = configs.terms(session, assignment.project_id, assignment.config_version)
    now = session.scalars(select(func.now())).one()
    assignment.expires_at = now + timedelta(seconds=terms.lease_seconds)
    session.flush()
    return assignment


def expire(session: Session, caller: Caller, assignment_id: uuid.UUID) -> Assignment:
    """End a lease before its time. Raises NotFound, AlreadyAnswered, AssignmentExpired."""
    assignment = find(session, caller, assignment_id, lock=True)
    _require_leased(assignment)
    assignment.expires_at = session.scalars(select(func.now())).one()
    session.flush()
    close(session, [assignment], "expired")
    session.refresh(assignment)
    return assignment


def expire_due(session: Session, *, limit: int) -> int:
    """End leases whose time is over and free their slots; returns how many there were."""
    due = rows(session, _DUE, limit=limit)
    close(session, due, "expired")
    outbox.publish(session, "assignment.expired", subject_ids=[row.id for row in due])
    return len(due)


def close(session: Session, held: Sequence[Any], state: str) -> None:
    """End some leases that the caller has locked; slots and money are free again at once.

    What is given back in the hour or on the day of its lease does not count towards a quota.
    `held`: assignments, or rows with their id, project_id and config_version.
    """
    if not held:
        return
    ids = [one.id for one in held]
    pays = any(configs.terms(session, one.project_id, one.config_version).pays for one in held)
    more = {"transfer_ids": [new_id() for _ in ids]} if pays else {}
    rows(session, _CLOSE[pays], ids=ids, state=state, **more)


def _require_leased(assignment: Assignment) -> None:
    match assignment.state:
        case "answered":
            raise AlreadyAnswered("The assignment has been answered; an answer is final.")
        case "returned":
            raise AssignmentClosed("The assignment was given back. Lease the task again.")
        case "expired":
            raise AssignmentExpired("The time is over and the slot was freed. Lease again.")


# a lease whose annotator is in the middle of a request is left for the next round
_DUE = f"""
SELECT a.id, a.project_id, a.config_version FROM assignments a
JOIN participations w ON {each("w.project_id", "a.project_id")}
    AND {each("w.annotator_id", "a.annotator_id")}
WHERE a.state = 'leased' AND a.expires_at <= now()
ORDER BY a.expires_at LIMIT %(limit)s
FOR NO KEY UPDATE OF w, a SKIP LOCKED
"""
# tasks are locked in the order of their ids everywhere, so that no two wait for each other
_CLOSE_ANY = f"""
WITH ended AS (
    UPDATE assignments SET state = %(state)s, closed_at = now()
    WHERE id = ANY(%(ids)s::uuid[]) AND {checked("state = 'leased'")}
    RETURNING id, project_id, task_id, annotator_id, leased_at
),{{released}}
locked AS (
    SELECT id FROM tasks WHERE id = ANY(ARRAY(SELECT task_id FROM ended))
    ORDER BY id FOR NO KEY UPDATE
),
freed AS (
    UPDATE tasks t SET leased = leased - e.ended
    FROM (SELECT task_id, count(*) AS ended FROM ended GROUP BY task_id) e
    JOIN locked ON locked.id = e.task_id
    WHERE {each("t.id", "e.task_id")}
)
UPDATE participations p SET
    leased = p.leased - e.ended,{{balance}}
    leases = leases - e.returned,
    hour_leases = hour_leases - CASE WHEN hour_at = date_trunc('hour', now())
        THEN least(hour_leases, e.this_hour) ELSE 0 END,
    day_leases = day_leases - CASE WHEN day_at = date_trunc('day', now())
        THEN least(day_leases, e.today) ELSE 0 END
FROM (
    SELECT project_id, annotator_id, count(*) AS ended,
           count(*) FILTER (WHERE %(state)s = 'returned') AS returned,
           count(*) FILTER (WHERE %(state)s = 'returned'
                            AND leased_at >= date_trunc('hour', now())) AS this_hour,
           count(*) FILTER (WHERE %(state)s = 'returned'
                            AND leased_at >= date_trunc('day', now())) AS today
    FROM ended GROUP BY project_id, annotator_id
) e
WHERE {each("p.project_id", "e.project_id")} AND {each("p.annotator_id", "e.annotator_id")}
"""
_CLOSE = {
    False: _CLOSE_ANY.format(released="", balance=""),
    True: _CLOSE_ANY.format(
        released=f"\n{transfers.release('ended')},", balance=f"\n    {transfers.RELEASED},"
    ),
}
