"""Gold: tasks whose answer is known. Outwardly they are tasks like any other."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crowd.errors import NotFound, UnknownLabel
from crowd.models import Gold, ProjectConfig, Task
from crowd.services import audit, configs, projects
from crowd.services.tenants import Caller


def check_label(label: str, config: ProjectConfig, field: str = "label") -> None:
    """Raise UnknownLabel unless the label is one of the project's."""
    if label not in config.labels:
        raise UnknownLabel(
            f"{label!r} is not a label of this project. It is one of: {', '.join(config.labels)}.",
            errors={field: [f"not one of: {', '.join(config.labels)}"]},
        )


def put(
    session: Session,
    caller: Caller,
    task_id: uuid.UUID,
    *,
    label: str,
    explanation: str | None = None,
) -> Gold:
    """Say what the right answer of a task is; an earlier gold answer is retired, not changed.

    Raises NotFound, UnknownLabel.
    """
    task = session.get(Task, task_id, with_for_update=True)
    if task is None:
        raise NotFound("There is no such task.")
    view = projects.find(session, caller, task.project_id)
    check_label(label, view.config)
    _retire(session, task_id)
    _move(session, task, view.config, is_gold=True)
    gold = Gold(project_id=task.project_id, task_id=task_id, label=label, explanation=explanation)
    session.add(gold)
    session.flush()
    audit.note(session, caller, "gold.put", task_id, label=label)
    return gold


def retire(session: Session, caller: Caller, task_id: uuid.UUID) -> None:
    """Make a task an ordinary one again. Raises NotFound."""
    task = session.get(Task, task_id, with_for_update=True)
    if task is None:
        raise NotFound("There is no such task.")
    config = projects.find(session, caller, task.project_id).config
    if not _retire(session, task_id):
        raise NotFound("The task is not gold.")
    _move(session, task, config, is_gold=False)
    audit.note(session, caller, "gold.retired", task_id)


def labels_of_project(session: Session, project_id: uuid.UUID) -> dict[uuid.UUID, str]:
    """Read the known answers of a project, by task."""
    rows = session.execute(
        select(Gold.task_id, Gold.label).where(
            Gold.project_id == project_id, Gold.retired_at.is_(None)
        )
    )
    return {row.task_id: row.label for row in rows}


def among(session: Session, task_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Pick the tasks that are gold now."""
    return set(
        session.scalars(
            select(Gold.task_id).where(Gold.task_id.in_(task_ids), Gold.retired_at.is_(None))
        )
    )


def _move(session: Session, task: Task, config: ProjectConfig, *, is_gold: bool) -> None:
    """Put a task among the gold, or back among the others; never below what it holds already."""
    bounds = configs.bounds(config, is_gold=is_gold)
    held = task.leased + task.answered
    task.is_gold, task.step = is_gold, bounds["step"]
    task.cap = max(bounds["cap"], held)
    task.wanted = min(max(bounds["wanted"], task.wanted if is_gold else held), task.cap)
    session.flush()


def _retire(session: Session, task_id: uuid.UUID) -> bool:
    present = session.scalar(select(Gold).where(Gold.task_id == task_id, Gold.retired_at.is_(None)))
    if present is None:
        return False
    present.retired_at = session.scalar(select(func.now()))
    session.flush()
    return True
