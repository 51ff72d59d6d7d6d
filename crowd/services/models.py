"""Machine-learning models that predict in a project: annotators who are never handed anything."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crowd.db import rows
from crowd.errors import Conflict, Invalid, NotFound
from crowd.models import Annotator, Project, RegisteredModel
from crowd.services import audit, outbox, projects
from crowd.services.tenants import Caller

#: Models of one project: each is held against all others.
MOST = 50
#: Fits into a path as it is.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,99}")


@dataclass(frozen=True, slots=True)
class ModelView:
    """A model in a project, with what the newest run says of it; None where it says nothing."""

    annotator_id: uuid.UUID
    name: str
    created_at: datetime
    #: Since then its predictions count for nothing.
    retired_at: datetime | None
    #: Where it is asked for predictions; None: they are sent.
    endpoint: str | None
    #: Times in a row that it gave nothing of use when asked, and why the last time.
    failures: int
    last_error: str | None
    predictions: int
    #: Share of right predictions, with its 95 % interval.
    accuracy: float | None
    accuracy_low: float | None
    accuracy_high: float | None
    #: Predictions that could be held against people's answers, or against gold.
    judged_on: int | None
    #: Rows: the true label, columns: the predicted one; in the order of `labels`.
    confusion: list[list[float]] | None
    labels: list[str] | None
    #: Whether its predictions count, where the project lets any count.
    is_listened_to: bool


def register(session: Session, caller: Caller, project_id: uuid.UUID, name: str) -> ModelView:
    """Let a model predict in a project, also one that was retired; twice changes nothing.

    Raises NotFound, Invalid, and Conflict where there are too many.
    """
    projects.find(session, caller, project_id)
    if not NAME.fullmatch(name):
        raise Invalid(
            "A model's name begins with a letter or digit; up to 99 more of them, or of . _ @ + -, "
            "may follow.",
            errors={"name": ["not a name for a model"]},
        )
    who = {"tenant_id": caller.tenant_id, "external_id": name, "kind": "model"}
    session.execute(insert(Annotator).values(who).on_conflict_do_nothing())
    annotator_id = session.scalars(select(Annotator.id).filter_by(**who)).one()
    key = {"project_id": project_id, "annotator_id": annotator_id}
    new = insert(RegisteredModel).values(key).on_conflict_do_nothing()
    # two at a time must not both be the last
    session.execute(select(Project.id).filter_by(id=project_id).with_for_update(key_share=True))
    if session.scalar(new.returning(RegisteredModel.annotator_id)):
        _refuse_too_many(session, project_id)
        audit.note(session, caller, "model.registered", project_id, name=name)
    elif rows(session, _TURN, **key, retired=False):
        _decide_anew(session, project_id)
        audit.note(session, caller, "model.registered", project_id, name=name)
    return find(session, caller, project_id, name)


def retire(session: Session, caller: Caller, project_id: uuid.UUID, name: str) -> None:
    """Let a model's predictions count for nothing any more; twice changes nothing.

    They stay, and so does what was decided while they counted, until the next fit decides anew.
    Raises NotFound.
    """
    model = find(session, caller, project_id, name)
    key = {"project_id": project_id, "annotator_id": model.annotator_id}
    if rows(session, _TURN, **key, retired=True):
        _decide_anew(session, project_id)
        audit.note(session, caller, "model.retired", project_id, name=name)


def _decide_anew(session: Session, project_id: uuid.UUID) -> None:
    outbox.publish(session, "refit.requested", project_id=project_id, subject_ids=[project_id])


def _refuse_too_many(session: Session, project_id: uuid.UUID) -> None:
    count = select(func.count()).select_from(RegisteredModel).filter_by(project_id=project_id)
    if session.scalars(count).one() > MOST:
        raise Conflict(f"A project has up to {MOST} models. Make another project for more.")


def find(session: Session, caller: Caller, project_id: uuid.UUID, name: str) -> ModelView:
    """Read one model of a project of the caller's. Raises NotFound."""
    found = _views(session, caller, project_id, name)
    if not found:
        raise NotFound(
            f"The project has no model {name!r}. Register it: PUT …/models/{name}.",
        )
    return found[0]


def of_project(session: Session, caller: Caller, project_id: uuid.UUID) -> Sequence[ModelView]:
    """List a project's models, the oldest first. Raises NotFound."""
    return _views(session, caller, project_id, None)


def _views(
    session: Session, caller: Caller, project_id: uuid.UUID, name: str | None
) -> list[ModelView]:
    run = projects.find(session, caller, project_id).project.run_number
    found = rows(session, _VIEWS, project=project_id, run=run, name=name)
    return [_view(row) for row in found]


def _view(row: Any) -> ModelView:
    size = len(row.labels or ())
    flat = row.confusion or ()
    table = [flat[k : k + size] for k in range(0, len(flat), size)] if flat else None
    listened_to = bool(row.is_listened_to)
    return ModelView(**{**row._asdict(), "confusion": table, "is_listened_to": listened_to})


_VIEWS = """
SELECT m.annotator_id, a.external_id AS name, m.created_at, m.retired_at, m.endpoint, m.failures,
       m.last_error,
       (SELECT count(*) FROM predictions p
        WHERE p.project_id = m.project_id AND p.annotator_id = m.annotator_id) AS predictions,
       s.accuracy, s.accuracy_low, s.accuracy_high, s.answers AS judged_on,
       s.confusion, CASE WHEN s.accuracy IS NOT NULL THEN r.labels END AS labels,
       (r.predictors -> m.annotator_id::text ->> 'is_listened_to')::boolean AS is_listened_to
FROM registered_models m
JOIN annotators a ON a.id = m.annotator_id
LEFT JOIN consensus_runs r ON r.project_id = m.project_id AND r.number = %(run)s
LEFT JOIN skills s ON s.project_id = m.project_id AND s.run_number = %(run)s
    AND s.annotator_id = m.annotator_id
WHERE m.project_id = %(project)s AND (%(name)s::text IS NULL OR a.external_id = %(name)s)
ORDER BY m.created_at, a.external_id
"""
# a model that is retired is asked nothing more
_TURN = """
UPDATE registered_models SET
    retired_at = CASE WHEN %(retired)s THEN now() END,
    endpoint = NULL, secret = NULL, next_ask_at = NULL
WHERE project_id = %(project_id)s AND annotator_id = %(annotator_id)s
  AND (retired_at IS NULL) = %(retired)s
RETURNING annotator_id AS id
"""
