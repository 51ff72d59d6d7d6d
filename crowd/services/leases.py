"""Handing tasks out: never more than a task wants, never the same one twice to anybody."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import exists, func, select, update
from sqlalchemy.orm import Session

from crowd.models import Annotator, Answer, Assignment, ProjectConfig, Task
from crowd.services import annotators, projects
from crowd.services.tenants import Caller

#: Assignments one annotator may hold in one project at a time.
MAX_HELD = 100
#: Seconds after which asking again makes sense, by the reason for having no work.
RETRY_AFTER = {"none_left_for_you": 30, "limit_reached": 30, "paused": 300, "task_full": 2}


@dataclass(frozen=True, slots=True)
class Lease:
    """An assignment with what the annotator needs to answer it, and nothing else."""

    assignment: Assignment
    task: Task
    config: ProjectConfig


@dataclass(frozen=True, slots=True)
class Refusal:
    """A named task that was not handed out."""

    task: str
    reason: str


@dataclass(slots=True)
class Leased:
    """The answer to a request for work: leases, or the reason for there being none."""

    leases: list[Lease] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    reason: str | None = None

    @property
    def retry_after(self) -> int | None:
        """Seconds to wait before asking again; None when it is of no use."""
        return RETRY_AFTER.get(self.reason or "")


def lease(
    session: Session,
    caller: Caller,
    *,
    project_id: uuid.UUID,
    annotator: str,
    count: int = 1,
    tasks: Sequence[str] | None = None,
) -> Leased:
    """Hand out the next tasks, or the named ones, to an annotator.

    Having no work is an answer with a reason. Raises NotFound.
    """
    view = projects.find(session, caller, project_id)
    person = annotators.lock_known_as(session, caller, annotator)
    if person.state == "blocked":
        return Leased(reason="blocked")
    if view.project.state != "running":
        return Leased(reason="paused" if view.project.state == "paused" else "all_done")
    if tasks is not None:
        return _lease_named(session, view.config, person, tasks)
    room = MAX_HELD - _held(session, project_id, person)
    if room <= 0:
        return Leased(reason="limit_reached")
    taken = _take_slots(session, project_id, person, min(count, room))
    if not taken:
        return Leased(reason=_why_none(session, project_id))
    return Leased(_hand_out(session, view.config, person, taken))


def lease_again(
    session: Session,
    caller: Caller,
    answer: Answer,
    *,
    count: int = 1,
    tasks: Sequence[str] | None = None,
) -> Leased:
    """Lease for the annotator who has just answered, in the same project."""
    name = session.scalars(select(Annotator.external_id).filter_by(id=answer.annotator_id)).one()
    return lease(
        session,
        caller,
        project_id=answer.project_id,
        annotator=name or "",
        count=count,
        tasks=tasks,
    )


def _held(session: Session, project_id: uuid.UUID, annotator: Annotator) -> int:
    # the newest assignments are enough: whoever holds a hundred has them among these
    newest = (
        select(Assignment.state, Assignment.project_id)
        .where(Assignment.annotator_id == annotator.id)
        .order_by(Assignment.id.desc())
        .limit(2 * MAX_HELD)
        .subquery()
    )
    held = select(func.count()).where(newest.c.state == "leased", newest.c.project_id == project_id)
    return session.scalars(held).one()


def _take_slots(
    session: Session, project_id: uuid.UUID, annotator: Annotator, count: int
) -> Sequence[Task]:
    """Take one slot of each of the next tasks, in one statement.

    SKIP LOCKED lets two requests pass each other; the row lock and the check on the counters make
    the cap hold. OFFSET 0 keeps the planner from turning NOT EXISTS into a join over every
    assignment there is.
    """
    had = exists(
        select(1)
        .where(Assignment.task_id == Task.id, Assignment.annotator_id == annotator.id)
        .offset(0)
        .correlate(Task)
    )
    free = (
        select(Task.id)
        .where(Task.project_id == project_id, Task.open, ~had)
        .order_by(Task.priority.desc(), Task.id)
        .limit(count)
        .with_for_update(skip_locked=True)
        .cte("free")
    )
    taken = session.scalars(
        update(Task)
        .where(Task.id.in_(select(free.c.id)))
        .values(leased=Task.leased + 1)
        .returning(Task),
        execution_options={"synchronize_session": False, "populate_existing": True},
    )
    return sorted(taken, key=lambda task: (-task.priority, task.id))


def _hand_out(
    session: Session, config: ProjectConfig, annotator: Annotator, tasks: Sequence[Task]
) -> list[Lease]:
    now = session.scalars(select(func.now())).one()
    assignments = [
        Assignment(
            project_id=task.project_id,
            task_id=task.id,
            annotator_id=annotator.id,
            config_version=config.version,
            leased_at=now,
            expires_at=now + timedelta(seconds=config.lease_seconds),
        )
        for task in tasks
    ]
    session.add_all(assignments)
    session.flush()
    return [Lease(a, t, config) for a, t in zip(assignments, tasks, strict=True)]


def _why_none(session: Session, project_id: uuid.UUID) -> str:
    unresolved = select(Task.id).where(Task.project_id == project_id, Task.state == "open")
    return "none_left_for_you" if session.scalar(select(unresolved.exists())) else "all_done"


def _lease_named(
    session: Session, config: ProjectConfig, annotator: Annotator, names: Sequence[str]
) -> Leased:
    """Hand out the tasks a marketplace names; one that cannot be had is refused with its reason."""
    found = session.scalars(
        select(Task)
        .where(Task.project_id == config.project_id, Task.external_id.in_(set(names)))
        .order_by(Task.id)
        .with_for_update()
    ).all()
    tasks = {task.external_id: task for task in found}
    earlier = {
        assignment.task_id: assignment
        for assignment in session.scalars(
            select(Assignment)
            .where(Assignment.annotator_id == annotator.id)
            .where(Assignment.task_id.in_([task.id for task in found]))
            .with_for_update()
        )
    }
    answer = Leased()
    room = MAX_HELD - _held(session, config.project_id, annotator)
    for name in dict.fromkeys(names):
        task = tasks.get(name)
        before = earlier.get(task.id) if task else None
        if task and before and before.state == "leased":
            answer.leases.append(Lease(before, task, config))
        elif reason := _refusal(task, before, room):
            answer.refused.append(Refusal(name, reason))
        elif task:
            room -= 1
            answer.leases.append(_take_named(session, config, annotator, task, before))
    session.flush()
    if not answer.leases and answer.refused:
        answer.reason = answer.refused[0].reason
    return answer


def _refusal(task: Task | None, before: Assignment | None, room: int) -> str | None:
    if task is None:
        return "no_such_task"
    if before is not None and before.state == "answered":
        return "already_answered"
    if task.state != "open":
        return "task_closed"
    if task.leased + task.answered >= task.wanted:
        return "task_full"
    return "limit_reached" if room <= 0 else None


def _take_named(
    session: Session,
    config: ProjectConfig,
    annotator: Annotator,
    task: Task,
    before: Assignment | None,
) -> Lease:
    task.leased += 1
    if before is None:
        return _hand_out(session, config, annotator, [task])[0]
    # a returned or expired one comes to life again: nobody has two assignments of one task
    before.state, before.closed_at = "leased", None
    before.config_version = config.version
    before.leased_at = session.scalars(select(func.now())).one()
    before.expires_at = before.leased_at + timedelta(seconds=config.lease_seconds)
    return Lease(before, task, config)
