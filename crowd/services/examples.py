"""A requester's examples: items with their right labels, for annotators to learn from.

Nothing becomes an example by itself. What is gold cannot be one, and what has been one cannot
become gold: that something is shown, or is not, tells nobody what is gold.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crowd.db import rows
from crowd.errors import Conflict, Invalid, NotFound
from crowd.models import Example, Task
from crowd.services import audit, gold, projects
from crowd.services.paging import Page, one_page
from crowd.services.tenants import Caller


def add(
    session: Session,
    caller: Caller,
    project_id: uuid.UUID,
    *,
    label: str,
    explanation: str,
    payload: dict[str, Any] | None = None,
    task_id: uuid.UUID | None = None,
    confused_with: str | None = None,
) -> Example:
    """Show annotators an item, or a closed task, with what is right and why.

    Raises NotFound, UnknownLabel, Invalid, and Conflict for what is gold or still open.
    """
    config = projects.find(session, caller, project_id).config
    label = gold.check_label(label, config)
    if confused_with is not None:
        confused_with = gold.check_label(confused_with, config, field="confused_with")
    if confused_with == label:
        raise Invalid(
            "Nothing is confused with itself.", errors={"confused_with": ["the same as label"]}
        )
    if task_id is not None:
        _require_told(session, project_id, task_id)
    elif rows(session, _IS_GOLD, project=project_id, payload=Jsonb(payload)):
        raise Conflict("That is a gold task of the project: its answer is to stay unknown.")
    example = Example(
        project_id=project_id,
        payload=payload,
        task_id=task_id,
        label=label,
        confused_with=confused_with,
        explanation=explanation,
        api_key_id=caller.key_id,
    )
    session.add(example)
    session.flush()
    audit.note(session, caller, "example.added", project_id, example_id=str(example.id))
    return example


def retire(session: Session, caller: Caller, example_id: uuid.UUID) -> None:
    """Show an example no more. A second time changes nothing. Raises NotFound."""
    example = session.get(Example, example_id)
    if example is None:
        raise NotFound("There is no such example.")
    projects.find(session, caller, example.project_id)
    if example.retired_at is None:
        example.retired_at = session.scalars(select(func.now())).one()
        session.flush()
        said = {"example_id": str(example_id)}
        audit.note(session, caller, "example.retired", example.project_id, **said)


def one_page_of(
    session: Session, caller: Caller, project_id: uuid.UUID, *, after: uuid.UUID | None, limit: int
) -> Page:
    """List the examples of a project that are shown, the newest first. Raises NotFound."""
    projects.find(session, caller, project_id)
    query = select(Example).where(Example.project_id == project_id, Example.retired_at.is_(None))
    return one_page(session, query, Example.id, after=after, limit=limit, newest_first=True)


def of_confusion(
    session: Session,
    project_id: uuid.UUID,
    annotator_id: uuid.UUID,
    *,
    label: str,
    given: str,
    most: int,
) -> Sequence[Any]:
    """Find examples of what is `label` and taken for `given`; those made for that pair first.

    Gives label, explanation, payload, and what the annotator has said where it had the task.
    """
    key = {"project": project_id, "annotator": annotator_id}
    return rows(session, _OF_CONFUSION, label=label, given=given, most=most, **key)


def _require_told(session: Session, project_id: uuid.UUID, task_id: uuid.UUID) -> None:
    """Let only a closed task that is no gold be shown; it cannot become gold meanwhile."""
    task = session.get(Task, task_id, with_for_update={"read": True}, populate_existing=True)
    if task is None or task.project_id != project_id:
        raise NotFound("The project has no such task.")
    if gold.among(session, [task_id]):
        raise Conflict("The task is gold: retire the gold first, or choose another task.")
    if task.state == "open":
        raise Conflict("The task is still open: others would answer what they were shown.")


_IS_GOLD = """
SELECT FROM gold g JOIN tasks t ON t.id = g.task_id
WHERE g.project_id = %(project)s AND g.retired_at IS NULL AND t.payload = %(payload)s LIMIT 1
"""
_OF_CONFUSION = """
SELECT e.label, e.explanation, coalesce(e.payload, t.payload) AS payload, a.label AS said
FROM (
    SELECT * FROM examples
    WHERE project_id = %(project)s AND label = %(label)s AND retired_at IS NULL
      AND (confused_with = %(given)s OR confused_with IS NULL)
    ORDER BY confused_with IS NULL, id DESC LIMIT %(most)s
) e
LEFT JOIN tasks t ON t.id = e.task_id
LEFT JOIN answers a ON a.task_id = e.task_id AND a.annotator_id = %(annotator)s
ORDER BY e.confused_with IS NULL, e.id DESC
"""
