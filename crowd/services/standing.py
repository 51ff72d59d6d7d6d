"""What a ruling does to its task, and what becomes of that when it is taken back.

A ruling that stands holds the task's result: `results.record` leaves it alone, whatever the engine
comes to. Its version keeps the crowd's posterior beside the ruled label, so that nothing an
annotator is told of its own quality depends on what was ruled, or on gold.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crowd.models import Dispute, Project, Result, Ruling, StandingRuling, Task
from crowd.services import outbox
from crowd.services.outcomes import TOLD

#: Asks for a decision on a task from the answers there are.
DECISION_WANTED = "decision.requested"


class Known(NamedTuple):
    """What people have ruled on a project's tasks."""

    #: By task; gold is not among them.
    labels: Mapping[uuid.UUID, str]
    #: Tasks that no label is right for: their answers say nothing of anybody.
    unanswerable: frozenset[uuid.UUID]


def of_project(session: Session, project_id: uuid.UUID) -> Known:
    """Read what stands by rulings. A scan of the project's rulings."""
    query = select(StandingRuling.task_id, StandingRuling.label).filter_by(project_id=project_id)
    found = session.execute(query).all()
    return Known(
        {row.task_id: row.label for row in found if row.label is not None},
        frozenset(row.task_id for row in found if row.label is None),
    )


def on_task(session: Session, task_id: uuid.UUID) -> Ruling | None:
    """Find the ruling that holds a task's result."""
    query = select(Ruling).join(StandingRuling, StandingRuling.ruling_id == Ruling.id)
    return session.scalar(query.where(StandingRuling.task_id == task_id))


def contradicts(session: Session, task_id: uuid.UUID, label: str) -> bool:
    """Tell whether a ruling stands that says something else of a task than a label."""
    standing = session.get(StandingRuling, task_id)
    return standing is not None and standing.label != label


def hold(session: Session, task: Task, ruling: Ruling) -> None:
    """Let a ruling be the task's result, in place of one that stood. The task is locked.

    A disputed task is closed, and what no label is right for. An open one goes on until its answers
    close it, whether it is gold or not: that it ended early would tell that it is none.
    """
    crowds = _crowds(session, task)
    before = _newest(session, task)
    was_final = task.state == "resolved" and before is not None
    changes = before is None or before.label != ruling.label
    _stand(session, task, ruling)
    session.add(
        _version(
            session,
            task,
            crowds,
            state="resolved",
            label=ruling.label,
            confidence=1.0,
            reason="no_right_answer" if ruling.label is None else "ruled",
            ruling_id=ruling.id,
        )
    )
    task.result_version += 1
    if task.state == "disputed" or ruling.label is None:
        _turn(session, task, "resolved")
    if was_final and changes:
        _tell(session, task, "result.revised")


def let_go(session: Session, task: Task) -> None:
    """Give a task back to the engine, whose last word stands until it has looked again."""
    crowds, before = _crowds(session, task), _newest(session, task)
    standing = session.get_one(StandingRuling, task.id)
    session.delete(standing)
    session.flush()
    state = "open" if crowds is None else crowds.state
    version = _version(
        session,
        task,
        crowds,
        state=state,
        label=None if crowds is None else crowds.label,
        confidence=0.0 if crowds is None else crowds.confidence,
        reason="withdrawn" if crowds is None else crowds.reason,
        ruling_id=None,
    )
    session.add(version)
    task.result_version += 1
    both_final = task.state == state == "resolved"
    if not task.is_gold:
        _turn(session, task, state)
    if both_final and before is not None and before.label != version.label:
        _tell(session, task, "result.revised")
    _tell(session, task, DECISION_WANTED)


def close(session: Session, dispute: Dispute) -> None:
    """End a dispute by a ruling, and tell of it. The dispute is locked."""
    dispute.closed_at = session.scalars(select(func.now())).one()
    dispute.state, dispute.proposers = "ruled", []
    dispute.claimed_by = dispute.claimed_until = None
    dispute.version += 1
    session.flush()
    outbox.publish(
        session, "dispute.ruled", project_id=dispute.project_id, subject_ids=[dispute.id]
    )


def reopen(session: Session, dispute: Dispute) -> None:
    """Have a dispute looked at again, and tell of it, unless there is a newer one of its task."""
    query = select(Dispute.id).filter_by(task_id=dispute.task_id, state="open")
    if session.scalar(query.where(Dispute.id != dispute.id)) is None:
        dispute.state, dispute.closed_at, dispute.proposers = "open", None, []
    dispute.claimed_by = dispute.claimed_until = None
    dispute.version += 1
    session.flush()
    outbox.publish(
        session, "dispute.reopened", project_id=dispute.project_id, subject_ids=[dispute.id]
    )


def _stand(session: Session, task: Task, ruling: Ruling) -> None:
    standing = session.get(StandingRuling, task.id)
    if standing is None:
        standing = StandingRuling(task_id=task.id, project_id=task.project_id)
        session.add(standing)
    standing.ruling_id, standing.label = ruling.id, ruling.label
    session.flush()


def _crowds(session: Session, task: Task) -> Result | None:
    """Find the engine's last word on a task."""
    query = select(Result).filter_by(task_id=task.id, ruling_id=None)
    return session.scalar(query.order_by(Result.version.desc()).limit(1))


def _newest(session: Session, task: Task) -> Result | None:
    return session.scalar(select(Result).filter_by(task_id=task.id, version=task.result_version))


def _version(session: Session, task: Task, crowds: Result | None, **said: object) -> Result:
    """Make the next version of a task's result beside what the crowd makes of it."""
    project = session.get_one(Project, task.project_id)
    return Result(
        project_id=task.project_id,
        task_id=task.id,
        version=task.result_version + 1,
        run_number=crowds.run_number if crowds else project.run_number or 0,
        config_version=project.config_version,
        posterior=dict(crowds.posterior) if crowds else {},
        answers_seen=crowds.answers_seen if crowds else 0,
        models=crowds.models if crowds else None,
        revision=crowds.revision if crowds else 0,
        **said,
    )


def _turn(session: Session, task: Task, state: str) -> None:
    if task.state != state:
        task.state = state
        _tell(session, task, TOLD[state])


def _tell(session: Session, task: Task, topic: str) -> None:
    session.flush()
    outbox.publish(session, topic, project_id=task.project_id, subject_ids=[task.id])
