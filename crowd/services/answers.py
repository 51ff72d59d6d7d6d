"""Taking answers in: each is kept once, for ever, or refused with nothing changed."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

import orjson
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from crowd.db import checked, each, new_id, rows
from crowd.errors import (
    AlreadyAnswered,
    AssignmentClosed,
    AssignmentExpired,
    CrowdError,
    NotFound,
    UnknownLabel,
)
from crowd.models import Answer, ExcludedAnswer
from crowd.services import answer_kinds, configs, policies, transfers
from crowd.services.policies import Left
from crowd.services.submissions import Given, Slots, Submitted
from crowd.services.tenants import Caller

__all__ = [
    "Given",
    "Submitted",
    "doubts",
    "newest_of_project",
    "of_project",
    "of_tasks",
    "submit",
    "submit_all",
]


def submit(
    session: Session, caller: Caller, assignment_id: uuid.UUID, *, label: str, **beside: Any
) -> Submitted:
    """Keep an answer and tell the engine of it, in one commit; `beside`: see `Given`.

    A late answer is taken while the slot is still free, else AssignmentExpired.
    Raises NotFound, UnknownLabel, AlreadyAnswered, AssignmentClosed.
    """
    (outcome,) = submit_all(session, caller, [Given(assignment_id, label, **beside)])
    if isinstance(outcome, CrowdError):
        raise outcome
    return outcome


def submit_all(
    session: Session, caller: Caller, given: Sequence[Given]
) -> list[Submitted | CrowdError]:
    """Keep every answer of some that can be kept; what stands in the way of the others is told.

    An assignment that is named twice takes the first.
    """
    ids = list({one.assignment_id for one in given})
    # one answer locks all it needs at once; of several the tasks come last, in their order
    statement = _LOCK_WITH_TASK if len(ids) == 1 else _LOCK
    found = {row.id: row for row in rows(session, statement, ids=ids, tenant=caller.tenant_id)}
    tasks = _locked_tasks(session, found.values())
    spare = _spare(session, found.values())
    outcomes: list[Submitted | CrowdError] = []
    done: set[uuid.UUID] = set()
    for one in given:
        row = found.get(one.assignment_id)
        if row is None:
            outcomes.append(NotFound("There is no such assignment."))
        elif row.id in done:
            outcomes.append(AlreadyAnswered("It stands in this request twice; the first counts."))
        else:
            outcome = _outcome(session, row, one, tasks[row.task_id], spare)
            outcomes.append(outcome)
            done.update({row.id} if isinstance(outcome, Submitted) else ())
    _store(session, [one for one in outcomes if isinstance(one, Submitted)])
    return outcomes


def _locked_tasks(session: Session, found: Collection[Any]) -> dict[uuid.UUID, Slots]:
    locked = found
    if len(found) > 1:
        locked = rows(session, _LOCK_TASKS, ids=list({row.task_id for row in found}))
    return {
        row.task_id: Slots(row.is_open, row.wanted, row.leased, row.answered, row.excluded)
        for row in locked
    }


def _spare(session: Session, found: Collection[Any]) -> dict[uuid.UUID, Left]:
    """Count what each project may still take of answers whose slots it has counted as free again.

    In the order of the projects: two requests would else wait for each other.
    """
    late_in = sorted({row.project_id for row in found if row.state == "expired"})
    return {project: policies.budget_left(session, project) for project in late_in}


def _outcome(
    session: Session, row: Any, given: Given, slots: Slots, spare: dict[uuid.UUID, Left]
) -> Submitted | CrowdError:
    terms = configs.terms(session, row.project_id, row.config_version)
    try:
        label = answer_kinds.canonical(terms, given.label)
    except UnknownLabel as unknown:
        return unknown
    if refusal := _refusal(row):
        return refusal
    late = row.state == "expired"
    if late and spare[row.project_id].room(terms) <= 0:
        return AssignmentExpired("The lease ended, and the project's budget is spent.")
    number = slots.fill(held=not late)
    if number is None:
        return AssignmentExpired(
            f"The lease ended at {row.expires_at.isoformat()} and its slot is taken."
        )
    if late:
        spare[row.project_id].take(terms)
    return Submitted(
        id=new_id(),
        assignment_id=row.id,
        project_id=row.project_id,
        task_id=row.task_id,
        annotator_id=row.annotator_id,
        number=number,
        config_version=row.config_version,
        label=label,
        unsure=given.unsure,
        comment=given.comment,
        leased_at=row.leased_at,
        submitted_at=row.now,
        time_spent_s=_time_spent(given, max(0.0, (row.now - row.leased_at).total_seconds())),
        annotator=row.annotator or "",
        late=late,
    )


def _time_spent(given: Given, held_s: float) -> float:
    """Believe a page that has seen less of the annotator than the lease lasted, never more."""
    return held_s if given.time_spent_s is None else min(held_s, given.time_spent_s)


def _refusal(row: Any) -> CrowdError | None:
    if row.state == "answered":
        return AlreadyAnswered("The assignment has been answered; the first answer counts.")
    if row.state == "returned":
        return AssignmentClosed("The assignment was given back. Lease the task again.")
    if row.blocked:
        return AssignmentClosed("The annotator is blocked. What it held went to others.")
    return None


def _store(session: Session, answers: Sequence[Submitted]) -> None:
    if not answers:
        return
    terms = [configs.terms(session, one.project_id, one.config_version) for one in answers]
    pays = any(each.pays for each in terms)
    given = transfers.priced(answers, terms) if pays else answers
    rows(session, _STORE[pays], given=orjson.dumps(given).decode())


def of_tasks(
    session: Session, task_ids: Iterable[uuid.UUID]
) -> Sequence[tuple[uuid.UUID, uuid.UUID, str]]:
    """Read (task, annotator, label) of each answer that counts to some tasks, as they arrived."""
    query = _votes().where(Answer.task_id.in_(task_ids)).order_by(Answer.task_id, Answer.number)
    return [(row[0], row[1], row[2]) for row in session.execute(query)]


def of_project(
    session: Session, project_id: uuid.UUID, *, counting: bool = True
) -> Iterator[tuple[uuid.UUID, uuid.UUID, str]]:
    """Stream (task, annotator, label) of every answer of a project; only of those that count."""
    query = _votes() if counting else _ANYTHING
    query = query.where(Answer.project_id == project_id).order_by(Answer.id)
    rows = session.execute(query, execution_options={"yield_per": 10_000})
    yield from ((row[0], row[1], row[2]) for row in rows)


def doubts(
    session: Session, project_id: uuid.UUID, task_ids: list[uuid.UUID] | None = None
) -> dict[uuid.UUID, int]:
    """Count the unsure answers that count, of some of a project's tasks or all that have any."""
    found = rows(session, _DOUBTS, project=project_id, tasks=task_ids)
    return {row.task_id: row.doubts for row in found}


def newest_of_project(session: Session, project_id: uuid.UUID) -> uuid.UUID | None:
    """Find the newest answer of a project."""
    query = select(Answer.id).where(Answer.project_id == project_id)
    return session.scalar(query.order_by(Answer.id.desc()).limit(1))


def _votes() -> Select[uuid.UUID, uuid.UUID, str]:
    excluded = select(ExcludedAnswer.answer_id).where(ExcludedAnswer.answer_id == Answer.id)
    return _ANYTHING.where(~excluded.exists())


_DOUBTS = """
SELECT task_id, count(*) AS doubts FROM answers a
WHERE project_id = %(project)s AND unsure
  AND (%(tasks)s::uuid[] IS NULL OR task_id = ANY (%(tasks)s))
  AND NOT EXISTS (SELECT FROM excluded_answers e WHERE e.answer_id = a.id)
GROUP BY task_id
"""
_ANYTHING = select(Answer.task_id, Answer.annotator_id, Answer.label)

# the order in which everybody locks: participations, assignments, then tasks by id
_ASSIGNMENT = """a.id, a.project_id, a.task_id, a.annotator_id, a.config_version, a.state,
       a.leased_at, a.expires_at, (w.state = 'blocked' OR w.barred) AS blocked,
       n.external_id AS annotator, clock_timestamp() AS now"""
_SLOTS = "t.state = 'open' AS is_open, t.wanted, t.leased, t.answered, t.excluded"
_LOCK = f"""
SELECT {_ASSIGNMENT} FROM assignments a
JOIN annotators n ON {each("n.id", "a.annotator_id")} AND {checked("n.tenant_id = %(tenant)s")}
JOIN participations w ON {each("w.annotator_id", "a.annotator_id")}
    AND {each("w.project_id", "a.project_id")}
WHERE a.id = ANY(%(ids)s)
ORDER BY (a.annotator_id, a.project_id, a.id)
FOR NO KEY UPDATE OF w, a
"""
_LOCK_TASKS = f"""
SELECT t.id AS task_id, {_SLOTS} FROM tasks t WHERE t.id = ANY(%(ids)s)
ORDER BY t.id FOR NO KEY UPDATE
"""
# whose assignment of what it is never changes: that is read before the locks
_LOCK_WITH_TASK = f"""
WITH whose AS MATERIALIZED (
    SELECT project_id, annotator_id, task_id FROM assignments WHERE id = ANY(%(ids)s)
)
SELECT {_ASSIGNMENT}, {_SLOTS}
FROM participations w CROSS JOIN assignments a CROSS JOIN tasks t CROSS JOIN annotators n
WHERE w.project_id = (SELECT project_id FROM whose)
  AND w.annotator_id = (SELECT annotator_id FROM whose)
  AND a.id = ANY(%(ids)s)
  AND t.id = (SELECT task_id FROM whose)
  AND n.id = (SELECT annotator_id FROM whose) AND {checked("n.tenant_id = %(tenant)s")}
FOR NO KEY UPDATE OF w, a, t
"""
#: With slots for what paid answers need more.
_STORE_ANY = f"""
WITH given AS (
    SELECT * FROM json_to_recordset(%(given)s::json) AS g (
        id uuid, assignment_id uuid, project_id uuid, task_id uuid, annotator_id uuid, number int,
        config_version int, label text, unsure bool, comment text, leased_at timestamptz,
        submitted_at timestamptz, time_spent_s float8, late bool{{columns}}
    )
),
{{settled}}
counted AS (
    UPDATE tasks t SET leased = leased - g.held, answered = answered + g.answers
    FROM (
        SELECT task_id, count(*) AS answers, count(*) FILTER (WHERE NOT late) AS held
        FROM given GROUP BY task_id
    ) g
    WHERE {each("t.id", "g.task_id")}
),
closed AS (
    UPDATE assignments a SET state = 'answered', closed_at = g.submitted_at
    FROM given g WHERE {each("a.id", "g.assignment_id")}
),
noted AS (
    UPDATE participations p SET leased = leased - g.held,
        answered = answered + g.answers{{balances}}
    FROM (
        SELECT project_id, annotator_id, count(*) AS answers,
               count(*) FILTER (WHERE NOT late) AS held
        FROM given GROUP BY project_id, annotator_id
    ) g
    WHERE {each("p.project_id", "g.project_id")} AND {each("p.annotator_id", "g.annotator_id")}
),
told AS (
    INSERT INTO outbox (topic, project_id, subject_id)
    SELECT DISTINCT 'answer.submitted', project_id, task_id FROM given
)
INSERT INTO answers (id, assignment_id, project_id, task_id, annotator_id, number, config_version,
                     label, unsure, comment, leased_at, submitted_at, time_spent_s)
SELECT id, assignment_id, project_id, task_id, annotator_id, number, config_version,
       label, unsure, comment, leased_at, submitted_at, time_spent_s
FROM given
"""
_STORE = {
    False: _STORE_ANY.format(columns="", settled="", balances=""),
    True: _STORE_ANY.format(
        columns=transfers.PRICED_COLUMNS,
        settled=f"{transfers.SETTLE},",
        balances=transfers.BALANCES,
    ),
}
