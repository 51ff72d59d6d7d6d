"""What other rules would cost and come to, by a project's own answers: asked, and computed later.

The same question about the same answers is answered once: it is known by what it asks, the
configuration and the answers that are there.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

import orjson
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crowd.db import rows
from crowd.errors import Conflict, Invalid
from crowd.models import Operation, ProjectConfig
from crowd.services import forecast_grounds, gold, operations, pools, projects, track_records
from crowd.services.forecast_grounds import Ground
from crowd.services.tenants import Caller
from crowd.services.track_records import Wanted

#: Tasks that are gone through once more, drawn at random where there are more.
MOST_TASKS = 20_000
#: Below this many tasks with answers nothing can be said.
LEAST_TASKS = 20
RULES = ("overlap_min", "overlap_max", "target_confidence", "price")


@dataclass(frozen=True, slots=True)
class Sample:
    """Answers to go through, and what a project's future hangs on."""

    config: ProjectConfig
    ground: Ground
    #: (task, annotator, label, time in seconds since 1970) of every answer that counts.
    answers: Sequence[tuple[uuid.UUID, uuid.UUID, str, float]]
    #: The known labels among the tasks.
    gold: Mapping[uuid.UUID, str]
    #: Answers of the last days, by annotator: who makes the pace.
    busy: Mapping[uuid.UUID, int]


def start(
    session: Session,
    caller: Caller,
    project_id: uuid.UUID,
    *,
    wanted: Wanted | None = None,
    **rules: Any,
) -> Operation:
    """Ask what other rules, or other people, would come to; a question asked before is not again.

    `rules`: overlap_min, overlap_max, target_confidence, price; what is not named stays. `wanted`:
    those annotators alone. Raises NotFound, Invalid, and Conflict where there is too little yet.
    """
    config = projects.find_own(session, caller, project_id).config
    asked = {name: rules[name] for name in RULES if rules.get(name) is not None}
    _require_sound(config, asked)
    if wanted is not None and wanted.pool_id is not None:
        pools.find(session, caller, wanted.pool_id)
    people = {} if wanted is None else {k: v for k, v in asdict(wanted).items() if v is not None}
    if not asked and not people:
        raise Invalid("Name a rule to change, or the annotators that are to work.")
    answered = len(rows(session, _ANSWERED, project=project_id, most=LEAST_TASKS))
    if answered < LEAST_TASKS:
        raise Conflict(f"It takes {LEAST_TASKS} tasks with answers; there are {answered}.")
    (state,) = rows(session, _STATE, project=project_id)
    request = {
        **{name: _plain(one) for name, one in asked.items()},
        "annotators": {name: _plain(one) for name, one in people.items()},
    }
    question = orjson.dumps([request, *map(str, state)], option=orjson.OPT_SORT_KEYS)
    known = {"fingerprint": hashlib.sha256(question).hexdigest()}
    return _asked_before(session, project_id, known) or operations.start(
        session,
        caller,
        project_id,
        kind="what_if",
        total=1,
        said=request,
        request={**request, **known},
    )


def newest(
    session: Session, caller: Caller, project_id: uuid.UUID, most: int = 20
) -> Sequence[Operation]:
    """List the questions last asked about a project, the newest first."""
    query = select(Operation).filter_by(project_id=project_id, tenant_id=caller.tenant_id)
    asked = query.where(Operation.kind == "what_if").order_by(Operation.id.desc())
    return session.scalars(asked.limit(most)).all()


def read(session: Session, operation_id: uuid.UUID) -> tuple[Operation, Sample | None]:
    """Read a what-if and, where it is still wanted, what it is computed from."""
    operation = session.get_one(Operation, operation_id, populate_existing=True)
    if operation.state not in operations.ACTIVE:
        return operation, None
    operation.state = "running"
    operation.started_at = operation.started_at or session.scalar(select(func.now()))
    return operation, _sample(session, operation.project_id)


def chosen(session: Session, operation: Operation) -> list[uuid.UUID] | None:
    """Name the annotators a what-if is about; None: all."""
    assert operation.request is not None
    people = operation.request["annotators"]
    if not people:
        return None
    ids = {name: uuid.UUID(one) for name, one in people.items() if name.endswith("_id")}
    caller = Caller(operation.tenant_id, "requester", frozenset())
    return track_records.ids_of(session, caller, operation.project_id, Wanted(**{**people, **ids}))


def finish(session: Session, operation_id: uuid.UUID, result: Mapping[str, Any]) -> None:
    """Keep what came of it, unless it was called off meanwhile."""
    operation = session.get_one(
        Operation, operation_id, with_for_update=True, populate_existing=True
    )
    if operation.state in operations.ACTIVE:
        operation.result, operation.done = dict(result), 1
        operations.finish(session, operation, "done")


def _sample(session: Session, project_id: uuid.UUID) -> Sample:
    found = rows(session, _SAMPLE, project=project_id, most=MOST_TASKS)
    busy = rows(session, _BUSY, project=project_id)
    return Sample(
        config=projects.in_force(session, project_id),
        ground=forecast_grounds.ground(session, project_id),
        answers=[tuple(row) for row in found],
        gold=gold.labels_of_project(session, project_id),
        busy={row.annotator_id: row.answers for row in busy},
    )


def _require_sound(config: ProjectConfig, asked: Mapping[str, Any]) -> None:
    low = asked.get("overlap_min", config.overlap_min)
    if low > asked.get("overlap_max", config.overlap_max):
        raise Invalid(
            "A task cannot get more answers at least than at most.",
            errors={"overlap_min": ["above overlap_max"]},
        )


def _asked_before(
    session: Session, project_id: uuid.UUID, known: Mapping[str, str]
) -> Operation | None:
    return session.scalar(
        select(Operation)
        .where(
            Operation.project_id == project_id,
            Operation.kind == "what_if",
            Operation.state.in_(("queued", "running", "done")),
            Operation.request.contains(known),
        )
        .order_by(Operation.id.desc())
        .limit(1)
    )


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, (uuid.UUID, Decimal)) else value


_ANSWERED = """
SELECT DISTINCT task_id FROM (
    SELECT task_id FROM answers WHERE project_id = %(project)s ORDER BY id DESC LIMIT 1000
) a LIMIT %(most)s
"""
# by the next fit it is another question; and the next day, for then the pace is another
_STATE = """
SELECT config_version, run_number, current_date AS day FROM projects WHERE id = %(project)s
"""
_SAMPLE = """
WITH drawn AS MATERIALIZED (
    SELECT id FROM tasks WHERE project_id = %(project)s AND answered > 0
    ORDER BY rank LIMIT %(most)s
)
SELECT a.task_id, a.annotator_id, a.label, extract(epoch FROM a.submitted_at)::float AS at
FROM drawn d JOIN answers a ON a.task_id = d.id
WHERE NOT EXISTS (SELECT FROM excluded_answers e WHERE e.answer_id = a.id)
"""
_BUSY = """
SELECT annotator_id, answers FROM track_records
WHERE project_id = %(project)s AND last_answer_at > now() - interval '7 days'
"""
