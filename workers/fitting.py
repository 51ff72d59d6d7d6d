"""Between the engine and the tables: a fit as a run, with the model's row of each annotator."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np

from consensus.likeness import likeness
from consensus.method_names import ORDERED, OWN
from consensus.methods import Method, make_method
from consensus.methods.base import assumed_confusion
from consensus.posterior import Model, Tables
from consensus.skills import skills
from consensus.stored import pack, unpack
from consensus.votes import Floats, Ints, Votes
from crowd.models import ConsensusRun, ProjectConfig
from crowd.services.likenesses import Alike
from crowd.services.runs import EXACT, Fit
from workers.asking import labels_of, method_of, questions
from workers.numbers import near_of


def quick_posteriors(votes: Votes, fit: Fit) -> Floats:
    """Compute posteriors from a stored fit; annotators it has not seen count as average."""
    run, known = fit.run, fit.rows
    header = run.model
    if header is None or tuple(run.labels) != tuple(votes.label_set):
        # the labels have changed since: until the next fit nothing is known of anybody
        header, known = pack(_assumed_model(run.method, votes.label_set))[0], {}
    average = header["average"]
    rows = [known.get(annotator, average) for annotator in votes.annotator_ids]  # type: ignore[call-overload]
    return unpack(header, np.array(rows).reshape(-1, len(average))).posteriors(votes)


def blind_posteriors(votes: Votes, fit: Method, known: Mapping[Any, str]) -> Floats:
    """Take a fit's posteriors, but those of gold tasks as if nothing were known of them.

    When a gold task closes then depends on its answers alone, and tells nobody that it is gold.
    `votes` may have tasks behind those of the fit, without a vote.
    """
    fitted = len(fit.posteriors_)
    rows = np.union1d(votes.rows_of(known)[0], np.arange(fitted, votes.shape[0]))
    if not len(rows):
        return fit.posteriors_
    posteriors = np.empty((votes.shape[0], votes.shape[2]))
    posteriors[:fitted] = fit.posteriors_
    posteriors[rows] = _model_of(fit).posteriors(_of_tasks(votes, rows))
    return posteriors


def _of_tasks(votes: Votes, rows: Ints) -> Votes:
    """Take the votes on some tasks alone, in the order of the tasks' rows."""
    place = np.full(votes.shape[0], -1)
    place[rows] = np.arange(len(rows))
    kept = votes.where(place[votes.task] >= 0)
    return replace(kept, task_ids=[votes.task_ids[row] for row in rows], task=place[kept.task])


def _model_of(fit: Method) -> Model:
    """Take what a fit computes posteriors from, or the nearest thing to it."""
    return fit.model_ or Tables.of(fit.class_prior_, fit.confusion_)


def fit_of(method: str, votes: Votes, known: Mapping[Any, str] | None = None) -> Method:
    """Fit a method; where there is nothing to fit, take what is assumed of annotators."""
    # the methods of others do not take to that
    name = method if len(votes) or method in {**OWN, **ORDERED} else "dawid-skene"
    return make_method(name).fit(votes, known)


def _assumed_model(method: str, labels: Sequence[str]) -> Model:
    """Make the model of a project without answers."""
    return _model_of(fit_of(method, Votes.from_rows((), labels)))


def prior_run(config: ProjectConfig) -> ConsensusRun:
    """Make run 0: what is assumed while nothing has been seen."""
    names, method = labels_of(config), method_of(config)
    labels = len(names)
    return ConsensusRun(
        config_version=config.version,
        method=method,
        labels=list(names),
        class_prior=[1 / labels] * labels,
        pooled_confusion=assumed_confusion(labels).ravel().tolist(),
        model=pack(_assumed_model(method, names))[0],
        answers_seen=0,
        tasks_seen=0,
        annotators_seen=0,
        iterations=0,
        converged=True,
        started_at=datetime.now(UTC),
    )


def run_of(
    fit: Method,
    votes: Votes,
    config: ProjectConfig,
    started_at: datetime,
    newest: tuple[uuid.UUID | None, uuid.UUID | None],
    exact: float,
) -> tuple[ConsensusRun, dict[Any, list[float]]]:
    """Lay a fit out as a run and the model's row of each annotator.

    `newest`: the newest answer and the newest prediction there were. `exact`: how exact numbers
    are.
    """
    tasks, annotators, _ = votes.shape
    each = questions(config)
    header, rows = pack(_model_of(fit))
    run = ConsensusRun(
        config_version=config.version,
        method=method_of(config),
        labels=list(votes.label_set),
        class_prior=fit.class_prior_.tolist(),
        pooled_confusion=fit.pooled_confusion_.ravel().tolist(),
        model={**header, EXACT: exact},
        answers_seen=len(votes) // each,
        last_answer_id=newest[0],
        last_prediction_id=newest[1],
        tasks_seen=tasks // each,
        annotators_seen=annotators,
        iterations=fit.n_iter_,
        converged=fit.converged_,
        started_at=started_at,
    )
    return run, dict(zip(votes.annotator_ids, rows.tolist(), strict=True))


def skill_rows(
    votes: Votes,
    fit: Method,
    known: Mapping[Any, str],
    met: Mapping[Any, tuple[int, int]],
    config: ProjectConfig,
    exact: float,
) -> list[dict[str, object]]:
    """Lay out how reliable each annotator is: a number is right but for the tolerance.

    Measured by all that is `known`, gold and rulings. `met`: the gold that each has answered, and
    has answered right. `exact`: how exact numbers are.
    """
    near = None if config.number is None else near_of(config.number, exact)
    found = skills(votes, fit, dict(known), near)
    counts = np.array([met.get(annotator, (0, 0)) for annotator in votes.annotator_ids], np.int64)
    counts = counts.reshape(-1, 2)
    columns = {
        "accuracy": found.accuracy,
        "accuracy_low": found.low,
        "accuracy_high": found.high,
        "answers": found.answers // questions(config),
        "gold_seen": counts[:, 0],
        "gold_correct": counts[:, 1],
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


def met_in(votes: Votes, gold: Mapping[Any, str]) -> dict[Any, tuple[int, int]]:
    """Count the gold that each annotator has answered, and has answered right, with one label."""
    rows, labels = votes.rows_of(gold)
    certain = np.full(votes.shape[0], -1)
    certain[rows] = labels
    known = certain[votes.task]
    size = votes.shape[1]
    seen = np.bincount(votes.annotator[known >= 0], minlength=size).tolist()
    right = np.bincount(votes.annotator[known == votes.label], minlength=size).tolist()
    return dict(zip(votes.annotator_ids, zip(seen, right, strict=True), strict=True))


def alike_rows(
    votes: Votes, fit: Method, known: Mapping[Any, str], active: Collection[uuid.UUID]
) -> list[Alike]:
    """Lay out whom of those who are active, and of their partners, is like whom."""
    who = votes.annotator_ids
    compared = np.array([annotator in active for annotator in who], np.bool_)
    found = likeness(votes, fit, dict(known), of=compared)
    columns = (found.common, found.same, found.chance)
    values = zip(*(column.tolist() for column in columns), strict=True)
    return [
        Alike(annotator, who[partner], *row)  # type: ignore[arg-type]
        for annotator, partner, row in zip(who, found.partner.tolist(), values, strict=True)
        if partner >= 0
    ]
