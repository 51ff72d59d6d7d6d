"""Taking answers in: each is kept once, for ever, or refused with nothing changed."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from crowd.errors import AlreadyAnswered, AssignmentClosed, AssignmentExpired
from crowd.models import Answer, Assignment, ProjectConfig
from crowd.services import assignments, outbox
from crowd.services.gold import check_label
from crowd.services.tenants import Caller


def submit(session: Session, caller: Caller, assignment_id: uuid.UUID, *, label: str) -> Answer:
    """Keep an answer and tell the engine of it, in one commit.

    A late answer is taken while the slot is still free, else AssignmentExpired.
    Raises NotFound, UnknownLabel, AlreadyAnswered, AssignmentClosed.
    """
    assignment = assignments.find(session, caller, assignment_id, lock=True)
    config = session.scalars(
        select(ProjectConfig).filter_by(
            project_id=assignment.project_id, version=assignment.config_version
        )
    ).one()
    check_label(label, config)
    number = _fill_slot(session, assignment)
    now: datetime = session.scalars(select(func.clock_timestamp())).one()
    answer = Answer(
        assignment_id=assignment.id,
        project_id=assignment.project_id,
        task_id=assignment.task_id,
        annotator_id=assignment.annotator_id,
        number=number,
        config_version=assignment.config_version,
        label=label,
        leased_at=assignment.leased_at,
        submitted_at=now,
        time_spent_s=max(0.0, (now - assignment.leased_at).total_seconds()),
    )
    assignment.state, assignment.closed_at = "answered", now
    session.add(answer)
    session.flush()
    outbox.publish(
        session,
        "answer.submitted",
        project_id=assignment.project_id,
        subject_ids=[assignment.task_id],
    )
    return answer


def of_tasks(
    session: Session, task_ids: Iterable[uuid.UUID]
) -> Sequence[tuple[uuid.UUID, uuid.UUID, str]]:
    """Read (task, annotator, label) of every answer to some tasks, in the order of arrival."""
    query = _votes().where(Answer.task_id.in_(task_ids)).order_by(Answer.task_id, Answer.number)
    return [(row[0], row[1], row[2]) for row in session.execute(query)]


def of_project(
    session: Session, project_id: uuid.UUID
) -> Iterator[tuple[uuid.UUID, uuid.UUID, str]]:
    """Stream (task, annotator, label) of every answer of a project."""
    query = _votes().where(Answer.project_id == project_id).order_by(Answer.id)
    rows = session.execute(query, execution_options={"yield_per": 10_000})
    yield from ((row[0], row[1], row[2]) for row in rows)


def newest_of_project(session: Session, project_id: uuid.UUID) -> uuid.UUID | None:
    """Find the newest answer of a project."""
    query = select(Answer.id).where(Answer.project_id == project_id)
    return session.scalar(query.order_by(Answer.id.desc()).limit(1))


def _votes() -> Select[uuid.UUID, uuid.UUID, str]:
    return select(Answer.task_id, Answer.annotator_id, Answer.label)


def _fill_slot(session: Session, assignment: Assignment) -> int:
    """Move the task's counters for one more answer; gives the answer's place among them."""
    if assignment.state == "answered":
        raise AlreadyAnswered("The assignment has been answered; the first answer counts.")
    if assignment.state == "returned":
        raise AssignmentClosed("The assignment was given back. Lease the task again.")
    task = assignments.lock_task(session, assignment.task_id)
    if assignment.state == "leased":
        task.leased -= 1
    elif not task.open:
        raise AssignmentExpired(
            f"The lease ended at {assignment.expires_at.isoformat()} and its slot is taken."
        )
    task.answered += 1
    return task.answered
