"""The engine at its two speeds: a posterior for each answer, a full fit now and then."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import structlog

from consensus.methods import Method
from consensus.votes import Votes
from crowd.db import transaction
from crowd.models import ProjectConfig
from crowd.services import (
    answers,
    contests,
    exclusions,
    gold,
    likenesses,
    outbox,
    participations,
    predictions,
    projects,
    results,
    runs,
    standards,
    standing,
    suggestions,
)
from crowd.services.answer_kinds import slack_of
from crowd.services.likenesses import Alike
from crowd.services.outcomes import Decided
from crowd.services.runs import Fit, exact_in
from workers.asking import (
    Row,
    asks_for_one_label,
    asks_for_sets,
    known_of,
    method_of,
    tasks_of,
    values_of,
    votes_of,
)
from workers.batches import batches
from workers.combining import Panel, spoken_of
from workers.deciding import Minds, decide_all
from workers.fitting import (
    alike_rows,
    blind_posteriors,
    fit_of,
    met_in,
    prior_run,
    quick_posteriors,
    run_of,
    skill_rows,
)
from workers.known_models import KNOWN
from workers.numbers import exactness_of

log = structlog.get_logger("crowd.jobs")
#: Tasks compared with what stands in one transaction, and tasks locked in one: whoever answers one
#: of these has to wait.
COMPARED, LOCKED = 2000, 100


def update_posteriors(event_ids: list[int]) -> None:
    """Decide again on the tasks that have new answers, or that have lost or regained some."""
    with transaction() as session:
        events = outbox.read(session, event_ids)
        if not events:
            return
        project_id = next(event.project_id for event in events if event.project_id)
        config = projects.in_force(session, project_id)
        tasks = list({event.subject_id for event in events if event.subject_id})
        revisions = exclusions.revisions(session, project_id, tasks)
        rows = answers.of_tasks(session, tasks)
        doubts = answers.doubts(session, project_id, tasks)
        said = predictions.of_tasks(session, project_id, tasks) if predictions.votes(config) else ()
        who = {annotator for _, annotator, _ in rows} | {one.model_id for one in said}
        fit = KNOWN.newest(session, project_id, who)
    if fit is None:
        with transaction() as session:
            fit = Fit(runs.add_prior(session, project_id, prior_run(config)), {})
    # a task that has lost all its answers is open again
    values = values_of(rows, config)
    votes = votes_of(rows, config).with_tasks(tasks_of({*revisions, *spoken_of(said)}, config))
    panel = Panel.stored(said, votes, fit)
    people = quick_posteriors(votes, fit)
    minds = Minds(config, fit.run.number, revisions, doubts, values, exact_in(fit.run))
    decided = decide_all(panel, people, minds, also=revisions)
    with transaction() as session:
        results.record(session, config, decided)
        outbox.confirm(session, event_ids)


def refit(event_ids: list[int]) -> None:
    """Fit a project's model to all its answers, and decide again on every task that has any."""
    with transaction() as session:
        events = outbox.read(session, event_ids)
        if not events:
            return
        project_id = next(event.project_id for event in events if event.project_id)
    refit_project(project_id)
    with transaction() as session:
        outbox.confirm(session, event_ids)


def find_grown(event_ids: list[int]) -> None:
    """Ask for a fit of each project whose model has fallen behind its answers."""
    with transaction() as session:
        for project_id in runs.grown(session):
            outbox.publish(
                session, "refit.requested", project_id=project_id, subject_ids=[project_id]
            )
        outbox.confirm(session, event_ids)


def refit_project(project_id: uuid.UUID) -> None:
    """Fit, store the run with its skills, then the decisions that changed."""
    started_at = datetime.now(UTC)
    with transaction() as session:
        config = projects.in_force(session, project_id)
        gold_labels = known_of(gold.labels_of_project(session, project_id), config)
        met = None
        if not asks_for_one_label(config):
            met = gold.met_of_project(session, project_id, slack_of(config))
        ruled = standing.of_project(session, project_id)
        revisions = exclusions.revisions(session, project_id)
        given = answers.of_project(session, project_id)
        # an item without a right answer says nothing of those who answered
        telling: Iterable[Row] = (row for row in given if row[0] not in ruled.unanswerable)
        if config.number is not None:
            telling = list(telling)  # these are looked at twice; all else is read as it comes
        votes, values = votes_of(telling, config), values_of(telling, config)
        said = () if asks_for_sets(config) else predictions.of_tasks(session, project_id)
        doubts = answers.doubts(session, project_id)
        alone = results.unanswered(session, project_id)
        newest = (
            answers.newest_of_project(session, project_id),
            predictions.newest_of_project(session, project_id),
        )
    if newest == (None, None):
        return
    known = {**known_of(ruled.labels, config), **gold_labels}
    fit = fit_of(method_of(config), votes, known)
    exact = 0.0 if config.number is None else exactness_of(config.number, values)
    run, rows = run_of(fit, votes, config, started_at, newest, exact)
    everything = votes.with_tasks(tasks_of({*spoken_of(said), *alone}, config))
    people = blind_posteriors(everything, fit, known)
    panel = Panel.fitted(said, everything, people, known)
    run.predictors = panel.headers() or None
    met = met_in(votes, gold_labels) if met is None else met
    skills = skill_rows(votes, fit, known, met, config, exact) + panel.skill_rows(gold_labels)
    alike = _alike(project_id, config, votes, fit, known)
    with transaction() as session:
        runs.add(session, project_id, run, skills, rows | panel.rows())
        likenesses.record(session, project_id, run.number, alike, newest[0])
    _learn(project_id, config, run.number)
    _mark_unsure(project_id, config, panel, fit)
    heard = panel if predictions.votes(config) else panel.silenced()
    minds = Minds(config, run.number, revisions, doubts, values, exact)
    _record(config, decide_all(heard, people, minds, also=alone))
    with transaction() as session:
        runs.note_decided(session, project_id, run.number)
        contests.request(session, run)
        if suggestions.is_informative(config):
            suggestions.request(session, project_id)
    log.info("fitted", project=str(project_id), run=run.number, answers=run.answers_seen)


def _record(config: ProjectConfig, decided: Iterable[Decided]) -> None:
    """Record what would change anything, a few tasks at a time."""
    for part in batches(decided, COMPARED):
        with transaction() as session:
            changed = results.with_effect(session, config, part)
        for some in batches(changed, LOCKED):
            with transaction() as session:
                results.record(session, config, some)


def _alike(
    project_id: uuid.UUID,
    config: ProjectConfig,
    votes: Votes,
    fit: Method,
    known: Mapping[Any, str],
) -> Sequence[Alike]:
    """Compare those who have answered since the run before with everybody.

    In all that was ever handed in: where one of a ring is shut out, the others are no less alike.
    """
    with transaction() as session:
        before = runs.newest(session, project_id, ())
        last = before.run.last_answer_id if before else None
        active = likenesses.answered_after(session, project_id, last)
        if not active:
            return ()
        everything = None
        if exclusions.has_any(session, project_id):
            every = answers.of_project(session, project_id, counting=False)
            everything = votes_of(every, config)
    if everything is not None:
        votes, fit = everything, fit_of(method_of(config), everything, known)
    return alike_rows(votes, fit, known, active)


def _learn(project_id: uuid.UUID, config: ProjectConfig, run_number: int) -> None:
    """Let what hangs on skills follow from a run's."""
    with transaction() as session:
        participations.learn(session, project_id, run_number)
        if config.probation is not None:
            participations.end_probations(session, project_id, run_number)
    with transaction() as session:
        standards.derive(session, project_id)


def _mark_unsure(project_id: uuid.UUID, config: ProjectConfig, panel: Panel, fit: Method) -> None:
    """Say of which tasks models are in doubt, where that decides who may have them."""
    if config.models["use"] != "routing" or not config.models["unsure_requires"]:
        return
    found = panel.unsure(fit.class_prior_, config.models["unsure_below"])
    with transaction() as session:
        marked = predictions.unsure_of_project(session, project_id)
    for tasks, unsure in ((found - marked, True), (marked - found, False)):
        for some in batches(sorted(tasks), LOCKED):
            with transaction() as session:
                predictions.mark_unsure(session, some, unsure=unsure)
