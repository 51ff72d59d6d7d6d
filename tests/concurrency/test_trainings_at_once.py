"""One annotator in many windows: one attempt at a time, and each item answered once."""

from __future__ import annotations

import uuid

from sqlalchemy import Engine, func, select

from crowd.db import transaction
from crowd.errors import Conflict
from crowd.models import TrainingAnswer, TrainingAttempt
from crowd.services import training_attempts, trainings
from tests.concurrency.test_many_at_once import THREADS, at_once, world
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
