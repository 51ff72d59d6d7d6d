"""Decisions of the engine, kept version by version."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson
from sqlalchemy import ARRAY, Row, Select, Uuid, bindparam, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crowd.db import new_id
from crowd.errors import NotFound
from crowd.models import Dispute, Gold, ProjectConfig, Result, Task
from crowd.services import outbox, projects
from crowd.services.paging import Page, one_page
from crowd.services.tenants import Caller

#: A posterior that moved less than this is no new version of a result.
SAME_WITHIN = 0.005
#: The event that tells of a task's new state.
TOLD = {"open": "task.reopened", "resolved": "task.resolved", "disputed": "task.disputed"}


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
    #: The task's revision before its answers were read.
    revision: int = 0
    #: What models said of it; None: nothing.
    models: Mapping[str, Any] | None = None
    #: Answers that it is to have in any case.
    least: int = 0


class ResultRow(NamedTuple):
    """A task with its newest result and, where it is gold, the known label."""

    task: Task
    result: Result
    gold: str | None


def record(session: Session, config: ProjectConfig, decisions: Iterable[Decided]) -> int:
    """Store what is new among some decisions and let it take effect; returns how many were new.

    One that has seen fewer answers than the stored one, or as many by an older run, or such as do
    not count any more, is dropped.
    """
    by_task = {decided.task_id: decided for decided in decisions}
    _lock(session, by_task.keys())
    outcomes = list(_outcomes(session, config, by_task))
    _store(session, config, [outcome for outcome in outcomes if outcome.is_news])
    _move(session, [outcome for outcome in outcomes if outcome.before != outcome.after])
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
) -> Iterator[_Outcome]:
    """Judge decisions by what stands now; the stale ones are left out."""
    rows = session.execute(_STANDING, {"task_ids": list(by_task)}).all()
    for row in rows:
        decided, before = by_task[row.id], _Standing(*row[: len(_Standing._fields)])
        if _is_stale(decided, row) or _says_nothing(decided, row):
            continue
        is_news = _is_news(decided, row)
        after = _moved(before, config, decided, is_gold=row.is_gold)
        after = after._replace(
            seen=decided.answers_seen, result_version=before.result_version + is_news
        )
        both_final = before.state == after.state == "resolved"
        is_revised = both_final and is_news and row.label != decided.label
        yield _Outcome(decided, before, after, is_news, is_revised)


def _is_stale(decided: Decided, stored: Row[Any]) -> bool:
    if decided.revision != stored.revision:
        return True
    if stored.result_version == 0:
        return False
    before = stored.decided_revision, stored.answers_seen, stored.run_number
    return (decided.revision, decided.answers_seen, decided.run_number) < before


def _says_nothing(decided: Decided, stored: Row[Any]) -> bool:
    # nobody has answered, and no model could close it: that is how every task begins
    return (stored.result_version, decided.answers_seen, decided.state) == (0, 0, "open")


def _is_news(decided: Decided, stored: Row[Any]) -> bool:
    if stored.result_version == 0 or decided.answers_seen != stored.answers_seen:
        return True
    if (decided.state, decided.label) != (stored.stored_state, stored.label):
        return True
    if (decided.models is None) != stored.is_without_models:
        return True
    return any(
        abs(p - stored.posterior.get(k, 0)) > SAME_WITHIN for k, p in decided.posterior.items()
    )


def _moved(task: _Standing, config: ProjectConfig, decided: Decided, *, is_gold: bool) -> _Standing:
    """Close a task, or ask for one more answer.

    A gold task opens and closes by its answers alone, as if nothing were known of it; only a
    dispute about it would be idle.
    """
    if is_gold and config.gold["exposure"] is not None:
        # known all along: it is there to be seen, by so many and no more
        return task._replace(state="open" if task.answered < task.cap else "resolved")
    state = "resolved" if is_gold and decided.state == "disputed" else decided.state
    held = task.leased + task.answered
    # what is still out, or not seen yet, may decide it: only then is one more worth its price
    pending = held > decided.answers_seen or (task.state == "open" and held < task.wanted)
    if state == "open" and not pending and held < task.cap:
        return task._replace(state=state, wanted=min(max(held + 1, decided.least), task.cap))
    return task._replace(state=state)


def _store(session: Session, config: ProjectConfig, news: Sequence[_Outcome]) -> None:
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


def _move(session: Session, moves: Sequence[_Outcome]) -> None:
    """Bring tasks to where they stand now, and tell of those that open or close."""
    if not moves:
        return
    session.execute(_MOVE, {"rows": _json([outcome.after._asdict() for outcome in moves])})
    turned = [outcome for outcome in moves if outcome.before.state != outcome.after.state]
    _settle(session, [o.after.id for o in turned if o.before.state == "disputed"])
    _dispute(session, [o for o in turned if o.after.state == "disputed"])
    for state, topic in TOLD.items():
        _tell(session, topic, [o.after for o in turned if o.after.state == state])
    # a change of state is told by itself
    _tell(session, "result.revised", [o.after for o in moves if o.is_revised])


def _tell(session: Session, topic: str, tasks: Sequence[_Standing]) -> None:
    if tasks:
        ids = [task.id for task in tasks]
        outbox.publish(session, topic, project_id=tasks[0].project_id, subject_ids=ids)


def _dispute(session: Session, outcomes: Sequence[_Outcome]) -> None:
    rows = [
        {
            "id": new_id(),
            "project_id": after.project_id,
            "task_id": after.id,
            "result_version": after.result_version,
            "reason": decided.reason,
            "state": "open",
        }
        for decided, _, after, *_ in outcomes
    ]
    if rows:
        session.execute(insert(Dispute).on_conflict_do_nothing(), rows)


def _settle(session: Session, task_ids: Sequence[uuid.UUID]) -> None:
    if task_ids:
        session.execute(
            update(Dispute)
            .where(Dispute.task_id.in_(task_ids), Dispute.state == "open")
            .values(state="settled", closed_at=func.now()),
            execution_options={"synchronize_session": False},
        )


def _json(rows: Sequence[Mapping[str, Any]]) -> str:
    return orjson.dumps(rows).decode()


class _Standing(NamedTuple):
    """Where a task stands: what a decision may move, and what that depends on."""

    id: uuid.UUID
    project_id: uuid.UUID
    state: str
    wanted: int
    cap: int
    leased: int
    answered: int
    result_version: int
    seen: int


class _Outcome(NamedTuple):
    """What a decision comes to."""

    decided: Decided
    before: _Standing
    after: _Standing
    #: It is worth a version of its own.
    is_news: bool
    #: A label that was final is another one now.
    is_revised: bool


# Plain columns, and one statement for all tasks: this runs for every answer there is.
_STANDING = text("""
SELECT t.id, t.project_id, t.state, t.wanted, t.cap, t.leased, t.answered, t.result_version,
    t.seen, r.state AS stored_state, r.label, r.posterior, r.answers_seen, r.run_number,
    r.models IS NULL AS is_without_models, t.revision, r.revision AS decided_revision, EXISTS (
        SELECT FROM gold g WHERE g.task_id = t.id AND g.retired_at IS NULL
    ) AS is_gold
FROM tasks t
LEFT JOIN results r ON r.task_id = t.id AND r.version = t.result_version
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
