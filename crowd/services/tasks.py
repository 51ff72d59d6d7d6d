"""Tasks, one at a time; files of them come in by `imports`."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crowd.errors import DuplicateExternalId, NotFound
from crowd.models import Answer, ExcludedAnswer, Gold, Task
from crowd.services import configs, projects
from crowd.services.gold import check_label
from crowd.services.paging import Page, one_page
from crowd.services.tenants import Caller


class GivenAnswer(NamedTuple):
    """An answer, and whether it has been taken out of account."""

    answer: Answer
    is_excluded: bool


def create(
    session: Session,
    caller: Caller,
    project_id: uuid.UUID,
    *,
    external_id: str,
    payload: dict[str, Any],
    priority: int = 0,
    batch: str | None = None,
    gold: str | None = None,
) -> Task:
    """Add one task. Raises NotFound, DuplicateExternalId, UnknownLabel."""
    config = projects.find(session, caller, project_id).config
    if gold is not None:
        gold = check_label(gold, config, field="gold")
    task = Task(
        project_id=project_id,
        external_id=external_id,
        payload=payload,
        priority=priority,
        batch=batch,
        **configs.bounds(config, is_gold=gold is not None),
    )
    try:
        with session.begin_nested():
            session.add(task)
    except IntegrityError:
        raise DuplicateExternalId(
            f"The project already has a task {external_id!r}. Use another external_id.",
            errors={"external_id": ["already taken in this project"]},
        ) from None
    if gold is not None:
        session.add(Gold(project_id=project_id, task_id=task.id, label=gold))
    return task


def find(session: Session, caller: Caller, task_id: uuid.UUID) -> Task:
    """Read a task of a project the caller may see. Raises NotFound."""
    task = session.get(Task, task_id)
    if task is None:
        raise NotFound("There is no such task.")
    projects.find(session, caller, task.project_id)
    return task


def answers_of(session: Session, caller: Caller, task_id: uuid.UUID) -> Sequence[GivenAnswer]:
    """List what annotators have said of a task, in the order in which it came. Raises NotFound.

    A marketplace has no business with the answers of others: it finds no task.
    """
    task = find(session, caller, task_id)
    if caller.kind != "requester":
        raise NotFound("There is no such task.")
    excluded = ExcludedAnswer.answer_id.is_not(None)
    query = (
        select(Answer, excluded)
        .outerjoin(ExcludedAnswer, ExcludedAnswer.answer_id == Answer.id)
        .where(Answer.task_id == task.id)
        .order_by(Answer.number)
    )
    return [GivenAnswer(*row) for row in session.execute(query)]


def gold_of(session: Session, caller: Caller, task_id: uuid.UUID) -> Gold | None:
    """Read what is known of a task; None: nothing is. Raises NotFound."""
    task = find(session, caller, task_id)
    return session.scalar(select(Gold).where(Gold.task_id == task.id, Gold.retired_at.is_(None)))


def one_page_of(
    session: Session,
    caller: Caller,
    project_id: uuid.UUID,
    *,
    state: str | None,
    external_id: str | None,
    after: uuid.UUID | None,
    limit: int,
) -> Page:
    """List a project's tasks, of one state or all, or the one with a given external_id.

    One page by an index, however many tasks there are.
    """
    projects.find(session, caller, project_id)
    query = select(Task).where(Task.project_id == project_id)
    if state is not None:
        query = query.where(Task.state == state)
    if external_id is not None:
        query = query.where(Task.external_id == external_id)
    return one_page(session, query, Task.id, after=after, limit=limit)
