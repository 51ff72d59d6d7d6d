"""Surveys of one project by several workers at once, while somebody is at the gold desk."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress

from sqlalchemy import Engine, text

from crowd.db import transaction
from crowd.errors import NotFound
from crowd.services import gold
from tests.concurrency.test_many_at_once import at_once, world
from tests.factories import World
from tests.workers.test_survey_jobs import crowd
from workers.jobs.consensus import refit_project
from workers.jobs.surveys import survey_project

__all__ = ["world"]


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
    with committed.connect() as connection:
        counts = {
            table: Counter(
                connection.scalars(
                    text(f"SELECT {key} FROM {table} WHERE project_id = :p"),
                    {"p": world.project_id},
                )
            )
            for table, key in (
                ("surveys", "project_id"),
                ("gold_standings", "task_id"),
                ("gold_candidates", "task_id"),
                ("drifts", "annotator_id"),
            )
        }
        now = set(
            connection.scalars(
                text("SELECT task_id FROM gold WHERE project_id = :p AND retired_at IS NULL"),
                {"p": world.project_id},
            )
        )
    assert all(most == 1 for found in counts.values() for most in found.values())
    assert set(counts["gold_standings"]) == now
