"""What a requester takes home: one line a task, with the label, how sure it is, and why."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crowd.models import Gold, Result, Task

#: Columns of a label in an export, in order.
COLUMNS = (
    "external_id",
    "label",
    "confidence",
    "state",
    "source",
    "answers",
    "posterior",
    "run",
    "config_version",
    "task_id",
)


def labels(session: Session, project_id: uuid.UUID) -> Iterator[dict[str, Any]]:
    """Stream a project's labels by task; the whole export is of one moment, in constant memory."""
    query = (
        select(
            Task.external_id,
            Task.id,
            Task.state,
            Task.answered,
            Gold.label.label("gold"),
            Result.label,
            Result.confidence,
            Result.posterior,
            Result.run_number,
            Result.config_version,
        )
        .outerjoin(Result, (Result.task_id == Task.id) & (Result.version == Task.result_version))
        .outerjoin(Gold, (Gold.task_id == Task.id) & Gold.retired_at.is_(None))
        .where(Task.project_id == project_id)
        .order_by(Task.id)
    )
    for row in session.execute(query, execution_options={"yield_per": 2000}):
        known = row.gold is not None
        yield {
            "external_id": row.external_id,
            "label": row.gold if known else row.label,
            "confidence": 1.0 if known else row.confidence,
            "state": row.state,
            "source": "gold" if known else "consensus",
            "answers": row.answered,
            "posterior": row.posterior,
            "run": row.run_number,
            "config_version": row.config_version,
            "task_id": str(row.id),
        }
