"""One annotator in many windows: one attempt at a time, and each item answered once."""

from __future__ import annotations

import uuid
from contextlib import suppress
from typing import Any

from sqlalchemy import Engine, func, select, text

from crowd.db import transaction
from crowd.errors import Conflict
from crowd.models import TrainingAnswer, TrainingAttempt
from crowd.services import actions, training_attempts, trainings
from tests.concurrency.test_many_at_once import THREADS, at_once, lease, world
from tests.factories import World
from tests.services.test_trainings import TERMS

__all__ = ["world"]


def made(world: World, **terms: object) -> uuid.UUID:
    with transaction() as session:
        whole = {**TERMS, "name": "birds", "practice": [], **terms}
        return trainings.create(session, world.requester, **whole).id


def test_many_beginnings_are_one_attempt(world: World, committed: Engine) -> None:
    training_id = made(world)

    def start(_: int) -> uuid.UUID:
        with transaction() as session:
            who = {"annotator": "w0"}
            return training_attempts.start(
                session, world.marketplace, training_id, **who
            ).attempt.id

    assert len(set(at_once(start, range(THREADS)))) == 1


def test_nobody_answers_twice_or_has_more_attempts_than_there_are(
    world: World, committed: Engine
) -> None:
    training_id = made(world, attempts=2)

    def live(_: int) -> int:
        refused = 0
        for _ in range(20):
            try:
                with transaction() as session:
                    step = training_attempts.start(
                        session, world.marketplace, training_id, annotator="w0"
                    )
                    seen = step.attempt.id, step.number
                with transaction() as session:
                    training_attempts.answer(
                        session, world.marketplace, seen[0], number=seen[1] or 0, label="no"
                    )
            except Conflict:
                refused += 1
        return refused

    assert sum(at_once(live, range(THREADS))) == THREADS * 20 - 8

    with transaction() as session:
        states = session.scalars(select(TrainingAttempt.state)).all()
        assert states == ["failed", "failed"]
        assert session.scalar(select(func.count()).select_from(TrainingAnswer)) == 8


def test_sent_to_training_while_it_passes_nobody_is_left_out_of_work(
    world: World, committed: Engine
) -> None:
    training_id = made(world, attempts=None, test_size=1, pass_mark=1.0)
    with transaction() as session:
        world.session = session
        world.tasks(2)
        world.lease("w0")
        who = world.annotator("w0").id

    def live(number: int) -> None:
        for _ in range(6):
            with suppress(Conflict), transaction() as session:
                if number % 4 == 0:
                    wish: dict[str, Any] = {"annotator_id": who, "kind": "retrain", "reason": "x"}
                    wish["training_id"] = training_id
                    taken = actions.take(session, world.requester, world.project_id, **wish)
                    if number % 8 == 0 and taken is not None:
                        actions.undo(session, world.requester, taken.id, reason="a mistake")
                    continue
                step = training_attempts.start(
                    session, world.marketplace, training_id, annotator="w0"
                )
                seen = step.attempt.id, step.number or 0
            with suppress(Conflict), transaction() as session:
                training_attempts.answer(
                    session, world.marketplace, seen[0], number=seen[1], label="yes"
                )

    at_once(live, range(THREADS))

    standing = """
        SELECT w.retraining IS NOT NULL AS asked, count(a.id) AS asking
        FROM participations w LEFT JOIN actions a ON a.annotator_id = w.annotator_id
            AND a.kind = 'retrain' AND a.undone_at IS NULL AND a.ended_at IS NULL
        GROUP BY w.annotator_id, w.project_id
    """
    with transaction() as session:
        for row in session.execute(text(standing)):
            assert row.asked == (row.asking > 0)
        step = training_attempts.start(session, world.marketplace, training_id, annotator="w0")
        training_attempts.answer(session, world.marketplace, step.attempt.id, number=1, label="yes")
    assert lease(world, "w0").leases
