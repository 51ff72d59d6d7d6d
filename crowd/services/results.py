"""Decisions of the engine, kept version by version."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Select, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crowd.errors import NotFound
from crowd.models import Dispute, Gold, ProjectConfig, Result, Task
from crowd.services import gold, outbox, projects
from crowd.services.paging import Page, one_page
from crowd.services.tenants import Caller

#: A posterior that moved less than this is no new version of a result.
SAME_WITHIN = 0.005


@dataclass(frozen=True, slots=True)
class Decided:
    """What the engine says of a task, and on what grounds."""

    task_id: uuid.UUID
    state: str
    label: str | None
    confidence: float
    posterior: Mapping[str, float]
    reason: str
    answers_seen: int
    run_number: int


class ResultRow(NamedTuple):
    """A task with its newest result and, where it is gold, the known label."""

    task: Task
    result: Result
    gold: str | None


def record(session: Session, config: ProjectConfig, decisions: Iterable[Decided]) -> int:
    """Store what is new among some decisions and let it take effect; returns how many were new.

    One that has seen fewer answers than the stored one, or as many by an older run, is dropped.
    """
    by_task = {decided.task_id: decided for decided in decisions}
    tasks = session.scalars(
        select(Task)
        .where(Task.id.in_(by_task))
        .order_by(Task.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    stored = _newest(session, [task.id for task in tasks])
    known = gold.among(session, list(by_task))
    fresh = []
    for task in tasks:
        decided = by_task[task.id]
        if _is_stale(decided, stored.get(task.id)):
            continue
        if _is_news(decided, stored.get(task.id)):
            fresh.append(_next_version(task, config, decided))
            _tell_of_revision(session, task, decided, stored.get(task.id))
        task.seen = decided.answers_seen
        _take_effect(session, config, task, decided, is_gold=task.id in known)
    session.add_all(fresh)
    session.flush()
    return len(fresh)


def one_page_of(
    session: Session,
    caller: Caller,
    project_id: uuid.UUID,
    *,
    state: str | None,
    after: uuid.UUID | None,
    limit: int,
) -> Page:
    """List the newest result of each task that has one, as `ResultRow`."""
    projects.find(session, caller, project_id)
    query = newest_of(project_id)
    if state is not None:
        query = query.where(Task.state == state)
    page = one_page(session, query, Task.id, after=after, limit=limit)
    return Page([ResultRow(*row[:3]) for row in page.items], page.next_after)


def newest_of(project_id: uuid.UUID) -> Select[*tuple[Any, ...]]:
    """Select (task, newest result, gold label) for each task that has a result."""
    return (
        select(Task, Result, Gold.label)
        .join(Result, (Result.task_id == Task.id) & (Result.version == Task.result_version))
        .outerjoin(Gold, (Gold.task_id == Task.id) & Gold.retired_at.is_(None))
        .where(Task.project_id == project_id)
    )


def versions(session: Session, caller: Caller, task_id: uuid.UUID) -> Sequence[Result]:
    """List every result a task has had, the newest first. Raises NotFound."""
    task = session.get(Task, task_id)
    if task is None:
        raise NotFound("There is no such task.")
    projects.find(session, caller, task.project_id)
    return session.scalars(
        select(Result).filter_by(task_id=task_id).order_by(Result.version.desc())
    ).all()


def _newest(session: Session, task_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Result]:
    rows = session.scalars(
        select(Result)
        .join(Task, (Task.id == Result.task_id) & (Task.result_version == Result.version))
        .where(Task.id.in_(task_ids))
    )
    return {result.task_id: result for result in rows}


def _is_stale(decided: Decided, stored: Result | None) -> bool:
    if stored is None:
        return False
    return (decided.answers_seen, decided.run_number) < (stored.answers_seen, stored.run_number)


def _is_news(decided: Decided, stored: Result | None) -> bool:
    if stored is None or decided.answers_seen != stored.answers_seen:
        return True
    if (decided.state, decided.label) != (stored.state, stored.label):
        return True
    return any(
        abs(p - stored.posterior.get(k, 0)) > SAME_WITHIN for k, p in decided.posterior.items()
    )


def _next_version(task: Task, config: ProjectConfig, decided: Decided) -> Result:
    task.result_version += 1
    return Result(
        project_id=task.project_id,
        task_id=task.id,
        version=task.result_version,
        run_number=decided.run_number,
        config_version=config.version,
        state=decided.state,
        label=decided.label,
        confidence=decided.confidence,
        posterior=dict(decided.posterior),
        answers_seen=decided.answers_seen,
        reason=decided.reason,
    )


def _take_effect(
    session: Session, config: ProjectConfig, task: Task, decided: Decided, *, is_gold: bool
) -> None:
    """Close the task, or ask for one more answer.

    A gold task opens and closes by its answers alone, as if nothing were known of it; only a
    dispute about it would be idle.
    """
    state = "resolved" if is_gold and decided.state == "disputed" else decided.state
    held = task.leased + task.answered
    # what is still out, or not seen yet, may decide it: only then is one more worth its price
    pending = held > decided.answers_seen or (task.state == "open" and held < task.wanted)
    if state == "open" and not pending and held < task.cap:
        task.wanted = held + 1
    if state == task.state:
        return
    if task.state == "disputed":
        _settle(session, task.id)
    if state == "disputed":
        _dispute(session, task, decided)
    task.state = state
    topic = "task.reopened" if state == "open" else f"task.{state}"
    outbox.publish(session, topic, project_id=task.project_id, subject_ids=[task.id])


def _tell_of_revision(
    session: Session, task: Task, decided: Decided, before: Result | None
) -> None:
    """Say that a label which was final has changed; a change of state is said by itself."""
    revised = before is not None and before.label != decided.label
    if revised and task.state == decided.state == "resolved":
        outbox.publish(session, "result.revised", project_id=task.project_id, subject_ids=[task.id])


def _dispute(session: Session, task: Task, decided: Decided) -> None:
    session.execute(
        insert(Dispute)
        .values(
            project_id=task.project_id,
            task_id=task.id,
            result_version=task.result_version,
            reason=decided.reason,
            state="open",
        )
        .on_conflict_do_nothing()
    )


def _settle(session: Session, task_id: uuid.UUID) -> None:
    session.execute(
        update(Dispute)
        .where(Dispute.task_id == task_id, Dispute.state == "open")
        .values(state="settled", closed_at=func.now())
    )
