"""The tasks each annotator had best be given next: what they are chosen from, and the lists."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import ARRAY, Uuid, bindparam, delete, exists, select, text
from sqlalchemy.orm import Session

from crowd.models import (
    Assignment,
    ConsensusRun,
    OutboxEvent,
    Project,
    ProjectConfig,
    Result,
    Skill,
    Suggestion,
    Task,
)
from crowd.services import outbox

REQUESTED = "suggestions.requested"
#: The strategy of projects that want lists.
INFORMATIVE = "informative"
#: Who has answered within so many seconds is likely to ask for more.
ACTIVE_S = 600
#: Newest answers among which the active are looked for, and how many of them are served at a time.
LOOKED_AT, MOST_ACTIVE = 5000, 100
#: Tasks that lists are chosen from, at the most.
MOST_TASKS = 100_000
#: A list with fewer tasks that can still be had is made anew.
LOW = 20


class Candidate(NamedTuple):
    """A task with a free slot."""

    id: uuid.UUID
    slots: int
    #: Of its newest result; None where it has none.
    posterior: Mapping[str, float] | None


def replace(
    session: Session,
    project_id: uuid.UUID,
    annotator_id: uuid.UUID,
    rows: Sequence[tuple[uuid.UUID, float]],
) -> None:
    """Make `rows`, (task, value) with the best first, an annotator's list.

    Two jobs may do so at once: places are overwritten one by one, in their order.
    """
    same = {"project_id": project_id, "annotator_id": annotator_id}
    tasks, values = [task for task, _ in rows], [value for _, value in rows]
    session.execute(_REPLACE, {**same, "tasks": tasks, "values": values})
    surplus = delete(Suggestion).where(Suggestion.position >= len(rows)).filter_by(**same)
    session.execute(surplus, execution_options={"synchronize_session": False})


def recently_active(session: Session, project_id: uuid.UUID) -> Sequence[uuid.UUID]:
    """Find who has answered lately in a project, the latest first."""
    found = session.execute(
        _ACTIVE,
        {"project_id": project_id, "newest": LOOKED_AT, "since": ACTIVE_S, "most": MOST_ACTIVE},
    )
    return [row.annotator_id for row in found]


def running_low(
    session: Session, project_id: uuid.UUID, annotators: Collection[uuid.UUID]
) -> Sequence[uuid.UUID]:
    """Pick the annotators whose list holds hardly a task that they can still be given."""
    found = session.execute(
        _LOW, {"project_id": project_id, "annotators": list(annotators), "low": LOW}
    )
    return [row.annotator_id for row in found]


def candidates(session: Session, project_id: uuid.UUID) -> list[Candidate]:
    """List the tasks with free slots, those of the highest priority only: they go first."""
    free = (Task.project_id == project_id) & Task.open
    highest = select(Task.priority).where(free).order_by(Task.priority.desc()).limit(1)
    query = (
        select(Task.id, Task.wanted - Task.leased - Task.answered, Result.posterior)
        .outerjoin(Result, (Result.task_id == Task.id) & (Result.version == Task.result_version))
        .where(free, Task.priority == highest.scalar_subquery())
        .order_by(Task.id)
        .limit(MOST_TASKS)
    )
    return [Candidate(*row) for row in session.execute(query)]


def had(
    session: Session, project_id: uuid.UUID, annotators: Collection[uuid.UUID]
) -> Sequence[tuple[uuid.UUID, uuid.UUID]]:
    """Read (annotator, task) for each task with a free slot that one has had already."""
    query = (
        select(Assignment.annotator_id, Assignment.task_id)
        .join(Task, Task.id == Assignment.task_id)
        .where(Task.project_id == project_id, Task.open, Assignment.annotator_id.in_(annotators))
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def confusions(
    session: Session, run: ConsensusRun, annotators: Collection[uuid.UUID]
) -> dict[uuid.UUID, list[float]]:
    """Read what a run has found of annotators: P(given | true) row by row, as far as known."""
    query = select(Skill.annotator_id, Skill.confusion).where(
        Skill.project_id == run.project_id,
        Skill.run_number == run.number,
        Skill.annotator_id.in_(annotators),
    )
    return {row[0]: row[1] for row in session.execute(query)}


def served(session: Session) -> Sequence[uuid.UUID]:
    """Find the running projects that ask for the most informative tasks first."""
    query = (
        select(Project.id)
        .join(ProjectConfig, ProjectConfig.project_id == Project.id)
        .where(ProjectConfig.version == Project.config_version, Project.state == "running")
        .where(ProjectConfig.strategy == INFORMATIVE, Project.run_number.is_not(None))
    )
    return session.scalars(query).all()


def is_informative(config: ProjectConfig) -> bool:
    """Tell whether a configuration asks for the most informative tasks first."""
    return config.strategy == INFORMATIVE


def request(session: Session, project_id: uuid.UUID) -> bool:
    """Ask for new lists unless that has been done already; tells whether it was needed."""
    waiting = exists().where(OutboxEvent.project_id == project_id, OutboxEvent.topic == REQUESTED)
    if session.scalar(select(waiting)):
        return False
    outbox.publish(session, REQUESTED, project_id=project_id, subject_ids=[project_id])
    return True


# A task may have been deleted since the list was made.
_REPLACE = text("""
INSERT INTO suggestions (project_id, annotator_id, position, task_id, value)
SELECT :project_id, :annotator_id, n.position - 1, n.task_id, n.value
FROM unnest(:tasks, CAST(:values AS float[])) WITH ORDINALITY AS n (task_id, value, position)
JOIN tasks t ON t.id = n.task_id
ORDER BY n.position
ON CONFLICT (project_id, annotator_id, position)
DO UPDATE SET task_id = excluded.task_id, value = excluded.value
""").bindparams(
    bindparam("tasks", type_=ARRAY(Uuid())),
    bindparam("project_id", type_=Uuid()),
    bindparam("annotator_id", type_=Uuid()),
)
_ACTIVE = text("""
SELECT annotator_id FROM (
    SELECT annotator_id, submitted_at FROM answers
    WHERE project_id = :project_id ORDER BY id DESC LIMIT :newest
) newest
WHERE submitted_at > now() - make_interval(secs => :since)
GROUP BY annotator_id ORDER BY max(submitted_at) DESC LIMIT :most
""")
_LOW = text("""
SELECT asked.annotator_id
FROM unnest(:annotators) AS asked (annotator_id)
CROSS JOIN LATERAL (
    SELECT count(*) AS n FROM (
        SELECT 1 FROM suggestions s JOIN tasks t ON t.id = s.task_id
        WHERE s.project_id = :project_id AND s.annotator_id = asked.annotator_id AND t.open
        AND NOT EXISTS (
            SELECT FROM assignments a
            WHERE a.task_id = s.task_id AND a.annotator_id = s.annotator_id
        )
        LIMIT :low
    ) usable
) left_over
WHERE left_over.n < :low
""").bindparams(bindparam("annotators", type_=ARRAY(Uuid())))
