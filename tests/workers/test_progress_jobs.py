"""Progress kept and forecast, each job run twice."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from crowd.models import Forecast, Pace
from crowd.services import (
    actions,
    forecast_grounds,
    forecasts,
    guidelines,
    outbox,
    pools,
    progress,
    projects,
    results,
)
from crowd.services.forecasts import Outlook
from tests.factories import World, decided
from tests.services.test_progress import shift_answers
from tests.workers.test_consensus_jobs import events
from workers.jobs import progress as jobs


def outlook(world: World) -> Outlook:
    jobs.keep_project(world.project_id)
    world.session.expire_all()
    return forecasts.read(world.session, world.requester, world.project_id)


def reasons(world: World) -> list[str]:
    return [one["reason"] for one in outlook(world).obstacles]


def past_pace(world: World, answers: int, slots: int) -> None:
    """Let so many answers have come in each of the last ten minutes."""
    now = world.session.scalar(select(func.now()))
    assert now is not None
    began = now.replace(minute=now.minute // 10 * 10, second=0, microsecond=0)
    for number in range(slots):
        world.session.add(
            Pace(
                project_id=world.project_id,
                began_at=began - (number + 1) * progress.SLOT,
                answers=answers,
                annotators=2,
                median_s=5.0,
            )
        )
    world.session.flush()


@pytest.fixture
def halfway(session: Session) -> World:
    """Ten tasks that took two answers each, and ten that have none; five cents an answer."""
    world = World(session, price=Decimal("0.05"), currency="EUR", budget=Decimal(5))
    done, _ = world.tasks(10), world.tasks(10)
    for task in done:
        world.answer("ann", task, "yes"), world.answer("bea", task, "yes")
    results.record(session, world.config, [decided(task) for task in done])
    return world


def test_what_is_left_is_forecast_from_what_there_was(halfway: World) -> None:
    past_pace(halfway, answers=2, slots=30)

    found = outlook(halfway)
    told = found.told()

    assert (found.counts.resolved, found.counts.open) == (10, 10)
    low, middle, high = told["needed"]
    assert 18 <= low <= middle <= high <= 25
    assert middle in (20, 21, 22)
    assert found.made_at is not None
    assert found.finish is not None
    ends = [(end - found.made_at) / timedelta(minutes=10) for end in found.finish if end]
    assert 9 <= ends[0] <= ends[1] <= ends[2] <= 14
    assert told["is_early"]


def test_money_that_was_spent_is_exact_and_what_is_to_come_is_apart(halfway: World) -> None:
    cost = outlook(halfway).cost

    assert cost is not None
    assert (cost["spent"], cost["per_label"]) == (Decimal(1), Decimal("0.1"))
    assert Decimal("0.9") <= cost["left"][0] <= cost["left"][2] <= Decimal("1.3")
    assert cost["is_within_budget"] is True
    by = outlook(halfway).told()["by_marketplace"]
    assert [(one["answers"], one["spent"]) for one in by] == [(20, Decimal(1))]


def test_without_a_pace_no_end_is_made_up(world: World) -> None:
    world.tasks(2)
    assert (
        forecasts.read(world.session, world.requester, world.project_id).told()["why_none"]
        == "not_made_yet"
    )

    assert outlook(world).told()["why_none"] == "too_soon"

    world.answer("ann", world.task(), "yes")
    shift_answers(world, hours=30)
    assert outlook(world).told()["why_none"] == "nothing_comes"
    world.change(state="paused")
    assert outlook(world).told()["why_none"] == "not_running"


def test_a_finished_project_needs_nothing(world: World) -> None:
    task = world.task()
    world.answer("ann", task, "yes"), world.answer("bea", task, "yes")
    results.record(world.session, world.config, [decided(task)])

    told = outlook(world).told()

    assert (told["why_none"], told["needed"], told["finish"]) == ("done", [0, 0, 0], None)


def test_the_job_looks_after_what_has_moved_and_rests_otherwise(world: World) -> None:
    world.answer("ann", world.task(), "yes")
    outbox.publish(world.session, "progress.fell_due", project_id=world.project_id)
    told = events(world, "progress.fell_due")

    jobs.keep(told), jobs.keep(told)

    assert events(world, "progress.fell_due") == []
    made = world.session.scalars(select(Forecast).filter_by(project_id=world.project_id)).one()
    assert made.figures["answers"] == 1
    assert world.project_id not in forecast_grounds.due(world.session)
    age(world, seconds=60)
    assert world.project_id not in forecast_grounds.due(world.session)
    world.answer("bea", world.task(), "yes")
    assert world.project_id in forecast_grounds.due(world.session)


def test_time_alone_makes_a_forecast_old(world: World) -> None:
    outlook(world)

    age(world, seconds=forecast_grounds.STALE_AFTER_S + 1)

    assert world.project_id in forecast_grounds.due(world.session)


def test_a_forecast_that_was_made_from_less_is_dropped(world: World) -> None:
    ground = forecast_grounds.ground(world.session, world.project_id)
    outlook(world)
    age(world, seconds=-60)

    forecast_grounds.store(world.session, ground, {"answers": 77}, took_s=0)

    world.session.expire_all()
    assert world.session.get_one(Forecast, world.project_id).figures["answers"] == 0


def age(world: World, seconds: float) -> None:
    forecast = world.session.get_one(Forecast, world.project_id, populate_existing=True)
    forecast.made_at -= timedelta(seconds=seconds)
    world.session.flush()


def test_what_holds_up_everything_is_named_with_what_to_do(session: Session) -> None:
    world = World(session, requires=["birds"], budget_answers=1)
    world.tasks(2)
    assert reasons(world) == ["nobody_qualified", "nobody_at_work"]

    pools.create(session, world.requester, name="good")
    world.change(requires=[], pools=["good"])
    assert "nobody_in_pool" in reasons(world)
    world.change(pools=[])
    projects.close_to(session, world.requester, world.project_id, world.marketplace.tenant_id)
    assert reasons(world) == ["no_marketplace"]
    projects.open_to(session, world.requester, world.project_id, world.marketplace.tenant_id)
    world.answer("ann", world.task(), "yes")
    assert reasons(world) == ["budget_spent"]
    world.change(state="paused")
    assert reasons(world) == ["paused"]
    assert outlook(world).obstacles[0]["advice"] == "Start the project again."


def test_a_pool_that_lets_somebody_in_is_no_obstacle(world: World) -> None:
    world.task()
    mine = [world.marketplace.tenant_id]
    pools.create(world.session, world.requester, name="good", marketplaces=mine)
    world.annotator("ann")
    world.change(pools=["good"])

    assert reasons(world) == ["nobody_at_work"]


def test_tasks_that_all_who_work_have_had_are_stuck(world: World) -> None:
    for task in world.tasks(3):
        world.answer("ann", task, "yes")
    world.task()

    found = outlook(world).obstacles

    assert [(one["reason"], one["tasks"], one["annotators"]) for one in found] == [
        ("everybody_had_it", 3, 1)
    ]


def test_disputes_and_annotators_kept_out_are_told(world: World) -> None:
    disputed, task = world.tasks(2)
    for name in ("ann", "bea"):
        world.answer(name, disputed, "yes")
    results.record(world.session, world.config, [decided(disputed, "disputed", p=0.5)])
    assert reasons(world)[-1:] == ["waiting_for_ruling"]

    for name in ("ann", "bea"):
        wish = {"annotator_id": world.annotator(name).id, "kind": "block", "reason": "spam"}
        actions.take(world.session, world.requester, world.project_id, **wish)

    assert reasons(world) == ["everybody_kept_out", "waiting_for_ruling"]
    assert task.state == "open"


def test_a_guideline_nobody_has_accepted_and_gold_that_is_gone_are_told(world: World) -> None:
    world.answer("ann", world.task(), "yes"), world.task()
    guidelines.add(world.session, world.requester, world.project_id, body="look twice")

    world.change(guideline=1, gold={"policy": "share"})

    assert {"guideline_not_accepted", "gold_ran_out"} <= set(reasons(world))


def test_a_lease_that_is_held_for_long_is_told(world: World) -> None:
    world.task(), world.hold("ann")
    assert "held_long" not in reasons(world)

    earlier: Any = datetime.now().astimezone() - timedelta(hours=2)
    world.session.execute(text("UPDATE assignments SET leased_at = :at"), {"at": earlier})

    assert "held_long" in reasons(world)


def test_the_list_has_every_project_with_what_was_added_up(halfway: World) -> None:
    outlook(halfway)

    page = forecasts.one_page_of(halfway.session, halfway.requester, after=None, limit=10)

    (told,) = [one.told() for one in page.items]
    assert (told["answers"], told["cost"]["spent"]) == (20, Decimal(1))
    assert told["by_marketplace"] == []
