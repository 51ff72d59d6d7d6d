"""What models predict: taken in all together or not at all, and never changed."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from crowd.db import checked, each, new_id, rows
from crowd.errors import Conflict, Invalid, UnknownLabel
from crowd.models import Prediction, ProjectConfig
from crowd.services import audit, models, outbox, projects
from crowd.services.tenants import Caller

#: Problems told one by one.
MOST_PROBLEMS = 50
#: Uses of predictions in which they have a say in what is decided.
VOTING = ("hidden", "routing")


class PredictionLine(NamedTuple):
    """What a model says of a task, by the requester's own name for the task."""

    task: str
    label: str
    confidence: float | None = None


class Said(NamedTuple):
    """A prediction that may have a say."""

    task_id: uuid.UUID
    model_id: uuid.UUID
    #: The model's name.
    model: str
    label: str
    confidence: float | None


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a request's predictions."""

    received: int
    #: The others had been there before, just the same.
    created: int


def votes(config: ProjectConfig) -> bool:
    """Tell whether predictions have a say under a project's configuration."""
    return config.models["use"] in VOTING


def add(
    session: Session,
    caller: Caller,
    project_id: uuid.UUID,
    name: str,
    lines: Sequence[PredictionLine],
) -> Imported:
    """Keep what a model predicts, all of it or nothing; what is there already may come again.

    Raises NotFound, UnknownLabel, Invalid for a task that is none of the project's, and Conflict
    where the model has said something else of a task before.
    """
    model = models.find(session, caller, project_id, name)
    if model.retired_at is not None:
        raise Conflict(f"The model {name!r} is retired. Register it again: PUT …/models/{name}.")
    config = projects.in_force(session, project_id)
    created = keep(session, config, model.annotator_id, lines)
    audit.note(session, caller, "predictions.imported", project_id, model=name, created=created)
    return Imported(len(lines), created)


def keep(
    session: Session, config: ProjectConfig, model_id: uuid.UUID, lines: Sequence[PredictionLine]
) -> int:
    """Keep what a model predicts in the project of a configuration; tells how much was new.

    Raises UnknownLabel, Invalid, Conflict.
    """
    _refuse_unknown_labels(lines, config.labels)
    key = {"project": config.project_id, "model": model_id}
    # those of one model take turns: what stands cannot change while it is compared
    (locked,) = rows(session, _LOCK_MODEL, **key)
    found = rows(session, _FIND, given=_json(lines), **key)
    _refuse_unknown_tasks(found)
    new = _new(found)
    given = orjson.dumps([{"id": new_id(), **row} for row in new]).decode()
    rows(session, _STORE, given=given, **key)
    if votes(config) and new:
        rows(session, _REVISE, tasks=[row["task_id"] for row in new])
        if locked.run_number is None:
            # whatever has been fitted once is looked after; gold may judge a model before that
            project = config.project_id
            outbox.publish(session, "refit.requested", project_id=project, subject_ids=[project])
    return len(new)


def of_tasks(
    session: Session, project_id: uuid.UUID, task_ids: Sequence[uuid.UUID] | None = None
) -> Sequence[Said]:
    """Read the predictions of some tasks of a project, or all, that can be held against people.

    Whoever was shown one is no witness independent of it: it is left out.
    """
    found = rows(session, _SAID, project=project_id, tasks=task_ids)
    return [Said(*row) for row in found]


def mark_unsure(session: Session, task_ids: Collection[uuid.UUID], *, unsure: bool) -> None:
    """Say that models are in doubt about some tasks, or are no more."""
    rows(session, _MARK, tasks=list(task_ids), unsure=unsure)


def unsure_of_project(session: Session, project_id: uuid.UUID) -> set[uuid.UUID]:
    """Find the tasks of a project that models are said to be in doubt about."""
    return {row.id for row in rows(session, _UNSURE, project=project_id)}


def newest_of_project(session: Session, project_id: uuid.UUID) -> uuid.UUID | None:
    """Find the newest prediction of a project."""
    query = select(Prediction.id).where(Prediction.project_id == project_id)
    return session.scalar(query.order_by(Prediction.id.desc()).limit(1))


def _json(lines: Sequence[PredictionLine]) -> str:
    return orjson.dumps([{**x._asdict(), "place": i} for i, x in enumerate(lines)]).decode()


def _refuse_unknown_labels(lines: Sequence[PredictionLine], labels: Sequence[str]) -> None:
    known = frozenset(labels)
    bad = {place: line.label for place, line in enumerate(lines) if line.label not in known}
    if bad:
        first, label = next(iter(bad.items()))
        options = ", ".join(labels)
        raise UnknownLabel(
            f"{label!r}, of prediction {first}, is not a label of this project. It is one of: "
            f"{options}. Nothing was stored.",
            errors=_problems(dict.fromkeys(bad, ("label", f"not one of: {options}"))),
        )


def _refuse_unknown_tasks(found: Iterable[Any]) -> None:
    bad = {row.place: row.task for row in found if row.task_id is None}
    if bad:
        first, task = next(iter(bad.items()))
        raise Invalid(
            f"{task!r}, of prediction {first}, is the external_id of no task of this project. "
            "Nothing was stored.",
            errors=_problems(dict.fromkeys(bad, ("task", "no such task"))),
        )


def _new(found: Sequence[Any]) -> list[dict[str, Any]]:
    """Pick what is not there yet, each task once. Raises Conflict."""
    said = {row.task_id: (row.had, row.had_confidence) for row in found if row.had is not None}
    new, bad = [], {}
    for row in found:
        content = row.label, row.confidence
        if row.task_id not in said:
            said[row.task_id] = content
            new.append({"task_id": row.task_id, "label": row.label, "confidence": row.confidence})
        elif said[row.task_id] != content:
            bad[row.place] = ("task", f"predicted as {said[row.task_id][0]!r} before")
    if bad:
        raise Conflict(
            "The model has said something else of these tasks. A prediction is never changed: "
            "register what has learned more under another name. Nothing was stored.",
            errors=_problems(bad),
        )
    return new


def _problems(bad: Mapping[int, tuple[str, str]]) -> dict[str, Any]:
    told = list(bad.items())[:MOST_PROBLEMS]
    return {"predictions": {str(place): {field: [why]} for place, (field, why) in told}}


_SAID = """
SELECT p.task_id, p.annotator_id, a.external_id, p.label, p.confidence
FROM predictions p JOIN annotators a ON a.id = p.annotator_id
JOIN registered_models m ON m.project_id = p.project_id AND m.annotator_id = p.annotator_id
WHERE p.project_id = %(project)s AND m.retired_at IS NULL
  AND (%(tasks)s::uuid[] IS NULL OR p.task_id = ANY (%(tasks)s::uuid[]))
  AND NOT EXISTS (SELECT FROM shown_predictions s WHERE s.prediction_id = p.id AND s.is_shown)
ORDER BY p.id
"""
_LOCK_MODEL = """
SELECT p.run_number FROM registered_models m JOIN projects p ON p.id = m.project_id
WHERE m.project_id = %(project)s AND m.annotator_id = %(model)s FOR NO KEY UPDATE OF m
"""
_FIND = f"""
SELECT g.place, g.task, g.label, g.confidence, t.id AS task_id,
       p.label AS had, p.confidence AS had_confidence
FROM json_to_recordset(%(given)s::json) AS g (task text, label text, confidence float8, place int)
LEFT JOIN tasks t ON t.project_id = %(project)s AND {each("t.external_id", "g.task")}
LEFT JOIN predictions p ON {each("p.task_id", "t.id")} AND {checked("p.annotator_id = %(model)s")}
ORDER BY g.place
"""
_STORE = """
INSERT INTO predictions (id, project_id, task_id, annotator_id, label, confidence)
SELECT id, %(project)s, task_id, %(model)s, label, confidence
FROM json_to_recordset(%(given)s::json) AS g (id uuid, task_id uuid, label text, confidence float8)
"""
# a decision that is being made has not seen them: it is dropped, and the next fit makes another
_REVISE = f"""
WITH locked AS (
    SELECT id FROM tasks WHERE id = ANY (%(tasks)s) ORDER BY id FOR NO KEY UPDATE
)
UPDATE tasks t SET revision = revision + 1 FROM locked WHERE {each("t.id", "locked.id")}
"""
_MARK = f"""
WITH locked AS (
    SELECT id FROM tasks WHERE id = ANY (%(tasks)s) ORDER BY id FOR NO KEY UPDATE
)
UPDATE tasks t SET unsure = %(unsure)s FROM locked WHERE {each("t.id", "locked.id")}
"""
_UNSURE = "SELECT id FROM tasks WHERE project_id = %(project)s AND unsure"
