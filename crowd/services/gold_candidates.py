"""Tasks that would make good gold: found by surveys, taken or dismissed by people."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from crowd.db import rows
from crowd.errors import NotFound
from crowd.models import Gold, GoldCandidate, Task
from crowd.services import audit, projects
from crowd.services.paging import Page
from crowd.services.tenants import Caller

#: Candidates that are kept.
MOST = 100


class CandidateRow(NamedTuple):
    """A candidate with its task."""

    candidate: GoldCandidate
    task: Task


def record(session: Session, project_id: uuid.UUID, found: Iterable[Mapping[str, Any]]) -> None:
    """Put candidates, the best first, in the place of those of the survey before.

    What is not resolved, is gold or was, has been shown as an example, is disputed or was dismissed
    is left out.
    """
    rows(session, _FORGET, project=project_id)
    listed = [{"position": position, **one} for position, one in enumerate(found)]
    given = orjson.dumps(listed).decode()
    rows(session, _RECORD, project=project_id, found=given, most=MOST)


def one_page_of(
    session: Session,
    caller: Caller,
    project_id: uuid.UUID,
    *,
    label: str | None = None,
    after: uuid.UUID | None,
    limit: int,
) -> Page:
    """List a project's candidates as `CandidateRow`, the best first; those of a label alone."""
    projects.find(session, caller, project_id)
    place = select(GoldCandidate.position).filter_by(task_id=after).scalar_subquery()
    query = (
        select(GoldCandidate, Task)
        .join(Task, Task.id == GoldCandidate.task_id)
        .where(GoldCandidate.project_id == project_id, GoldCandidate.dismissed_at.is_(None))
        .where(~select(Gold.id).where(Gold.task_id == GoldCandidate.task_id).exists())
        .order_by(GoldCandidate.position)
    )
    if after is not None:
        query = query.where(GoldCandidate.position > place)
    if label is not None:
        query = query.where(GoldCandidate.label == label)
    found = session.execute(query.limit(limit + 1)).all()
    items = [CandidateRow(*row) for row in found[:limit]]
    return Page(items, items[-1].task.id if len(found) > limit else None)


def wishes(
    session: Session, caller: Caller, project_id: uuid.UUID, task_ids: Sequence[uuid.UUID]
) -> list[dict[str, Any]]:
    """Say of candidates what they are suggested as: wishes for `gold.put_many`.

    Raises NotFound, also for a task that is no candidate any more.
    """
    projects.find(session, caller, project_id)
    query = select(GoldCandidate.task_id, GoldCandidate.label).where(
        GoldCandidate.project_id == project_id,
        GoldCandidate.task_id.in_(task_ids),
        GoldCandidate.dismissed_at.is_(None),
    )
    found = [{"task_id": row[0], "label": row[1]} for row in session.execute(query)]
    if len(found) < len(set(task_ids)):
        raise NotFound("Not all of these are suggested any more: look at the list again.")
    return found


def dismiss(session: Session, caller: Caller, project_id: uuid.UUID, task_id: uuid.UUID) -> None:
    """Say that a task is not wanted as gold: it is not suggested again. Raises NotFound."""
    projects.find(session, caller, project_id)
    wanted = (
        update(GoldCandidate)
        .where(GoldCandidate.task_id == task_id, GoldCandidate.project_id == project_id)
        .where(GoldCandidate.dismissed_at.is_(None))
        .values(dismissed_at=func.now())
        .returning(GoldCandidate.task_id)
    )
    if session.scalar(wanted) is None:
        raise NotFound("The task is not suggested as gold.")
    audit.note(session, caller, "gold.dismissed", task_id)


_FORGET = """
DELETE FROM gold_candidates WHERE project_id = %(project)s AND dismissed_at IS NULL
"""
_RECORD = """
INSERT INTO gold_candidates (task_id, project_id, position, label, confidence, answers, unlike,
                             good)
SELECT f.task_id, %(project)s, f.position, f.label, f.confidence, f.answers, f.unlike, f.good
FROM (SELECT n.* FROM json_to_recordset(%(found)s::json) AS n (
    task_id uuid, position integer, label text, confidence float, answers integer, unlike integer,
    good integer
)
JOIN tasks t ON t.id = n.task_id AND t.state = 'resolved' AND NOT t.is_gold
WHERE NOT EXISTS (SELECT FROM gold g WHERE g.task_id = n.task_id)
  AND NOT EXISTS (SELECT FROM examples e WHERE e.task_id = n.task_id)
  AND NOT EXISTS (SELECT FROM disputes d WHERE d.task_id = n.task_id AND d.state <> 'settled')
ORDER BY n.position LIMIT %(most)s) f
ORDER BY f.task_id
ON CONFLICT (task_id) DO NOTHING
"""
