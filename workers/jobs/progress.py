"""How far projects are, kept up to date."""

from __future__ import annotations

import time
import uuid

import structlog

from crowd.db import transaction
from crowd.services import forecast_grounds, outbox, progress, track_upkeep
from workers.forecasting import figures_of

log = structlog.get_logger("crowd.jobs")
#: Then a run makes room for others; the next goes on with what is oldest.
TURN_S = 3.0


def keep(event_ids: list[int]) -> None:
    """Add up moves of tasks, and look after the projects on which something has moved."""
    end = time.monotonic() + TURN_S
    with transaction() as session:
        progress.add_up(session)
    with transaction() as session:
        due = forecast_grounds.due(session)
    for project_id in due:
        keep_project(project_id)
        if time.monotonic() > end:
            break
    with transaction() as session:
        outbox.confirm(session, event_ids)


def keep_project(project_id: uuid.UUID) -> None:
    """Bring a project's pace, its annotators' records and its forecast up to date."""
    with transaction() as session:
        progress.keep_pace(session, project_id)
    with transaction() as session:
        last = track_upkeep.keep(session, project_id)
    while last is not None:
        with transaction() as session:
            last = track_upkeep.keep(session, project_id, last)
    with transaction() as session:
        track_upkeep.learn(session, project_id)
    began = time.monotonic()
    with transaction() as session:
        ground = forecast_grounds.ground(session, project_id)
    figures = figures_of(ground)
    took_s = time.monotonic() - began
    with transaction() as session:
        forecast_grounds.store(session, ground, figures, took_s=took_s)
    if took_s > 1:
        log.info("forecast", project=str(project_id), took_s=round(took_s, 2))
