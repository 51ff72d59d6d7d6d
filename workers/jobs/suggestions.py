"""Lists of the tasks that each annotator's answer would tell most about."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import numpy as np

from consensus.methods.base import normalize
from consensus.suggest import suggest as best_for
from consensus.votes import Floats, Ints
from crowd.db import transaction
from crowd.models import ConsensusRun
from crowd.services import outbox, projects, runs, suggestions
from crowd.services.suggestions import Candidate

#: Tasks in a list.
MOST = 200
#: Lists stored in one transaction.
BATCH = 10
Row = tuple[uuid.UUID, float]


def suggest(event_ids: list[int]) -> None:
    """Make new lists for the annotators who are at work in a project."""
    with transaction() as session:
        events = outbox.read(session, event_ids)
    for project_id in {event.project_id for event in events if event.project_id}:
        suggest_in(project_id)
    with transaction() as session:
        outbox.confirm(session, event_ids)


def find_low(event_ids: list[int]) -> None:
    """Ask for new lists in projects where an annotator at work has hardly any left."""
    with transaction() as session:
        for project_id in suggestions.served(session):
            active = suggestions.recently_active(session, project_id)
            if suggestions.running_low(session, project_id, active):
                suggestions.request(session, project_id)
        outbox.confirm(session, event_ids)


def suggest_in(project_id: uuid.UUID) -> None:
    """Make new lists in one project, whatever the old ones hold."""
    with transaction() as session:
        config = projects.in_force(session, project_id)
        fit = runs.newest(session, project_id, ())
        if fit is None or list(fit.run.labels) != list(config.labels):
            return  # until the next fit nothing is known of anybody
        active = suggestions.recently_active(session, project_id)
        tasks = suggestions.candidates(session, project_id)
        known = suggestions.confusions(session, fit.run, active)
        had = suggestions.had(session, project_id, active)
    lists = best_for(
        _posteriors(tasks, fit.run),
        _matrices(active, known, fit.run),
        _places(tasks, active, had),
        np.array([task.slots for task in tasks], np.int64),
        most=MOST,
    )
    made = [
        [(tasks[place].id, value) for place, value in zip(*map(list, found), strict=True)]
        for found in lists
    ]
    for first in range(0, len(active), BATCH):
        with transaction() as session:
            for who, rows in zip(active[first : first + BATCH], made[first:], strict=False):
                suggestions.replace(session, project_id, who, rows)


def _posteriors(tasks: Sequence[Candidate], run: ConsensusRun) -> Floats:
    """Lay posteriors out by task and label; the prior where nothing has been decided."""
    nothing = dict(zip(run.labels, run.class_prior, strict=True))
    rows = [[(t.posterior or nothing).get(label, 0.0) for label in run.labels] for t in tasks]
    return normalize(np.array(rows, np.float64).reshape(-1, len(run.labels)))


def _matrices(
    annotators: Sequence[uuid.UUID], known: dict[uuid.UUID, list[float]], run: ConsensusRun
) -> Floats:
    """Lay out what each annotator does; the crowd's matrix where that is not known."""
    rows = [known.get(annotator, run.pooled_confusion) for annotator in annotators]
    return normalize(np.array(rows).reshape(-1, len(run.labels), len(run.labels)))


def _places(
    tasks: Sequence[Candidate],
    annotators: Sequence[uuid.UUID],
    had: Sequence[tuple[uuid.UUID, uuid.UUID]],
) -> list[Ints]:
    """Find the places of the tasks that each annotator has had."""
    place = {task.id: number for number, task in enumerate(tasks)}
    places: dict[uuid.UUID, list[int]] = {annotator: [] for annotator in annotators}
    for annotator, task in had:
        if task in place:
            places[annotator].append(place[task])
    return [np.array(found, np.int64) for found in places.values()]
