"""The engine at its two speeds: a posterior for each answer, a full fit now and then."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import numpy as np
import structlog

from consensus.decide import decide
from consensus.method_names import OWN
from consensus.methods import Method, make_method
from consensus.methods.base import assumed_confusion
from consensus.posterior import Model, Tables
from consensus.skills import skills
from consensus.stored import pack, unpack
from consensus.votes import Floats, Votes
from crowd.db import transaction
from crowd.models import ConsensusRun, ProjectConfig
from crowd.services import answers, gold, outbox, projects, results, runs
from crowd.services.results import Decided
from crowd.services.runs import Fit

log = structlog.get_logger("crowd.jobs")
#: Tasks decided in one transaction.
BATCH = 1000


def update_posteriors(event_ids: list[int]) -> None:
    """Decide again on the tasks that have new answers."""
    with transaction() as session:
        events = outbox.read(session, event_ids)
        if not events:
            return
        project_id = next(event.project_id for event in events if event.project_id)
        config = projects.in_force(session, project_id)
        rows = answers.of_tasks(session, {e.subject_id for e in events if e.subject_id})
        fit = runs.newest(session, project_id, {annotator for _, annotator, _ in rows})
    if fit is None:
        with transaction() as session:
            fit = Fit(runs.add_prior(session, project_id, _prior_run(config)), {})
    votes = Votes.from_rows(rows, config.labels)
    decided = _decide_all(votes, _quick_posteriors(votes, fit), config, fit.run.number)
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
        known = gold.labels_of_project(session, project_id)
        votes = Votes.from_rows(answers.of_project(session, project_id), config.labels)
        newest_answer = answers.newest_of_project(session, project_id)
    if not len(votes):
        return
    fit = make_method(config.method).fit(votes, known)
    run, rows = _run_of(fit, votes, config, started_at, newest_answer)
    with transaction() as session:
        runs.add(session, project_id, run, _skill_rows(votes, fit, known), rows)
    posteriors = _blind_posteriors(votes, fit, known)
    decided = iter(_decide_all(votes, posteriors, config, run.number))
    while part := list(islice(decided, BATCH)):
        with transaction() as session:
            results.record(session, config, part)
    log.info("fitted", project=str(project_id), run=run.number, answers=len(votes))


def _quick_posteriors(votes: Votes, fit: Fit) -> Floats:
    """Compute posteriors from a stored fit; annotators it has not seen count as average."""
    run, known = fit.run, fit.rows
    header = run.model
    if header is None or tuple(run.labels) != tuple(votes.label_set):
        # the labels have changed since: until the next fit nothing is known of anybody
        header, known = pack(_assumed_model(run.method, votes.label_set))[0], {}
    average = header["average"]
    rows = [known.get(annotator, average) for annotator in votes.annotator_ids]  # type: ignore[call-overload]
    return unpack(header, np.array(rows).reshape(-1, len(average))).posteriors(votes)


def _blind_posteriors(votes: Votes, fit: Method, known: Mapping[uuid.UUID, str]) -> Floats:
    """Take a fit's posteriors, but those of gold tasks as if nothing were known of them.

    When a gold task closes then depends on its answers alone, and tells nobody that it is gold.
    """
    posteriors = fit.posteriors_.copy()
    is_gold = np.fromiter((t in known for t in votes.task_ids), bool, len(votes.task_ids))
    posteriors[is_gold] = _model_of(fit).posteriors(votes)[is_gold]
    return posteriors


def _model_of(fit: Method) -> Model:
    """Take what a fit computes posteriors from, or the nearest thing to it."""
    return fit.model_ or Tables.of(fit.class_prior_, fit.confusion_)


def _assumed_model(method: str, labels: Sequence[str]) -> Model:
    """Make the model of a project without answers."""
    name = method if method in OWN else "dawid-skene"
    return _model_of(make_method(name).fit(Votes.from_rows((), labels)))


def _decide_all(
    votes: Votes, posteriors: Floats, config: ProjectConfig, run_number: int
) -> Iterable[Decided]:
    counts = votes.counts.sum(axis=1)
    for task_id, row, count in zip(votes.task_ids, posteriors, counts, strict=True):
        posterior = dict(zip(votes.label_set, row.tolist(), strict=True))
        decision = decide(
            posterior,
            int(count),
            minimum=config.overlap_min,
            maximum=config.overlap_max,
            target=config.target_confidence,
        )
        assert isinstance(task_id, uuid.UUID)
        yield Decided(
            task_id=task_id,
            state=decision.state,
            label=decision.label,
            confidence=min(1.0, decision.confidence),
            posterior=posterior,
            reason=decision.reason,
            answers_seen=int(count),
            run_number=run_number,
        )


def _prior_run(config: ProjectConfig) -> ConsensusRun:
    """Make run 0: what is assumed while nothing has been seen."""
    labels = len(config.labels)
    return ConsensusRun(
        config_version=config.version,
        method=config.method,
        labels=list(config.labels),
        class_prior=[1 / labels] * labels,
        pooled_confusion=assumed_confusion(labels).ravel().tolist(),
        model=pack(_assumed_model(config.method, config.labels))[0],
        answers_seen=0,
        tasks_seen=0,
        annotators_seen=0,
        iterations=0,
        converged=True,
        started_at=datetime.now(UTC),
    )


def _run_of(
    fit: Method,
    votes: Votes,
    config: ProjectConfig,
    started_at: datetime,
    newest_answer: uuid.UUID | None,
) -> tuple[ConsensusRun, dict[Any, list[float]]]:
    """Lay a fit out as a run and the model's row of each annotator."""
    tasks, annotators, _ = votes.shape
    header, rows = pack(_model_of(fit))
    run = ConsensusRun(
        config_version=config.version,
        method=config.method,
        labels=list(votes.label_set),
        class_prior=fit.class_prior_.tolist(),
        pooled_confusion=fit.pooled_confusion_.ravel().tolist(),
        model=header,
        answers_seen=len(votes),
        last_answer_id=newest_answer,
        tasks_seen=tasks,
        annotators_seen=annotators,
        iterations=fit.n_iter_,
        converged=fit.converged_,
        started_at=started_at,
    )
    return run, dict(zip(votes.annotator_ids, rows.tolist(), strict=True))


def _skill_rows(
    votes: Votes, fit: Method, known: Mapping[uuid.UUID, str]
) -> list[dict[str, object]]:
    found = skills(votes, fit, dict(known))
    columns = {
        "accuracy": found.accuracy,
        "accuracy_low": found.low,
        "accuracy_high": found.high,
        "answers": found.answers,
        "gold_seen": found.gold_seen,
        "gold_correct": found.gold_correct,
        "spammer_score": found.score,
        "is_spammer": found.is_spammer,
    }
    values = zip(*(column.tolist() for column in columns.values()), strict=True)
    return [
        {
            "annotator_id": annotator,
            "confusion": matrix.ravel().tolist(),
            **dict(zip(columns, row, strict=True)),
        }
        for annotator, matrix, row in zip(votes.annotator_ids, fit.confusion_, values, strict=True)
    ]
