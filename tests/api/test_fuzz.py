"""Requests nobody thought of: none breaks the API, none is answered otherwise than described.

CROWD_FUZZ sets how many cases are tried at least, and makes them other ones in each run. Without
it they are always the same, so that a failure is a change's own.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import hypothesis
import hypothesis.strategies as st
import pytest
import schemathesis
from flask import Flask
from schemathesis import Case, GenerationMode
from schemathesis.specs.openapi import checks
from sqlalchemy import Connection

from crowd.services import pools, standards, training_attempts, trainings
from tests.api.test_isolation import WHOLE_TRAINING
from tests.factories import World

CASES = int(os.environ.get("CROWD_FUZZ", "1200"))
STEPS = 10
CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]


def who_may_work(world: World) -> dict[str, str]:
    """A training with an attempt at it, a standard and a pool."""
    asking = world.session, world.requester
    training = trainings.create(*asking, **WHOLE_TRAINING)
    step = training_attempts.start(world.session, world.marketplace, training.id, annotator="ann")
    least = {"reach": 0.9, "least_answers": 9, "least_gold": 0}
    view = standards.create(*asking, world.project_id, qualification="bees", **least)
    return {
        "training_id": str(training.id),
        "attempt_id": str(step.attempt.id),
        "standard_id": str(view.standard.id),
        "pool_id": str(pools.create(*asking, name="experts").id),
    }


def settings(examples: int, **more: Any) -> hypothesis.settings:
    return hypothesis.settings(
        max_examples=max(1, examples),
        deadline=None,
        database=None,
        derandomize="CROWD_FUZZ" not in os.environ,
        suppress_health_check=list(hypothesis.HealthCheck),
        phases=[hypothesis.Phase.generate, hypothesis.Phase.shrink],
        **more,
    )


class Target:
    """The API under one tenant's key, and a world with one of everything."""

    def __init__(self, app: Flask, world: World, connection: Connection, kind: str) -> None:
        self.schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
        self.tried = 0
        self._connection = connection
        self._headers = {"Authorization": f"Bearer {getattr(world, f'{kind}_token')}"}
        world.tasks(2, payload={"text": "hi"})
        gold = world.task("gold", gold="yes")
        answer = world.answer("ann", world.task("answered"), "yes")
        world.hold("ann")
        held = world.hold("ann")
        self.ids = {
            "project_id": str(world.project_id),
            "task_id": str(gold.id),
            "assignment_id": str(held.id),
            "answer_id": str(answer.id),
            "annotator_id": str(held.annotator_id),
            "marketplace_id": str(world.marketplace.tenant_id),
        }
        #: What a field is filled with, where a case is to get further than its first check.
        self.sense = {**self.ids, "annotator": "ann", "tasks": ["gold"], "label": "yes"}
        self.ids |= who_may_work(world)
        world.session.flush()

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Undo what a case does: each starts from the same world."""
        with self._connection.begin_nested() as savepoint:
            yield
            savepoint.rollback()

    def make_sense(self, case: Case, draw: st.DataObject) -> None:
        """Put in what exists, so that not every case ends at a 404 or a 422."""
        for parts in (case.path_parameters, case.body):
            if isinstance(parts, dict):
                for name in self.sense.keys() & parts.keys():
                    if draw.draw(st.integers(0, 3)):
                        parts[name] = self.sense[name]

    def try_one(self, case: Case) -> Any:
        self.tried += 1
        response = case.call(headers=self._headers)
        case.validate_response(response, checks=CHECKS)
        return response


@pytest.fixture(params=["requester", "marketplace"])
def target(
    app: Flask, world: World, connection: Connection, request: pytest.FixtureRequest
) -> Target:
    return Target(app, world, connection, request.param)


def test_no_request_breaks_the_api_or_its_description(target: Target) -> None:
    every = [found.ok() for found in target.schema.get_all_operations()]
    each = settings(1 + CASES // (4 * len(every)))

    for operation in every:
        sane = operation.as_strategy(GenerationMode.POSITIVE)
        wild = operation.as_strategy(GenerationMode.NEGATIVE)

        @each
        @hypothesis.given(case=sane | wild, draw=st.data())
        def one(case: Case, draw: st.DataObject) -> None:
            target.make_sense(case, draw)
            with target.undone():
                target.try_one(case)

        one()

    assert target.tried >= CASES // 5


def test_no_sequence_of_requests_breaks_the_api_or_its_description(target: Target) -> None:
    class Sequence(target.schema.as_state_machine()):  # type: ignore[misc]
        def setup(self) -> None:
            self.world = target.undone()
            self.world.__enter__()

        def teardown(self) -> None:
            self.world.__exit__(None, None, None)

        def call(self, case: Case, **kwargs: Any) -> Any:
            return target.try_one(case)

        def validate_response(self, *args: Any, **kwargs: Any) -> None:
            """Done with the call."""

    Sequence.run(settings=settings(CASES // (4 * STEPS), stateful_step_count=STEPS))

    assert target.tried >= CASES // 5
