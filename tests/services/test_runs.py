"""When a model is fitted again, and who has to wait for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from crowd.db import transaction
from crowd.models import ConsensusRun
from crowd.services import answers, runs
from tests.factories import World


def run(*, took_s: float = 0.0) -> ConsensusRun:
    return ConsensusRun(
        config_version=1, method="dawid-skene", labels=["yes", "no"], class_prior=[0.5, 0.5],
        pooled_confusion=[0.75, 0.25, 0.25, 0.75], answers_seen=0, tasks_seen=0,
        annotators_seen=0, iterations=0, converged=True,
        started_at=datetime.now(UTC) - timedelta(seconds=took_s),
    )  # fmt: skip


def skill(world: World, name: str, **said: float) -> dict[str, object]:
    """What a run says of an annotator: good on the whole, but for what is said."""
    return {
        "annotator_id": world.annotator(name).id, "accuracy": 0.85, "accuracy_low": 0.8,
        "accuracy_high": 0.9, "answers": 10, "gold_seen": 2, "gold_correct": 2,
        "spammer_score": 1.0, "is_spammer": False, "confusion": [0.9, 0.1, 0.1, 0.9], **said,
    }  # fmt: skip


def grow(world: World) -> None:
    for task in world.tasks(runs.REFIT_MIN_ANSWERS):
        world.answer("a", task, "yes")


def test_a_project_that_has_grown_is_fitted_again(world: World) -> None:
    runs.add(world.session, world.project_id, run())

    assert world.project_id not in runs.grown(world.session)
    grow(world)

    assert world.project_id in runs.grown(world.session)


def test_after_a_long_fit_comes_a_long_rest(world: World) -> None:
    runs.add(world.session, world.project_id, run(took_s=100))
    grow(world)

    assert world.project_id not in runs.grown(world.session)


def test_answers_are_taken_while_a_run_is_being_stored(committed: Engine) -> None:
    with transaction() as session:
        world = World(session)
        task = world.task()
        assignment = world.lease("a", named=[task.external_id]).leases[0].taken

    with Session(committed) as storing:
        runs.add(storing, world.project_id, run())
        with transaction() as session:
            session.execute(text("SET LOCAL lock_timeout = '2s'"))
            answer = answers.submit(
                session, world.marketplace, assignment.assignment_id, label="yes"
            )

    assert answer.number == 1
