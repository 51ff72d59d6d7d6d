"""Rulings that wait for another person: a label counts once two have said the same.

The newest word of each counts. Where two disagree a third decides, or one of them comes round.
"""

from __future__ import annotations

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from crowd.models import Dispute, ProjectConfig, Result, Ruling, Task
from crowd.services import gold

#: A verdict, and the label where it names one.
Said = tuple[str, str | None]


def of_dispute(session: Session, dispute: Dispute) -> dict[uuid.UUID, Ruling]:
    """Find what waits for somebody who agrees: the newest proposal of each person."""
    query = select(Ruling).filter_by(dispute_id=dispute.id).order_by(Ruling.id.desc())
    found: dict[uuid.UUID, Ruling] = {}
    for ruling in session.scalars(query):
        if ruling.is_final:
            break
        person = ruling.user_id or ruling.api_key_id
        if person is not None:
            found.setdefault(person, ruling)
    return found


def are_needed(
    session: Session, config: ProjectConfig, task: Task, said: Said, present: Ruling | None
) -> bool:
    """Tell whether a ruling is a proposal at first, where nobody has proposed anything yet.

    By `rulings.second`: never, always, or where it contradicts what stands.
    """
    match config.rulings["second"]:
        case "always":
            return True
        case "overturns":
            stands = _stands(session, task, present)
            return stands is not None and stands != said
    return False


def _stands(session: Session, task: Task, present: Ruling | None) -> Said | None:
    """Say what stands for a task: a ruling, the known answer or a resolved label; None: nothing."""
    if present is not None:
        return present.said
    label = gold.known_answer(session, task.id)
    if label is None and task.state == "resolved":
        newest = select(Result.label).filter_by(task_id=task.id, version=task.result_version)
        label = session.scalar(newest)
    return None if label is None else ("label", label)
