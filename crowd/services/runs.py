"""Runs of the consensus model, and the skills of annotators they find."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import delete, insert, select, text
from sqlalchemy.orm import Session

from crowd.models import Annotator, AnnotatorModel, ConsensusRun, Project, Skill, Tenant
from crowd.services import outbox, projects
from crowd.services.paging import Page, one_page
from crowd.services.tenants import Caller

#: A model is fitted again once the answers have grown by this share, or after this many seconds.
REFIT_GROWTH = 0.05
REFIT_AFTER_S = 60
#: Below this many new answers growth alone is no reason to fit again.
REFIT_MIN_ANSWERS = 20


@dataclass(frozen=True, slots=True)
class Fit:
    """A stored model: enough for the posterior of any task."""

    run: ConsensusRun
    #: The model's rows of the annotators asked for, as far as they are known.
    rows: Mapping[uuid.UUID, Sequence[float]]


class SkillRow(NamedTuple):
    """What a run says of an annotator, and whose annotator it is."""

    skill: Skill
    marketplace: str


def newest(session: Session, project_id: uuid.UUID, annotators: Iterable[uuid.UUID]) -> Fit | None:
    """Read the newest run with the matrices of some annotators; None before the first."""
    rows = session.execute(
        select(AnnotatorModel.annotator_id, AnnotatorModel.run_number, AnnotatorModel.row).where(
            AnnotatorModel.project_id == project_id, AnnotatorModel.annotator_id.in_(annotators)
        )
    ).all()
    # a run that is stored meanwhile replaces all rows: those read belong together, and name theirs
    number = rows[0].run_number if rows else Project.run_number
    run = session.scalar(
        select(ConsensusRun)
        .join(Project, Project.id == ConsensusRun.project_id)
        .where(Project.id == project_id, ConsensusRun.number == number)
    )
    return None if run is None else Fit(run, {row.annotator_id: row.row for row in rows})


def add(
    session: Session,
    project_id: uuid.UUID,
    run: ConsensusRun,
    skills: Sequence[Mapping[str, Any]] = (),
    rows: Mapping[uuid.UUID, Sequence[float]] | None = None,
) -> ConsensusRun:
    """Store a run under the project's next number, with what it says of each annotator.

    The model's `rows` replace those of the run before.
    """
    project = session.get_one(Project, project_id, with_for_update=True, populate_existing=True)
    run.project_id = project_id
    run.number = 0 if project.run_number is None else project.run_number + 1
    project.run_number = run.number
    session.add(run)
    session.flush()
    same = {"project_id": project_id, "run_number": run.number}
    if skills:
        session.execute(insert(Skill), [{**same, **skill} for skill in skills])
    session.execute(delete(AnnotatorModel).where(AnnotatorModel.project_id == project_id))
    if rows:
        kept = [{**same, "annotator_id": who, "row": row} for who, row in rows.items()]
        session.execute(insert(AnnotatorModel), kept)
    return run


def add_prior(session: Session, project_id: uuid.UUID, run: ConsensusRun) -> ConsensusRun:
    """Store run 0, unless another job was first: the one that stands is returned."""
    session.get_one(Project, project_id, with_for_update=True, populate_existing=True)
    present = newest(session, project_id, ())
    return present.run if present else add(session, project_id, run)


def grown(session: Session) -> Sequence[uuid.UUID]:
    """Find projects whose newest run has fallen behind their answers."""
    rows = session.execute(
        text(_GROWN), {"growth": REFIT_GROWTH, "least": REFIT_MIN_ANSWERS, "after": REFIT_AFTER_S}
    )
    return [row.id for row in rows]


def request(session: Session, caller: Caller, project_id: uuid.UUID) -> None:
    """Ask for a fit now. Raises NotFound."""
    projects.find(session, caller, project_id)
    outbox.publish(session, "refit.requested", project_id=project_id, subject_ids=[project_id])


def one_page_of(
    session: Session, caller: Caller, project_id: uuid.UUID, *, after: uuid.UUID | None, limit: int
) -> Page:
    """List a project's runs, the oldest first."""
    projects.find(session, caller, project_id)
    query = select(ConsensusRun).where(ConsensusRun.project_id == project_id)
    return one_page(session, query, ConsensusRun.id, after=after, limit=limit)


def skills_page(
    session: Session, caller: Caller, project_id: uuid.UUID, *, after: uuid.UUID | None, limit: int
) -> Page:
    """List what the newest run says of each annotator, as `SkillRow`."""
    project = projects.find(session, caller, project_id).project
    query = (
        select(Skill, Tenant.name)
        .join(Annotator, Annotator.id == Skill.annotator_id)
        .join(Tenant, Tenant.id == Annotator.tenant_id)
        .where(Skill.project_id == project_id, Skill.run_number == project.run_number)
    )
    page = one_page(session, query, Skill.annotator_id, after=after, limit=limit)
    return Page([SkillRow(*row[:2]) for row in page.items], page.next_after)


# Counts only what came after the newest run, and no further than it has to: its cost does not grow
# with the history. Answers sort by the time in their ids.
_GROWN = """
SELECT p.id
FROM projects p
JOIN consensus_runs r ON r.project_id = p.id AND r.number = p.run_number
CROSS JOIN LATERAL (
    SELECT count(*) AS n FROM (
        SELECT 1 FROM answers a
        WHERE a.project_id = p.id AND (r.last_answer_id IS NULL OR a.id > r.last_answer_id)
        LIMIT greatest(:least, :growth * r.answers_seen)
    ) newer
) behind
WHERE behind.n > 0
AND NOT EXISTS (
    SELECT FROM outbox o WHERE o.project_id = p.id AND o.topic = 'refit.requested'
)
AND (
    behind.n >= greatest(:least, floor(:growth * r.answers_seen))
    OR r.created_at < now() - make_interval(secs => :after)
)
"""
