"""What a survey of a project goes over. Read by a job alone: what it costs grows with the answers.

A million answers take some fifteen seconds to read; of more than `MOST_ANSWERS` tasks are sampled.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from crowd.db import rows
from crowd.models import Participation, ProjectConfig, Skill, Tenant
from crowd.services import pools

#: Answers that are gone over at the most, in the mean; of more, those to one task in so many. Sets
#: and numbers count for several.
MOST_ANSWERS = 2_000_000
#: Groups of annotators that are compared, those with the most answers.
MOST_GROUPS = 8


@dataclass(frozen=True, slots=True)
class Known:
    """A task whose label is known, and what the engine stated of it without knowing that."""

    task_id: uuid.UUID
    label: str
    #: P(label | answers); None: it has not been decided on.
    posterior: Mapping[str, float] | None
    #: The label that was stated; None: there was a tie, or no decision.
    stated: str | None
    #: It was drawn by chance from what the engine had resolved.
    is_audit: bool = False


@dataclass(frozen=True, slots=True)
class Groups:
    """Annotators by pool or, where the project asks for none, by marketplace."""

    by: str
    #: An annotator may be in several pools.
    members: Mapping[str, set[uuid.UUID]]


def one_in(answers: int) -> int:
    """Say of how many tasks one is taken, so that the answers to those are not too many."""
    return min(256, -(-answers // MOST_ANSWERS)) or 1


def answers_of(
    session: Session, project_id: uuid.UUID, taken: int
) -> Iterator[tuple[uuid.UUID, uuid.UUID, str, float, float, int]]:
    """Stream the answers that count to one task in `taken`, and to gold, the oldest first.

    Each is (task, annotator, label, seconds since 1970, seconds it took, version of the guideline
    it was given by: 0 for none).
    """
    given = {"project": project_id, "taken": taken}
    found = session.execute(_ANSWERS, given, execution_options={"yield_per": 10_000})
    yield from (tuple(row) for row in found)  # type: ignore[misc]


def gold_of(session: Session, project_id: uuid.UUID) -> Sequence[Known]:
    """Read the gold with what was decided blind of each."""
    return [Known(*row) for row in rows(session, _GOLD, project=project_id)]


def rulings_of(session: Session, project_id: uuid.UUID) -> Sequence[Known]:
    """Read what people ruled, as far as it stands, with the decision that was disputed."""
    return [Known(*row) for row in rows(session, _RULINGS, project=project_id)]


def groups_of(session: Session, config: ProjectConfig) -> Groups:
    """Put those who have answered into the project's pools or their marketplaces."""
    if config.pools:
        found = pools.members_at_work(session, config.project_id, config.pools)
    else:
        query = (
            select(Tenant.name, Participation.annotator_id)
            .join(Tenant, Tenant.id == Participation.tenant_id)
            .where(Participation.project_id == config.project_id, Participation.answered > 0)
        )
        found = [(row[0], row[1]) for row in session.execute(query)]
    members: dict[str, set[uuid.UUID]] = {}
    for name, annotator in found:
        members.setdefault(name, set()).add(annotator)
    return Groups("pool" if config.pools else "marketplace", members)


def guidelines_in_order(session: Session, project_id: uuid.UUID) -> list[int]:
    """List the versions of the guideline as they came into force, 0 for none; some come again."""
    query = select(func.coalesce(ProjectConfig.guideline, 0)).filter_by(project_id=project_id)
    return list(session.scalars(query.order_by(ProjectConfig.version)))


def accuracies(session: Session, project_id: uuid.UUID, run_number: int) -> dict[uuid.UUID, float]:
    """Read the low end of the interval in which a run holds each annotator's accuracy to lie."""
    query = select(Skill.annotator_id, Skill.accuracy_low)
    found = session.execute(query.filter_by(project_id=project_id, run_number=run_number))
    return {row[0]: row[1] for row in found}


# a task's id ends in random bits: its last byte picks one in so many, and always the same
_ANSWERS = text("""
SELECT a.task_id, a.annotator_id, a.label,
       extract(epoch FROM a.submitted_at)::float AS at, a.time_spent_s,
       coalesce(c.guideline, 0) AS guideline
FROM answers a
JOIN project_configs c ON c.project_id = a.project_id AND c.version = a.config_version
WHERE a.project_id = :project
  AND NOT EXISTS (SELECT FROM excluded_answers e WHERE e.answer_id = a.id)
  AND (:taken = 1 OR get_byte(uuid_send(a.task_id), 15) % :taken = 0 OR EXISTS (
      SELECT FROM gold g WHERE g.task_id = a.task_id AND g.retired_at IS NULL
  ))
ORDER BY a.id
""")
_GOLD = """
SELECT g.task_id, g.label, r.posterior, r.label AS stated
FROM gold g JOIN tasks t ON t.id = g.task_id
LEFT JOIN results r ON r.task_id = t.id AND r.version = t.result_version AND r.answers_seen > 0
WHERE g.project_id = %(project)s AND g.retired_at IS NULL
"""
_RULINGS = """
SELECT h.task_id, h.label, r.posterior, r.label AS stated, 'audit' = ANY (d.causes) AS is_audit
FROM standing_rulings h
JOIN rulings w ON w.id = h.ruling_id
JOIN disputes d ON d.id = w.dispute_id
JOIN results r ON r.task_id = h.task_id AND r.version = d.result_version
WHERE h.project_id = %(project)s AND h.label IS NOT NULL
  AND NOT EXISTS (SELECT FROM gold g WHERE g.task_id = h.task_id AND g.retired_at IS NULL)
"""
