"""Decisions and what they set in motion."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select, update

from crowd.models import ConsensusRun, Dispute, Gold, Result, Task
from crowd.services import results, runs
from crowd.services.outcomes import Decided
from tests.factories import World, decided


@pytest.fixture
def ready(world: World) -> World:
    """A project with its run 0 and a task that has its two answers."""
    run = ConsensusRun(
        config_version=1, method="dawid-skene", labels=["yes", "no"], class_prior=[0.5, 0.5],
        pooled_confusion=[0.75, 0.25, 0.25, 0.75], answers_seen=0, tasks_seen=0,
        annotators_seen=0, iterations=0, converged=True, started_at=datetime.now(UTC),
    )  # fmt: skip
    runs.add(world.session, world.project_id, run)
    return world


def answered(world: World, count: int = 2) -> Task:
    task = world.task()
    for number in range(count):
        world.answer(f"annotator {number}", task, "yes")
    return task


def record(world: World, decision: Decided) -> int:
    return results.record(world.session, world.config, [decision])


def versions(world: World, task: Task) -> list[Result]:
    return list(results.versions(world.session, world.requester, task.id))


def test_a_sure_decision_resolves_the_task(ready: World) -> None:
    task = answered(ready)

    record(ready, decided(task))

    assert ready.counters(task) == (2, 0, 2, "resolved")
    assert [(v.version, v.label, v.answers_seen) for v in versions(ready, task)] == [(1, "yes", 2)]


def test_an_unsure_decision_asks_for_one_more_answer(ready: World) -> None:
    task = answered(ready)

    record(ready, decided(task, "open", p=0.8))

    assert ready.counters(task) == (3, 0, 2, "open")
    assert ready.lease("somebody else").leases


def test_no_further_answer_is_asked_for_while_one_is_out(ready: World) -> None:
    task = answered(ready, 1)
    ready.lease("slow")

    record(ready, decided(task, "open", seen=1, p=0.8))

    assert ready.counters(task) == (2, 1, 1, "open")


def test_a_decision_that_has_seen_fewer_answers_is_dropped(ready: World) -> None:
    task = answered(ready)
    record(ready, decided(task, seen=2))

    assert record(ready, decided(task, "open", seen=1, p=0.6)) == 0

    assert ready.counters(task)[3] == "resolved"


def test_the_same_decision_twice_is_one_version(ready: World) -> None:
    task = answered(ready)

    assert [record(ready, decided(task)), record(ready, decided(task))] == [1, 0]

    assert len(versions(ready, task)) == 1


def test_what_stays_unsure_at_the_maximum_is_disputed(ready: World) -> None:
    task = answered(ready)
    record(ready, decided(task, "open", p=0.6))
    ready.answer("third", task, "no")

    record(ready, decided(task, "disputed", seen=3, p=0.5))

    assert ready.counters(task) == (3, 0, 3, "disputed")
    dispute = ready.session.scalars(select(Dispute).filter_by(task_id=task.id)).one()
    assert (dispute.state, dispute.causes) == ("open", ["tie"])


def test_later_evidence_settles_a_dispute(ready: World) -> None:
    task = answered(ready)
    record(ready, decided(task, "disputed", p=0.5))

    record(ready, decided(task, "resolved", run=1))

    dispute = ready.session.scalars(select(Dispute).filter_by(task_id=task.id)).one()
    ready.session.refresh(dispute)
    assert (dispute.state, dispute.closed_at is not None) == ("settled", True)


def test_a_task_the_next_fit_is_less_sure_of_is_opened_again(ready: World) -> None:
    task = answered(ready)
    record(ready, decided(task))

    record(ready, decided(task, "open", run=1, p=0.9))

    assert ready.counters(task) == (3, 0, 2, "open")


def test_only_decisions_that_change_something_are_worth_a_lock(ready: World) -> None:
    same, moved, new = (answered(ready) for _ in range(3))
    for task in (same, moved):
        record(ready, decided(task, p=0.97))
    found = results.with_effect(
        ready.session,
        ready.config,
        [decided(same, p=0.971), decided(moved, p=0.99), decided(new, "open", p=0.8)],
    )

    assert [d.task_id for d in found] == [moved.id, new.id]


def test_a_decision_that_seems_old_news_still_reopens_its_task(ready: World) -> None:
    task = answered(ready)
    record(ready, decided(task, "open", p=0.8))
    ready.session.execute(update(Task).where(Task.id == task.id).values(wanted=2))

    found = results.with_effect(ready.session, ready.config, [decided(task, "open", p=0.8)])

    assert [d.task_id for d in found] == [task.id]


def test_no_dispute_is_opened_about_gold(ready: World) -> None:
    task = answered(ready)
    ready.session.add(Gold(project_id=ready.project_id, task_id=task.id, label="no"))

    record(ready, decided(task, "disputed", p=0.5))

    assert ready.counters(task)[3] == "resolved"
    assert not ready.session.scalars(select(Dispute).filter_by(task_id=task.id)).all()


def test_a_task_that_is_opened_again_takes_as_many_answers_as_are_allowed_by_now(
    ready: World,
) -> None:
    ready.change(overlap_max=2)
    task = answered(ready)
    record(ready, decided(task, "disputed", p=0.5))
    ready.change(overlap_max=5)

    record(ready, decided(task, "open", run=1, p=0.7))

    assert ready.counters(task) == (3, 0, 2, "open")
