"""Surveys: what all answers of a project say together, worked out by a job and kept to be read.

Each figure is one document, read by one look-up of a row: a few milliseconds whatever the number of
answers. A survey follows a fit, once it is `REST_S` old (`GROWN_S`, where there are `GROWN` times
as many answers) and has rested `REST` times as long as it took; whoever cannot wait asks for one.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crowd.db import rows
from crowd.errors import NotFound
from crowd.models import Guideline, OutboxEvent, Survey
from crowd.services import outbox, projects
from crowd.services.tenants import Caller

REQUESTED = "survey.requested"
FELL_DUE = "surveys.fell_due"
#: A survey is not made again within so many seconds, nor so many times as long as it took.
REST_S, REST = 600, 20
#: So soon, where so many times as many answers are there: what is young is looked at the most.
GROWN_S, GROWN = 60, 1.5
#: The figures of a survey, by the columns that hold them.
FIGURES = {
    "agreement": Survey.agreement,
    "confusion": Survey.confusion,
    "calibration": Survey.calibration,
    "label_shares": Survey.label_shares,
    "drift": Survey.drift,
    "guideline_effects": Survey.guideline_effects,
}


def request(session: Session, caller: Caller, project_id: uuid.UUID) -> None:
    """Ask for a survey now, unless one has been asked for already. Raises NotFound."""
    projects.find(session, caller, project_id)
    waiting = select(OutboxEvent.id).filter_by(project_id=project_id, topic=REQUESTED).limit(1)
    if session.scalar(waiting) is None:
        outbox.publish(session, REQUESTED, project_id=project_id, subject_ids=[project_id])


def due(session: Session) -> Sequence[uuid.UUID]:
    """Find the projects with a newer fit than their survey, which has rested."""
    rests = {"rest_s": REST_S, "rest": REST, "grown_s": GROWN_S, "grown": GROWN}
    found = rows(session, _DUE, topic=REQUESTED, **rests)
    return [row.id for row in found]


def record(
    session: Session,
    project_id: uuid.UUID,
    figures: Mapping[str, Mapping[str, Any]],
    **header: Any,
) -> None:
    """Put a survey in the place of the one before. `header`: the other columns of `Survey`."""
    found = {**header, **figures, "created_at": func.now()}
    session.execute(
        insert(Survey)
        .values(project_id=project_id, **found)
        .on_conflict_do_update(index_elements=["project_id"], set_=found)
    )


def take_turns(session: Session, project_id: uuid.UUID) -> None:
    """Keep other surveys of a project from recording until the caller's transaction is over."""
    session.execute(select(Survey.project_id).filter_by(project_id=project_id).with_for_update())


def figure(session: Session, caller: Caller, project_id: uuid.UUID, name: str) -> dict[str, Any]:
    """Read one of `FIGURES` of the newest survey, with its `survey` beside it. Raises NotFound."""
    found = figures(session, caller, project_id, name)
    if found is None:
        raise NotFound(
            "The project has not been surveyed yet: the first survey follows its first fit, within "
            "a minute. POST …/surveys asks for one."
        )
    return {**found[name], "survey": found["survey"]}


def figures(
    session: Session, caller: Caller, project_id: uuid.UUID, *names: str
) -> dict[str, Any] | None:
    """Read some of `FIGURES` by their names, and the `survey`; None before the first.

    Raises NotFound for the project. One look-up of a row.
    """
    projects.find(session, caller, project_id)
    header = Survey.run_number, Survey.config_version, Survey.answers, Survey.one_in
    query = select(*header, Survey.created_at).filter_by(project_id=project_id)
    row = session.execute(query.add_columns(*(FIGURES[name] for name in names))).one_or_none()
    if row is None:
        return None
    found = dict(row._mapping)
    documents = {name: found.pop(name) for name in names}
    return {"survey": found, **documents}


def guideline_effect(
    session: Session, caller: Caller, project_id: uuid.UUID, version: int
) -> dict[str, Any]:
    """Read what changed with a version of the guideline. Raises NotFound, also before it did."""
    found = figure(session, caller, project_id, "guideline_effects")
    if session.get(Guideline, (project_id, version)) is None:
        raise NotFound(f"The project has no guideline {version}.")
    if (effect := found.get(str(version))) is None:
        raise NotFound(
            "No answers have been given by this version, or none before it: there is nothing to "
            "compare yet."
        )
    return {**effect, "survey": found["survey"]}


_DUE = """
SELECT p.id FROM projects p
JOIN consensus_runs r ON r.project_id = p.id AND r.number = p.run_number AND r.answers_seen > 0
LEFT JOIN surveys s ON s.project_id = p.id
WHERE (s.project_id IS NULL OR (
    s.run_number < p.run_number
    AND now() >= s.created_at + greatest(
        make_interval(secs => CASE WHEN r.answers_seen >= %(grown)s * s.answers * s.one_in
                              THEN %(grown_s)s ELSE %(rest_s)s END),
        %(rest)s * (s.created_at - s.started_at)
    )
))
AND NOT EXISTS (
    SELECT FROM outbox o WHERE o.project_id = p.id AND o.topic = %(topic)s
)
"""
