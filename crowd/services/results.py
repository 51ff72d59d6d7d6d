"""Decisions of the engine, kept version by version."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import orjson
from sqlalchemy import ARRAY, Select, Uuid, bindparam, select, text
from sqlalchemy.orm import Session

from crowd.db import new_id
from crowd.errors import NotFound
from crowd.models import Gold, ProjectConfig, Result, Task
from crowd.services import audits, disputes, outbox, projects
from crowd.services.outcomes import TOLD, Decided, Outcome, Standing, outcome_of
from crowd.services.paging import Page, one_page
from crowd.services.tenants import Caller


class ResultRow(NamedTuple):
    """A task with its newest result and, where it is gold, the known label."""

    task: Task
    result: Result
    gold: str | None


def record(session: Session, config: ProjectConfig, decisions: Iterable[Decided]) -> int:
    """Store what is new among some decisions and let it take effect; returns how many were new.

    One that has seen fewer answers than the stored one, or as many by an older run, or such as do
    not count any more, is dropped; so is what would contradict a ruling that stands.
    """
    by_task = {decided.task_id: decided for decided in decisions}
    _lock(session, by_task.keys())
    outcomes = list(_outcomes(session, config, by_task))
    _store(session, config, [outcome for outcome in outcomes if outcome.is_news])
    _move(session, config, [outcome for outcome in outcomes if outcome.before != outcome.after])
    return sum(outcome.is_news for outcome in outcomes)


def with_effect(
    session: Session, config: ProjectConfig, decisions: Iterable[Decided]
) -> list[Decided]:
    """Pick the decisions that would change anything if they were recorded now; locks nothing."""
    by_task = {decided.task_id: decided for decided in decisions}
    return [
        outcome.decided
        for outcome in _outcomes(session, config, by_task)
        if outcome.is_news or outcome.before != outcome.after
    ]


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


def unanswered(session: Session, project_id: uuid.UUID) -> set[uuid.UUID]:
    """Find the tasks of a project that are resolved though nobody has answered."""
    alone = Result.answers_seen == 0, Result.state == "resolved"
    query = select(Result.task_id).join(
        Task, (Task.id == Result.task_id) & (Task.result_version == Result.version)
    )
    return set(session.scalars(query.where(Result.project_id == project_id, *alone)))


def versions(session: Session, caller: Caller, task_id: uuid.UUID) -> Sequence[Result]:
    """List every result a task has had, the newest first. Raises NotFound."""
    task = session.get(Task, task_id)
    if task is None:
        raise NotFound("There is no such task.")
    projects.find(session, caller, task.project_id)
    return session.scalars(
        select(Result).filter_by(task_id=task_id).order_by(Result.version.desc())
    ).all()


def _lock(session: Session, task_ids: Collection[uuid.UUID]) -> None:
    # in the order of their ids, as everywhere; not their keys, which new rows refer to
    tasks = select(Task.id).where(Task.id.in_(task_ids)).order_by(Task.id)
    session.execute(tasks.with_for_update(key_share=True)).all()


def _outcomes(
    session: Session, config: ProjectConfig, by_task: Mapping[uuid.UUID, Decided]
) -> Iterator[Outcome]:
    """Judge decisions by what stands now; the stale ones are left out."""
    rows = session.execute(_STANDING, {"task_ids": list(by_task)}).all()
    for row in rows:
        if (outcome := outcome_of(by_task[row.id], row, config)) is not None:
            yield outcome


def _store(session: Session, config: ProjectConfig, news: Sequence[Outcome]) -> None:
    """Add the next version of some results."""
    rows = [
        {
            "id": new_id(),
            "task_id": decided.task_id,
            "version": after.result_version,
            "run_number": decided.run_number,
            "state": decided.state,
            "label": decided.label,
            "confidence": decided.confidence,
            "posterior": dict(decided.posterior),
            "answers_seen": decided.answers_seen,
            "reason": decided.reason,
            "models": decided.models,
            "revision": decided.revision,
        }
        for decided, _, after, *_ in news
    ]
    if rows:
        same = {"project_id": config.project_id, "config_version": config.version}
        session.execute(_STORE, {"rows": _json(rows), **same})


def _move(session: Session, config: ProjectConfig, moves: Sequence[Outcome]) -> None:
    """Bring tasks to where they stand now, and tell of those that open or close."""
    if not moves:
        return
    session.execute(_MOVE, {"rows": _json([outcome.after._asdict() for outcome in moves])})
    turned = [outcome for outcome in moves if outcome.before.state != outcome.after.state]
    left = [o.after.id for o in turned if o.before.state == "disputed"]
    disputes.settle(session, left, disputes.ENGINES_CAUSES)
    _dispute(session, [o for o in turned if o.after.state == "disputed"])
    resolved = [o.after.id for o in turned if o.after.state == "resolved" and not o.is_gold]
    disputes.open_about(session, audits.drawn(config, resolved), "audit")
    for state, topic in TOLD.items():
        _tell(session, topic, [o.after for o in turned if o.after.state == state])
    # a change of state is told by itself
    _tell(session, "result.revised", [o.after for o in moves if o.is_revised])


def _tell(session: Session, topic: str, tasks: Sequence[Standing]) -> None:
    if tasks:
        ids = [task.id for task in tasks]
        outbox.publish(session, topic, project_id=tasks[0].project_id, subject_ids=ids)


def _dispute(session: Session, outcomes: Sequence[Outcome]) -> None:
    for cause in disputes.ENGINES_CAUSES:
        raised = [o.after.id for o in outcomes if o.decided.reason == cause]
        disputes.open_about(session, raised, cause)


def _json(rows: Sequence[Mapping[str, Any]]) -> str:
    return orjson.dumps(rows).decode()


# Plain columns, and one statement for all tasks: this runs for every answer there is.
_STANDING = text("""
SELECT t.id, t.project_id, t.state, t.wanted, t.cap, t.leased, t.answered, t.result_version,
    t.seen, r.state AS stored_state, r.label, r.posterior, r.answers_seen, r.run_number,
    r.models IS NULL AS is_without_models, t.revision, r.revision AS decided_revision, EXISTS (
        SELECT FROM gold g WHERE g.task_id = t.id AND g.retired_at IS NULL
    ) AS is_gold, h.task_id IS NOT NULL AS is_ruled
FROM tasks t
LEFT JOIN results r ON r.task_id = t.id AND r.version = t.result_version
LEFT JOIN standing_rulings h ON h.task_id = t.id
WHERE t.id = ANY(:task_ids)
ORDER BY t.id
""").bindparams(bindparam("task_ids", type_=ARRAY(Uuid())))
_STORE = text("""
INSERT INTO results (
    id, task_id, version, run_number, state, label, confidence, posterior, answers_seen, reason,
    models, revision, project_id, config_version
)
SELECT n.*, :project_id, :config_version
FROM json_to_recordset(CAST(:rows AS json)) AS n (
    id uuid, task_id uuid, version integer, run_number integer, state text, label text,
    confidence float, posterior jsonb, answers_seen smallint, reason text,
    models jsonb, revision integer
)
""")
_MOVE = text("""
UPDATE tasks t SET state = n.state, wanted = n.wanted, result_version = n.result_version,
    seen = n.seen
FROM json_to_recordset(CAST(:rows AS json)) AS n (
    id uuid, state text, wanted smallint, result_version integer, seen smallint
)
WHERE t.id = n.id
""")
