"""Surveys of projects: all that their answers say together, worked out beside the requests."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog
from sqlalchemy.orm import Session

from crowd.db import transaction
from crowd.services import (
    contests,
    drifts,
    gold_candidates,
    gold_review,
    outbox,
    projects,
    runs,
    survey_sources,
    surveys,
)
from crowd.services.answer_kinds import slack_of
from crowd.services.survey_sources import Groups, Known
from workers.answer_kinds import cost_of, kind_of
from workers.surveys.agreement import agreement_of
from workers.surveys.calibration import calibration_of
from workers.surveys.confusion import confusion_of
from workers.surveys.drift import drift_of_project, drifts_of
from workers.surveys.gold import at_work, candidates_of, doubts_of
from workers.surveys.guidelines import guideline_effects_of
from workers.surveys.judges import judge_of
from workers.surveys.label_shares import label_shares_of
from workers.surveys.material import Material, votes_of

log = structlog.get_logger("crowd.jobs")


def survey(event_ids: list[int]) -> None:
    """Survey the projects that somebody, or the schedule, has asked for."""
    with transaction() as session:
        events = outbox.read(session, event_ids)
    for project_id in {event.project_id for event in events if event.project_id}:
        survey_project(project_id)
    with transaction() as session:
        outbox.confirm(session, event_ids)


def find_due(event_ids: list[int]) -> None:
    """Ask for a survey of each project whose last one has been overtaken by a fit."""
    with transaction() as session:
        for project_id in surveys.due(session):
            outbox.publish(
                session, surveys.REQUESTED, project_id=project_id, subject_ids=[project_id]
            )
        outbox.confirm(session, event_ids)


def survey_project(project_id: uuid.UUID) -> None:
    """Go over a project's answers by its newest model, and keep what they say together.

    Nothing where there is no model yet, or no answer. A million answers of 10,000 annotators to
    300,000 tasks take some 40 s of one processor, half of it to read them, and 700 MB.
    """
    started_at = datetime.now(UTC)
    with transaction() as session:
        source = _read(session, project_id)
    if source is None:
        return
    material = source.material
    figures = _figures(source)
    changed, doubted = drifts_of(material), doubts_of(material)
    suggested = candidates_of(material, source.accuracies)
    with transaction() as session:
        surveys.record(session, project_id, figures, started_at=started_at, **source.header)
        drifts.record(session, project_id, changed)
    # each of these touches tasks in the order of their ids
    with transaction() as session:
        surveys.take_turns(session, project_id)
        gold_review.record(session, project_id, doubted, at_work(material))
    with transaction() as session:
        contests.open_about_gold(session, project_id)
    with transaction() as session:
        surveys.take_turns(session, project_id)
        gold_candidates.record(session, project_id, suggested)
    log.info("surveyed", project=str(project_id), **source.header)


@dataclass(frozen=True, slots=True)
class Source:
    """All that a survey goes over, of one moment."""

    header: dict[str, int]
    material: Material
    gold: Sequence[Known]
    rulings: Sequence[Known]
    groups: Groups
    expected_shares: Sequence[float] | None
    #: By how much numbers may differ and still say the same; None: labels are asked for.
    slack: float | None
    #: Versions of the guideline as they came into force.
    guidelines: Sequence[int]
    #: The low end of each annotator's accuracy.
    accuracies: Mapping[uuid.UUID, float]


def _read(session: Session, project_id: uuid.UUID) -> Source | None:
    config = projects.in_force(session, project_id)
    newest = runs.newest(session, project_id, ())
    if newest is None or not newest.run.answers_seen:
        return None
    taken = survey_sources.one_in(newest.run.answers_seen * cost_of(config))
    gold = survey_sources.gold_of(session, project_id)
    rulings = survey_sources.rulings_of(session, project_id)
    known = {one.task_id: one.label for one in (*rulings, *gold)}
    answers = survey_sources.answers_of(session, project_id, taken)
    votes, guideline = votes_of(answers, config, known.values())
    fit = runs.newest(session, project_id, votes.annotator_ids)  # type: ignore[arg-type]
    if fit is None or not len(votes):
        return None
    kind = kind_of(config, votes)
    material = Material(
        votes=votes,
        kind=kind,
        guideline=guideline,
        judge=judge_of(config, votes, kind, fit, known),
        gold={one.task_id: one.label for one in gold},
        rulings={one.task_id: one.label for one in rulings},
        answers_a_task=max(2, config.overlap_min),
    )
    return Source(
        header={
            "run_number": fit.run.number,
            "config_version": config.version,
            "answers": len(votes),
            "one_in": taken,
        },
        material=material,
        gold=gold,
        rulings=rulings,
        groups=survey_sources.groups_of(session, config),
        expected_shares=config.expected_shares,
        slack=slack_of(config),
        guidelines=survey_sources.guidelines_in_order(session, project_id),
        accuracies=survey_sources.accuracies(session, project_id, fit.run.number),
    )


def _figures(source: Source) -> dict[str, dict[str, Any]]:
    material = source.material
    return {
        "agreement": agreement_of(material, source.groups),
        "confusion": confusion_of(material),
        "calibration": calibration_of(source.gold, source.rulings, source.slack),
        "label_shares": label_shares_of(material, source.expected_shares),
        "drift": drift_of_project(material),
        "guideline_effects": guideline_effects_of(material, source.guidelines),
    }
