"""Surveys of one project by several workers at once, while somebody is at the gold desk."""

from __future__ import annotations

import uuid
from collections import Counter
from contextlib import suppress

from sqlalchemy import Engine, text

from crowd.db import transaction
from crowd.errors import NotFound
from crowd.services import gold
from tests.concurrency.test_many_at_once import at_once, world
from tests.factories import World
from tests.workers.planted_answers import crowd
from workers.jobs.consensus import refit_project
from workers.jobs.surveys import survey_project

__all__ = ["world"]
KEYS = {
    "surveys": "project_id",
    "gold_standings": "task_id",
    "gold_candidates": "task_id",
    "drifts": "annotator_id",
}


def test_nothing_is_kept_twice_and_nobody_waits_for_ever(world: World, committed: Engine) -> None:
    with transaction() as session:
        world.session = session
        made = crowd(world, 40, "abcd", lambda *_: 0.95, known=20)
    refit_project(world.project_id)
    labels = dict(made)
    known = [task for task, _ in made[:20]]

    def work(number: int) -> None:
        for turn in range(4):
            if number % 2:
                survey_project(world.project_id)
                continue
            some = known[:: number + 2]
            with suppress(NotFound), transaction() as session:
                if turn % 2:
                    given = [{"task_id": task, "label": labels[task]} for task in some]
                    gold.put_many(session, world.requester, world.project_id, given)
                else:
                    gold.retire_many(
                        session, world.requester, world.project_id, some, reason="tried"
                    )

    at_once(work, range(6))

    survey_project(world.project_id)
    counts = {table: kept(committed, world, table, key) for table, key in KEYS.items()}
    assert all(most == 1 for found in counts.values() for most in found.values())
    with transaction() as session:
        assert set(counts["gold_standings"]) == set(
            gold.labels_of_project(session, world.project_id)
        )


def kept(engine: Engine, world: World, table: str, key: str) -> Counter[uuid.UUID]:
    """Count the rows of a table by what there may be one of."""
    query = text(f"SELECT {key} FROM {table} WHERE project_id = :project")
    with engine.connect() as connection:
        return Counter(connection.scalars(query, {"project": world.project_id}))
