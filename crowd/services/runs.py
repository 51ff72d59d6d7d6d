"""Runs of the consensus model, and the skills of annotators they find."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, Uuid, bindparam, delete, func, insert, literal, select, text, update
from sqlalchemy.orm import Session

from crowd.models import (
    Annotator,
    AnnotatorModel,
    ConsensusRun,
    Participation,
    Project,
    Skill,
    Tenant,
)
from crowd.services import outbox, projects
from crowd.services.paging import Page, one_page
from crowd.services.tenants import Caller

#: A model is fitted again once the answers have grown by this share, or after this many seconds.
REFIT_GROWTH = 0.05
REFIT_AFTER_S = 60
#: Below this many new answers growth alone is no reason to fit again.
REFIT_MIN_ANSWERS = 20
#: After a fit comes a rest of so many times as long as it took, so that fits of a large project
#: cost a fifth of a processor and no more.
REFIT_REST = 4
#: How exact numbers are: stands in the header of a run's model, beside what the model holds.
EXACT = "exact"


@dataclass(frozen=True, slots=True)
class Fit:
    """A stored model: enough for the posterior of any task."""

    run: ConsensusRun
    #: The model's rows of the annotators asked for, as far as they are known.
    rows: Mapping[uuid.UUID, Sequence[float]]


def exact_in(run: ConsensusRun) -> float:
    """Read how exact numbers are by a run; 0 by one that has not looked."""
    return float((run.model or {}).get(EXACT, 0.0))


class SkillRow(NamedTuple):
    """What a run says of an annotator, and whose annotator it is."""

    skill: Skill
    #: The requester, where the annotator is a model of its own.
    marketplace: str
    kind: str
    on_probation: bool


def newest(
    session: Session,
    project_id: uuid.UUID,
    annotators: Collection[uuid.UUID],
    known: Fit | None = None,
) -> Fit | None:
    """Read the newest run with the model's rows of some annotators; None before the first.

    `known` is what was read before: as long as it is the newest, only what it lacks is read.
    """
    lacking = [a for a in annotators if known is None or a not in known.rows]
    # one statement, one snapshot: a run that is stored meanwhile replaces all rows
    found = session.execute(_NEWEST, {"project_id": project_id, "annotators": lacking}).all()
    rows = {row.annotator_id: row.row for row in found if row.annotator_id is not None}
    if not found:
        return None
    if known is None:
        run = session.scalars(
            select(ConsensusRun).filter_by(project_id=project_id, number=found[0].number)
        ).one()
        return Fit(run, rows)
    if known.run.number != found[0].number:
        return newest(session, project_id, annotators)
    return Fit(known.run, {**known.rows, **rows})


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
    project = _locked(session, project_id)
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


def note_decided(session: Session, project_id: uuid.UUID, number: int) -> None:
    """Say that every decision of a run has been recorded; a later run's word stands."""
    decided = func.greatest(Project.decided_run, number)
    session.execute(update(Project).where(Project.id == project_id).values(decided_run=decided))


def add_prior(session: Session, project_id: uuid.UUID, run: ConsensusRun) -> ConsensusRun:
    """Store run 0, unless another job was first: the one that stands is returned."""
    _locked(session, project_id)
    present = newest(session, project_id, ())
    return present.run if present else add(session, project_id, run)


def grown(session: Session) -> Sequence[uuid.UUID]:
    """Find projects whose newest run has fallen behind their answers."""
    rows = session.execute(
        text(_GROWN),
        {
            "growth": REFIT_GROWTH,
            "least": REFIT_MIN_ANSWERS,
            "after": REFIT_AFTER_S,
            "rest": REFIT_REST,
        },
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
    view = projects.find(session, caller, project_id)
    has_probation = literal(view.config.probation is not None)
    query = (
        select(
            Skill,
            Tenant.name,
            Annotator.kind,
            has_probation & ~func.coalesce(Participation.proven, True),
        )
        .join(Annotator, Annotator.id == Skill.annotator_id)
        .join(Tenant, Tenant.id == Annotator.tenant_id)
        # models take part in none
        .outerjoin(
            Participation,
            (Participation.project_id == Skill.project_id)
            & (Participation.annotator_id == Skill.annotator_id),
        )
        .where(Skill.project_id == project_id, Skill.run_number == view.project.run_number)
    )
    page = one_page(session, query, Skill.annotator_id, after=after, limit=limit)
    return Page([SkillRow(*row[:4]) for row in page.items], page.next_after)


def _locked(session: Session, project_id: uuid.UUID) -> Project:
    # not its key: answers refer to the project, and need not wait until a run is stored
    return session.scalars(
        select(Project)
        .where(Project.id == project_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()


_NEWEST = text("""
SELECT r.number, m.annotator_id, m.row
FROM projects p
JOIN consensus_runs r ON r.project_id = p.id AND r.number = p.run_number
LEFT JOIN annotator_models m
    ON m.project_id = p.id AND m.run_number = r.number AND m.annotator_id = ANY(:annotators)
WHERE p.id = :project_id
""").bindparams(bindparam("annotators", type_=ARRAY(Uuid())))

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
CROSS JOIN LATERAL (
    SELECT EXISTS (
        SELECT FROM predictions s WHERE s.project_id = p.id
        AND (r.last_prediction_id IS NULL OR s.id > r.last_prediction_id)
    ) AS is_told_more
) told
WHERE (behind.n > 0 OR is_told_more)
AND now() >= r.created_at + :rest * (r.created_at - r.started_at)
AND NOT EXISTS (
    SELECT FROM outbox o WHERE o.project_id = p.id AND o.topic = 'refit.requested'
)
AND (
    is_told_more
    OR behind.n >= greatest(:least, floor(:growth * r.answers_seen))
    OR r.created_at < now() - make_interval(secs => :after)
)
"""
