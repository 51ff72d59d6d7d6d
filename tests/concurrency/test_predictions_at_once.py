"""Predictions that come at the same time, with each other and with answers."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from sqlalchemy import Engine, select

from crowd.db import sessions, transaction
from crowd.errors import Conflict
from crowd.models import Prediction
from crowd.services import models, predictions
from crowd.services.predictions import PredictionLine
from tests.factories import World

MODEL = "resnet@3"


def made() -> World:
    with sessions.begin() as session:
        world = World(session)
        for number in range(20):
            world.task(f"task {number}")
        models.register(session, world.requester, world.project_id, MODEL)
    return world


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Begin all calls together; gives what each returned, or the conflict it met."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        barrier.wait()
        try:
            return call()
        except Conflict as conflict:
            return conflict

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def predict(world: World, label: str, order: int) -> Callable[[], int]:
    lines = [PredictionLine(f"task {number}", label) for number in range(20)][::order]

    def call() -> int:
        with transaction() as session:
            who = session, world.requester, world.project_id
            return predictions.add(*who, MODEL, lines).created

    return call


def test_the_same_predictions_at_once_are_kept_once(committed: Engine) -> None:
    world = made()

    created = at_once(*(predict(world, "yes", order) for order in (1, -1, 1, -1)))

    assert sorted(created) == [0, 0, 0, 20]


def test_a_model_that_says_two_things_at_once_has_said_one(committed: Engine) -> None:
    world = made()

    said = at_once(*(predict(world, label, 1) for label in ("yes", "no", "yes", "no")))

    assert sum(isinstance(one, Conflict) for one in said) == 2
    with transaction() as session:
        assert len(set(session.scalars(select(Prediction.label)))) == 1
        assert session.query(Prediction).count() == 20
