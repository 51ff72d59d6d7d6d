"""Tasks that move while others do, and while moves are added up: no count is ever off."""

from __future__ import annotations

from sqlalchemy import Engine, func, select

from crowd.db import transaction
from crowd.models import Task
from crowd.services import progress, projects, results
from tests.concurrency.test_many_at_once import at_once, world
from tests.factories import World, decided

__all__ = ["world"]


def test_counts_are_exact_however_many_move_and_add_up(world: World, committed: Engine) -> None:
    with transaction() as session:
        world.session = session
        tasks = world.tasks(60)

    def live(number: int) -> None:
        for place, task in enumerate(tasks):
            if number < 3:
                with transaction() as session:
                    progress.add_up(session)
                    counts = progress.counts(session, [world.project_id])[world.project_id]
                    assert counts.tasks == 60
            elif place % 9 == number - 3:
                with transaction() as session:
                    config = projects.in_force(session, world.project_id)
                    for seen, state in enumerate(("resolved", "open", "disputed"), 2):
                        results.record(session, config, [decided(task, state, seen)])

    at_once(live, range(12))

    with transaction() as session:
        counts = progress.counts(session, [world.project_id])[world.project_id]
        query = select(Task.state, func.count()).where(Task.project_id == world.project_id)
        truly = dict(row[:2] for row in session.execute(query.group_by(Task.state)))
    assert (counts.open, counts.resolved) == (truly.get("open", 0), truly.get("resolved", 0))
    assert counts.disputed == truly["disputed"] == 60
