"""Tasks that somebody shall look at: why, and in which order."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, Uuid, and_, any_, exists, func, literal, or_, select
from sqlalchemy.orm import Session

from crowd.db import new_id, rows
from crowd.errors import NotFound
from crowd.models import Answer, Assignment, Dispute, ExcludedAnswer, Result, Task
from crowd.services import outbox, projects
from crowd.services.claims import person_of
from crowd.services.paging import Page
from crowd.services.tenants import Caller

#: What the engine itself raises: later evidence settles it.
ENGINES_CAUSES = ("low_confidence", "tie")
#: Tells that a dispute is new, or is about more than it was: it is weighed then.
OPENED = "dispute.opened"


class DisputeRow(NamedTuple):
    """A dispute with its task and the task's newest result, where it has one."""

    dispute: Dispute
    task: Task
    result: Result | None

    @property
    def etag(self) -> str:
        """Name what a ruling has to have read."""
        return str(self.dispute.version)


def one_page_of(
    session: Session,
    caller: Caller,
    project_id: uuid.UUID,
    *,
    state: str | None,
    after: uuid.UUID | None,
    limit: int,
    cause: str | None = None,
    label: str | None = None,
    annotator_id: uuid.UUID | None = None,
    claimed: str | None = None,
    proposed: bool | None = None,
    opened_before: datetime | None = None,
) -> Page:
    """List a project's disputes as `DisputeRow`: open ones by worth, others the newest first.

    `label` is in contention where an answer gives it; `claimed` is "mine", "taken" (by anybody
    else) or "free". Costs a page of an index; a filter that few pass walks the open ones, some 5 ms
    a thousand. Raises NotFound.
    """
    projects.find_own(session, caller, project_id)
    query = _rows().where(Dispute.project_id == project_id)
    if state is not None:
        query = query.where(Dispute.state == state)
    if cause is not None:
        query = query.where(any_(Dispute.causes) == cause)
    if label is not None:
        query = query.where(_has_answer(label))
    if annotator_id is not None:
        query = query.where(_was_answered_by(annotator_id))
    if claimed is not None:
        query = query.where(_is_claimed(claimed, person_of(caller)))
    if proposed is not None:
        query = query.where((func.cardinality(Dispute.proposers) > 0) == proposed)
    if opened_before is not None:
        query = query.where(Dispute.opened_at < opened_before)
    return _page(session, query, after, limit, by_worth=state == "open")


def find(session: Session, caller: Caller, dispute_id: uuid.UUID) -> DisputeRow:
    """Read a dispute in a project of the caller's. Raises NotFound."""
    query = _rows().where(Dispute.id == dispute_id).execution_options(populate_existing=True)
    row = session.execute(query).first()
    if row is None:
        raise NotFound("There is no such dispute.")
    projects.find_own(session, caller, row[0].project_id)
    return DisputeRow(*row)


def open_about(
    session: Session,
    task_ids: Sequence[uuid.UUID],
    cause: str,
    *,
    deadline_at: datetime | None = None,
) -> int:
    """Open a dispute about each of some tasks, or add the cause to the one that is open.

    What it is worth follows; gives how many there are with something new about them.
    """
    given = [{"id": str(new_id()), "task": str(task_id)} for task_id in sorted(set(task_ids))]
    if not given:
        return 0
    # as whoever records decisions has them: two who open disputes must not wait for each other
    rows(session, _LOCK, tasks=[one["task"] for one in given])
    found = rows(
        session,
        _OPEN,
        ids=[one["id"] for one in given],
        tasks=[one["task"] for one in given],
        cause=cause,
        deadline=deadline_at,
    )
    for project_id in {row.project_id for row in found}:
        its = [row.id for row in found if row.project_id == project_id]
        outbox.publish(session, OPENED, project_id=project_id, subject_ids=its)
    return len(found)


def settle(session: Session, task_ids: Sequence[uuid.UUID], causes: Sequence[str]) -> None:
    """Close the open disputes about some tasks that have no other causes than these."""
    if task_ids:
        rows(session, _SETTLE, tasks=list(task_ids), causes=list(causes))


def _rows() -> Select[Dispute, Task, Result | None]:
    return (
        select(Dispute, Task, Result)
        .join(Task, Task.id == Dispute.task_id)
        .outerjoin(Result, (Result.task_id == Task.id) & (Result.version == Task.result_version))
    )


def _page(
    session: Session,
    query: Select[Any, Any, Any],
    after: uuid.UUID | None,
    limit: int,
    *,
    by_worth: bool,
) -> Page:
    """Read a page behind the dispute `after`, by the worth that it has by now."""
    if by_worth:
        if after is not None:
            worth = select(Dispute.worth).filter_by(id=after).scalar_subquery()
            behind = or_(Dispute.worth < worth, Dispute.id > after)
            query = query.where(and_(Dispute.worth <= worth, behind))
        query = query.order_by(Dispute.worth.desc(), Dispute.id)
    else:
        if after is not None:
            query = query.where(Dispute.id < after)
        query = query.order_by(Dispute.id.desc())
    query = query.limit(limit + 1).execution_options(populate_existing=True)
    found = [DisputeRow(*row[:3]) for row in session.execute(query).all()]
    return Page(found[:limit], found[limit - 1].dispute.id if len(found) > limit else None)


def _has_answer(label: str) -> ColumnElement[bool]:
    excluded = exists().where(ExcludedAnswer.answer_id == Answer.id)
    return exists().where(Answer.task_id == Dispute.task_id, Answer.label == label, ~excluded)


def _was_answered_by(annotator_id: uuid.UUID) -> ColumnElement[bool]:
    return exists().where(
        Assignment.task_id == Dispute.task_id,
        Assignment.annotator_id == annotator_id,
        Assignment.state == "answered",
    )


def _is_claimed(how: str, person: uuid.UUID) -> ColumnElement[bool]:
    held = func.coalesce(Dispute.claimed_until > func.now(), literal(False))
    mine = Dispute.claimed_by == literal(person, Uuid())
    return {"free": ~held, "mine": held & mine, "taken": held & ~mine}[how]


# by the tasks' ids, in which everybody locks
_LOCK = """
SELECT FROM tasks WHERE id = ANY (%(tasks)s::uuid[]) ORDER BY id FOR NO KEY UPDATE
"""
_OPEN = """
INSERT INTO disputes (id, project_id, task_id, result_version, causes, state, deadline_at)
SELECT given.id, t.project_id, t.id, t.result_version, ARRAY[%(cause)s], 'open', %(deadline)s
FROM unnest(%(ids)s::uuid[], %(tasks)s::uuid[]) AS given (id, task_id)
JOIN tasks t ON t.id = given.task_id
ORDER BY t.id
ON CONFLICT (task_id) WHERE state = 'open' DO UPDATE
SET causes = disputes.causes || excluded.causes, result_version = excluded.result_version,
    deadline_at = least(disputes.deadline_at, excluded.deadline_at)
WHERE NOT disputes.causes @> excluded.causes
RETURNING id, project_id
"""
_SETTLE = """
UPDATE disputes SET state = 'settled', closed_at = now(), claimed_by = NULL, claimed_until = NULL,
                    proposers = '{}', version = version + 1
WHERE task_id = ANY (%(tasks)s) AND state = 'open' AND causes <@ %(causes)s::text[]
"""
