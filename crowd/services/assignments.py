"""Assignments once they are leased: read, given back, extended, expired."""

from __future__ import annotations

import uuid
from datetime import timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from crowd.errors import AlreadyAnswered, AssignmentClosed, AssignmentExpired, NotFound
from crowd.models import Annotator, Assignment, ProjectConfig, Task
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
        query = query.with_for_update(of=Assignment)
    assignment = session.scalar(query)
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
    _close(session, assignment, "returned")
    return assignment


def extend(session: Session, caller: Caller, assignment_id: uuid.UUID) -> Assignment:
    """Start the lease's time anew. Raises NotFound, AlreadyAnswered, AssignmentExpired."""
    assignment = find(session, caller, assignment_id, lock=True)
    _require_leased(assignment)
    seconds = session.scalars(
        select(ProjectConfig.lease_seconds).filter_by(
            project_id=assignment.project_id, version=assignment.config_version
        )
    ).one()
    now = session.scalars(select(func.now())).one()
    assignment.expires_at = now + timedelta(seconds=seconds)
    return assignment


def expire(session: Session, caller: Caller, assignment_id: uuid.UUID) -> Assignment:
    """End a lease before its time. Raises NotFound, AlreadyAnswered, AssignmentExpired."""
    assignment = find(session, caller, assignment_id, lock=True)
    _require_leased(assignment)
    assignment.expires_at = session.scalars(select(func.now())).one()
    _close(session, assignment, "expired")
    return assignment


def expire_due(session: Session, *, limit: int) -> int:
    """End leases whose time is over and free their slots; returns how many there were."""
    due = session.scalars(
        select(Assignment)
        .where(Assignment.state == "leased", Assignment.expires_at <= func.now())
        .order_by(Assignment.expires_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    # tasks are locked in the order of their ids everywhere, so that no two wait for each other
    for assignment in sorted(due, key=lambda a: a.task_id):
        _close(session, assignment, "expired")
    return len(due)


def lock_task(session: Session, task_id: uuid.UUID) -> Task:
    """Read a task and keep its counters from moving until the transaction ends."""
    return session.get_one(Task, task_id, with_for_update=True, populate_existing=True)


def _require_leased(assignment: Assignment) -> None:
    match assignment.state:
        case "answered":
            raise AlreadyAnswered("The assignment has been answered; an answer is final.")
        case "returned":
            raise AssignmentClosed("The assignment was given back. Lease the task again.")
        case "expired":
            raise AssignmentExpired("The time is over and the slot was freed. Lease again.")


def _close(session: Session, assignment: Assignment, state: str) -> None:
    assignment.state = state
    assignment.closed_at = session.scalars(select(func.now())).one()
    session.execute(
        update(Task).where(Task.id == assignment.task_id).values(leased=Task.leased - 1),
        execution_options={"synchronize_session": False},
    )
