"""A project of any size, with annotators of any history, written straight into the database."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from sqlalchemy import text

from benchmarks.stack import Stack
from crowd.db import transaction
from crowd.services import projects, runs, tenants
from crowd.services.annotators import register
from crowd.services.tenants import Caller

#: Open tasks that the histories may lie in, as a share of all.
TOUCHED = 0.5
#: The first fit of a planted history, and its decisions, may take so long.
FIT_SECONDS = 300.0


@dataclass(frozen=True)
class Planted:
    """A running project and who works on it."""

    id: uuid.UUID
    marketplace_key: str
    requester_key: str
    annotators: Sequence[str]


def project(
    stack: Stack,
    *,
    tasks: int,
    annotators: int,
    history: int = 0,
    overlap: int = 3,
    gold: float = 0,
) -> Planted:
    """Make a running project, its tasks, and annotators who have given `history` answers each.

    The answers lie in tasks that are still open, as far as half of those reach, with one answer a
    task; the rest in finished tasks of the same project.
    """
    requester_key = stack.key(f"Requester {uuid.uuid4()}", "requester")
    marketplace_key = stack.key(f"Marketplace {uuid.uuid4()}", "marketplace")
    with transaction() as session:
        requester = tenants.authenticate(session, requester_key)
        marketplace = tenants.authenticate(session, marketplace_key)
        made = projects.create(
            session,
            requester,
            name=f"Planted {uuid.uuid4()}",
            labels=["yes", "no"],
            overlap_min=overlap,
            overlap_max=overlap,
            method="dawid-skene",
        )
        project_id = made.project.id
        projects.open_to(session, requester, project_id, marketplace.tenant_id)
        projects.change(session, requester, project_id, expected=made.version_tag, state="running")
        names = [f"annotator {number}" for number in range(annotators)]
        for name in names:
            register(session, marketplace, external_id=name)
    _fill(project_id, marketplace.tenant_id, tasks, overlap, gold, history)
    if history:
        _fit(requester, project_id)
    with psycopg.connect(stack.database_url, autocommit=True) as database:
        # what the database does in time by itself
        database.execute("VACUUM ANALYZE")
        database.execute("CHECKPOINT")
    return Planted(project_id, marketplace_key, requester_key, names)


def _fit(requester: Caller, project_id: uuid.UUID) -> None:
    """Let the workers fit the history: a project that has lived has been fitted along the way."""
    with transaction() as session:
        runs.request(session, requester, project_id)
    deadline = time.monotonic() + FIT_SECONDS
    while time.monotonic() < deadline:
        with transaction() as session:
            fitted = session.scalar(text(_DECIDED), {"project": project_id})
        if fitted:
            return
        time.sleep(1)
    raise TimeoutError(f"The planted answers were not fitted within {FIT_SECONDS} s.")


def _fill(
    project_id: uuid.UUID, tenant_id: uuid.UUID, tasks: int, overlap: int, gold: float, history: int
) -> None:
    given = {
        "project": project_id,
        "tenant": tenant_id,
        "tasks": tasks,
        "overlap": overlap,
        "gold": gold,
        "history": history,
        "touched": int(tasks * TOUCHED),
    }
    with transaction() as session:
        session.execute(text("SET LOCAL synchronous_commit = off"))
        session.execute(text(_TASKS), given)
        session.execute(text(_GOLD), given)
        if history:
            session.execute(text(_ASSIGNMENTS), given)
            session.execute(text(_ANSWERS), given)
            session.execute(text(_COUNTERS), given)
            session.execute(text(_PARTICIPATIONS), given)


_DECIDED = "SELECT decided_run IS NOT NULL FROM projects WHERE id = :project"
_TASKS = """
INSERT INTO tasks (id, project_id, external_id, payload, priority, state, wanted, cap, leased,
                   answered, result_version, seen, is_gold)
SELECT gen_random_uuid(), :project, 'item ' || i,
       jsonb_build_object('text', 'Item ' || i || ': ' || repeat('what is it? ', 8)),
       0, 'open', :overlap, :overlap, 0, 0, 0, 0, random() < :gold
FROM generate_series(1, :tasks) i
"""
_GOLD = """
INSERT INTO gold (id, project_id, task_id, label)
SELECT gen_random_uuid(), project_id, id, 'yes' FROM tasks WHERE project_id = :project AND is_gold
"""
# every annotator's history: the next `history` of the touched tasks, one answer each, then finished
_ASSIGNMENTS = """
WITH numbered AS (
    SELECT id, row_number() OVER (ORDER BY rank) - 1 AS i FROM tasks
    WHERE project_id = :project AND NOT is_gold
),
people AS (
    SELECT id, row_number() OVER (ORDER BY id) - 1 AS i FROM annotators WHERE tenant_id = :tenant
),
given AS (
    SELECT p.id AS annotator_id, p.i * :history + h AS place
    FROM people p CROSS JOIN generate_series(0, :history - 1) h
),
finished AS (
    INSERT INTO tasks (id, project_id, external_id, payload, priority, state, wanted, cap, leased,
                       answered, result_version, seen)
    SELECT gen_random_uuid(), :project, 'finished ' || place, '{}', 0, 'resolved', 1, 1, 0, 1, 0, 1
    FROM given WHERE place >= :touched
    RETURNING id, external_id
)
INSERT INTO assignments (id, project_id, task_id, annotator_id, config_version, state,
                         leased_at, expires_at, closed_at)
SELECT gen_random_uuid(), :project, coalesce(n.id, f.id), g.annotator_id, 1, 'answered',
       now(), now(), now()
FROM given g
LEFT JOIN numbered n ON n.i = g.place AND g.place < :touched
LEFT JOIN finished f ON f.external_id = 'finished ' || g.place
"""
_ANSWERS = """
INSERT INTO answers (id, assignment_id, project_id, task_id, annotator_id, number, config_version,
                     label, leased_at, submitted_at, time_spent_s)
SELECT gen_random_uuid(), id, project_id, task_id, annotator_id, 1, 1, 'yes', now(), now(), 5
FROM assignments WHERE project_id = :project
"""
_COUNTERS = """
UPDATE tasks t SET answered = 1, seen = 1 FROM assignments a
WHERE a.task_id = t.id AND t.project_id = :project AND t.state = 'open'
"""
_PARTICIPATIONS = """
INSERT INTO participations (project_id, annotator_id, tenant_id, answered, leases)
SELECT :project, id, :tenant, :history, :history FROM annotators WHERE tenant_id = :tenant
ON CONFLICT (project_id, annotator_id) DO UPDATE SET answered = excluded.answered
"""
