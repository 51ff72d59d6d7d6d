"""Which task goes next."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from sqlalchemy import update

from crowd.models import Participation, Task
from crowd.services import assignments, participations, queue
from tests.factories import World


def test_spread_meets_tasks_in_another_order_every_time(world: World) -> None:
    world.tasks(12)

    orders = [[world.hold(name).task_id for _ in range(12)] for name in ("a", "b")]

    assert sorted(orders[0]) == sorted(orders[1])
    assert orders[0] != orders[1]


def test_breadth_gives_every_task_a_first_answer_before_any_a_second(world: World) -> None:
    world.change(strategy="breadth")
    tasks = world.tasks(5)

    first = [world.hold(name).task_id for name in ("a", "b", "c", "d", "e")]

    assert sorted(first) == [task.id for task in tasks]


def test_depth_finishes_what_has_been_begun(world: World) -> None:
    world.change(strategy="depth")
    world.tasks(5)

    begun = world.hold("a").task_id

    assert world.hold("b").task_id == begun


def test_depth_goes_on_to_the_next_when_one_has_had_what_is_begun(world: World) -> None:
    world.change(strategy="depth")
    world.tasks(5)

    assert len({world.hold("a").task_id for _ in range(5)}) == 5


def test_another_strategy_holds_for_the_tasks_that_are_there(world: World) -> None:
    world.tasks(5)
    begun = world.hold("a").task_id

    world.change(strategy="depth")

    assert world.hold("b").task_id == begun


def test_priority_comes_before_strategy(world: World) -> None:
    world.change(strategy="depth")
    plain = world.task()
    world.hold("a")
    urgent = world.task(priority=1)

    assert world.hold("b").task_id == urgent.id
    assert world.hold("b").task_id == plain.id


def test_one_who_has_had_nearly_everything_still_gets_the_rest(world: World) -> None:
    world.change(limits={"held": 1000})
    many = queue.LOOK + 40
    world.tasks(many)
    had = {world.hold("a").task_id for _ in range(many - 1)}

    last = world.hold("a").task_id

    assert last not in had
    assert world.lease("a").reason == "none_left_for_you"


def test_where_one_place_is_exhausted_another_is_looked_at_before_everything(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.change(limits={"held": 1000})
    ranks = [0.2 + i / 1e4 for i in range(queue.LOOK)] + [0.0001 * i for i in range(queue.LOOK)]
    for rank in ranks:
        world.task().rank = rank
    world.session.flush()
    for _ in ranks:
        world.hold("a")
    world.task().rank = 0.9
    world.session.flush()
    starts = iter([0.19, 0.8])
    monkeypatch.setattr(queue, "_chance", SimpleNamespace(random=lambda: next(starts)))
    monkeypatch.delattr(queue, "take_anywhere")

    assert world.lease("a").leases


def test_a_long_search_is_not_made_again_at_once(world: World) -> None:
    world.task()
    entry = participations.enter(world.session, world.marketplace, world.project_id, _known(world))

    participations.remember_search(world.session, entry, seconds=60, priority=None)

    assert world.lease("a").reason == "none_left_for_you"
    world.session.execute(update(Participation).values(searched_until=None))
    assert world.lease("a").leases


def test_a_batch_goes_to_one_annotator_whole(world: World) -> None:
    world.change(whole_batches=True)
    page = [world.task(batch="page 1").id for _ in range(3)]
    world.task(batch="page 2", priority=-1)

    leased = world.lease("a").leases

    assert sorted(lease.taken.task_id for lease in leased) == page
    assert {lease.taken.batch for lease in leased} == {"page 1"}


def test_without_whole_batches_tasks_go_out_one_by_one(world: World) -> None:
    world.task(batch="page"), world.task(batch="page")

    assert len(world.lease("a").leases) == 1


def test_a_batch_is_no_way_around_a_limit(world: World) -> None:
    world.change(whole_batches=True, limits={"annotator": {"total": 2}})
    for _ in range(4):
        world.task(batch="page")

    assert len(world.lease("a").leases) == 2
    assert world.lease("a").reason == "limit_reached"


def test_a_returned_task_comes_back_to_its_place(world: World) -> None:
    world.change(strategy="breadth", overlap_min=2)
    first, second = world.tasks(2)
    held = world.hold("a", named=[first.external_id])
    world.hold("a", named=[second.external_id])

    assignments.give_back(world.session, world.marketplace, held.id)

    assert world.hold("b").task_id == first.id
    assert world.session.get_one(Task, first.id, populate_existing=True).level == 1


def _known(world: World) -> str:
    world.annotator("a")
    return "a"
