"""Asking models at their endpoints: who is due, about which tasks, and what came of it.

What is asked is read in one transaction and what was said is kept in another; no transaction waits
for the network in between.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crowd.db import new_id, rows, seconds
from crowd.errors import Conflict, NotFound
from crowd.models import RegisteredModel
from crowd.services import audit, models, predictions, projects, webhooks
from crowd.services.predictions import PredictionLine
from crowd.services.tenants import Caller

#: Published when models may be due.
TOPIC = "models.fell_due"
#: Tasks a model is asked about at a time, and about how many bytes of their payloads.
MOST_TASKS, MOST_BYTES = 100, 1_000_000
#: Nobody else asks a model for so many seconds: longer than an answer may take.
CLAIMED_S = 60.0
#: Pause before looking for tasks that are new, in seconds.
IDLE_S = 5.0
#: Pauses after one failure in a row, two, and so on, in seconds; the last one for ever after.
PAUSES_S = (5.0, 30.0, 120.0, 600.0, 1800.0, 3600.0)
#: Kept of what went wrong.
MOST_ERROR = 500


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A model to be asked, and about what."""

    id: uuid.UUID
    project_id: uuid.UUID
    model_id: uuid.UUID
    url: str
    secret: str
    #: JSON: what is sent.
    body: str
    #: The tasks it is about, by the requester's names, and the last of them by its id.
    tasks: frozenset[str]
    upto: uuid.UUID


def set_endpoint(
    session: Session, caller: Caller, project_id: uuid.UUID, name: str, *, url: str
) -> RegisteredModel:
    """Have a model asked at an address, beginning at the first task, with a new secret.

    The caller has checked the URL. Raises NotFound, and Conflict for a model that is retired.
    """
    row = _locked(session, project_id, models.find(session, caller, project_id, name))
    if row.retired_at is not None:
        raise Conflict(f"The model {name!r} is retired. Register it again: PUT …/models/{name}.")
    row.endpoint, row.secret = url, webhooks.new_secret()
    row.asked_upto, row.failures, row.last_error = None, 0, None
    row.next_ask_at = session.scalars(select(func.now())).one()
    session.flush()
    audit.note(session, caller, "model.endpoint-set", project_id, name=name, url=url)
    return row


def remove_endpoint(session: Session, caller: Caller, project_id: uuid.UUID, name: str) -> None:
    """Ask a model no more. Raises NotFound, also where there is no endpoint."""
    row = _locked(session, project_id, models.find(session, caller, project_id, name))
    if row.endpoint is None:
        raise NotFound("The model has no endpoint.")
    row.endpoint = row.secret = row.next_ask_at = None
    session.flush()
    audit.note(session, caller, "model.endpoint-removed", project_id, name=name)


def claim(session: Session, *, limit: int) -> list[Inquiry]:
    """Take some models that are due, with the next tasks to ask each about.

    One that has been asked about all of them is looked at again later.
    """
    claimed = rows(session, _CLAIM, limit=limit, claimed=CLAIMED_S)
    asked = [(row, _next_tasks(session, row)) for row in claimed]
    for row, tasks in asked:
        if not tasks:
            _put_off(session, row, IDLE_S)
    return [_inquiry(row, tasks) for row, tasks in asked if tasks]


def keep(session: Session, inquiry: Inquiry, lines: Sequence[PredictionLine]) -> None:
    """Keep what a model has said, and let it be asked about the next tasks at once.

    An endpoint that is another one by now has said nothing. Raises UnknownLabel, Conflict.
    """
    row = _still_asked(session, inquiry)
    if row is None:
        return
    config = projects.in_force(session, inquiry.project_id)
    predictions.keep(session, config, inquiry.model_id, lines)
    row.asked_upto, row.failures, row.last_error = inquiry.upto, 0, None
    row.next_ask_at = session.scalars(select(func.now())).one()


def note_failure(session: Session, inquiry: Inquiry, error: str) -> None:
    """Say on the model what went wrong, and ask again after a pause that grows."""
    row = _still_asked(session, inquiry)
    if row is None:
        return
    pause = PAUSES_S[min(row.failures, len(PAUSES_S) - 1)]
    row.failures, row.last_error = row.failures + 1, error[:MOST_ERROR]
    row.next_ask_at = session.scalars(select(func.now() + seconds(pause))).one()


def _locked(session: Session, project_id: uuid.UUID, model: models.ModelView) -> RegisteredModel:
    row = _lock(session, project_id=project_id, annotator_id=model.annotator_id)
    assert row is not None
    return row


def _still_asked(session: Session, inquiry: Inquiry) -> RegisteredModel | None:
    key = {"project_id": inquiry.project_id, "annotator_id": inquiry.model_id}
    return _lock(session, **key, secret=inquiry.secret)


def _lock(session: Session, **key: Any) -> RegisteredModel | None:
    query = select(RegisteredModel).filter_by(**key).with_for_update(key_share=True)
    return session.scalar(query, execution_options={"populate_existing": True})


def _next_tasks(session: Session, row: Any) -> Sequence[Any]:
    return rows(
        session,
        _TASKS,
        project=row.project_id,
        model=row.annotator_id,
        after=row.asked_upto or uuid.UUID(int=0),
        most=MOST_TASKS,
        bytes=MOST_BYTES,
    )


def _put_off(session: Session, row: Any, pause_s: float) -> None:
    rows(session, _PUT_OFF, project=row.project_id, model=row.annotator_id, pause=pause_s)


def _inquiry(row: Any, tasks: Sequence[Any]) -> Inquiry:
    body = {
        "project_id": row.project_id,
        "model": row.name,
        "question": row.question,
        "labels": row.labels,
        "tasks": [{"id": t.external_id, "payload": orjson.Fragment(t.payload)} for t in tasks],
    }
    return Inquiry(
        id=new_id(),
        project_id=row.project_id,
        model_id=row.annotator_id,
        url=row.endpoint,
        secret=row.secret,
        body=orjson.dumps(body).decode(),
        tasks=frozenset(t.external_id for t in tasks),
        upto=tasks[-1].id,
    )


# put off while it is asked: whoever is killed meanwhile leaves it due again
_CLAIM = """
WITH due AS (
    SELECT m.project_id, m.annotator_id, a.external_id AS name, c.question, c.labels
    FROM registered_models m
    JOIN projects p ON p.id = m.project_id AND p.state IN ('draft', 'running', 'paused')
    JOIN project_configs c ON c.project_id = p.id AND c.version = p.config_version
    JOIN annotators a ON a.id = m.annotator_id
    WHERE m.next_ask_at <= now()
    ORDER BY m.next_ask_at LIMIT %(limit)s FOR NO KEY UPDATE OF m SKIP LOCKED
)
UPDATE registered_models m SET next_ask_at = now() + make_interval(secs => %(claimed)s)
FROM due WHERE m.project_id = due.project_id AND m.annotator_id = due.annotator_id
RETURNING m.project_id, m.annotator_id, m.endpoint, m.secret, m.asked_upto,
          due.name, due.question, due.labels
"""
_TASKS = """
SELECT id, external_id, payload FROM (
    SELECT t.*, sum(octet_length(payload)) OVER (ORDER BY id) - octet_length(payload) AS before
    FROM (
        SELECT t.id, t.external_id, t.payload::text AS payload FROM tasks t
        WHERE t.project_id = %(project)s AND t.id > %(after)s AND NOT EXISTS (
            SELECT FROM predictions p WHERE p.task_id = t.id AND p.annotator_id = %(model)s
        )
        ORDER BY t.id LIMIT %(most)s
    ) t
) t WHERE before < %(bytes)s ORDER BY id
"""
_PUT_OFF = """
UPDATE registered_models SET next_ask_at = now() + make_interval(secs => %(pause)s)
WHERE project_id = %(project)s AND annotator_id = %(model)s
"""
