"""Tasks the engine would not decide."""

from __future__ import annotations

import uuid
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from crowd.models import Dispute, Result, Task
from crowd.services import projects
from crowd.services.paging import Page, one_page
from crowd.services.tenants import Caller


class DisputeRow(NamedTuple):
    """A dispute with its task and the result that raised it."""

    dispute: Dispute
    task: Task
    result: Result


def one_page_of(
    session: Session,
    caller: Caller,
    project_id: uuid.UUID,
    *,
    state: str | None,
    after: uuid.UUID | None,
    limit: int,
) -> Page:
    """List a project's disputes, of one state or all, as `DisputeRow`."""
    projects.find(session, caller, project_id)
    query = (
        select(Dispute, Task, Result)
        .join(Task, Task.id == Dispute.task_id)
        .join(
            Result,
            (Result.task_id == Dispute.task_id) & (Result.version == Dispute.result_version),
        )
        .where(Dispute.project_id == project_id)
    )
    if state is not None:
        query = query.where(Dispute.state == state)
    page = one_page(session, query, Dispute.id, after=after, limit=limit)
    return Page([DisputeRow(*row[:3]) for row in page.items], page.next_after)
