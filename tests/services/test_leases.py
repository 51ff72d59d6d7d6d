"""Handing tasks out."""

from __future__ import annotations

from crowd.services import assignments, leases, projects
from tests.factories import World


def test_a_task_is_handed_out_no_more_often_than_it_is_wanted(world: World) -> None:
    task = world.task()

    given = [world.lease(name).leases for name in ("a", "b", "c")]

    assert [len(leases) for leases in given] == [1, 1, 0]
    assert world.counters(task) == (2, 2, 0, "open")


def test_nobody_gets_a_task_twice(world: World) -> None:
    first, second = world.tasks(2)

    given = [lease.taken.task_id for _ in range(3) for lease in world.lease("a").leases]

    assert sorted(given) == [first.id, second.id]


def test_higher_priority_goes_first(world: World) -> None:
    plain, urgent, also = world.task(), world.task(priority=5), world.task(priority=5)

    order = [world.hold("a").task_id for _ in range(3)]

    assert order[2] == plain.id
    assert set(order[:2]) == {urgent.id, also.id}


def test_a_returned_slot_goes_to_somebody_else_but_not_to_the_same(world: World) -> None:
    world.change(overlap_min=1)
    world.task()
    held = world.hold("a")

    assignments.give_back(world.session, world.marketplace, held.id)

    assert world.lease("a").reason == "none_left_for_you"
    assert len(world.lease("b").leases) == 1


def test_an_expired_slot_is_given_out_again(world: World) -> None:
    world.change(overlap_min=1)
    task = world.task()
    world.let_expire(world.hold("a").id)

    ended = assignments.expire_due(world.session, limit=10)

    assert ended == 1
    assert world.counters(task) == (1, 0, 0, "open")
    assert len(world.lease("b").leases) == 1


def test_a_lease_can_be_extended(world: World) -> None:
    world.task()
    held = world.hold("a")
    world.let_expire(held.id)

    extended = assignments.extend(world.session, world.marketplace, held.id)

    assert extended.expires_at > extended.leased_at
    assert assignments.expire_due(world.session, limit=10) == 0


def test_having_no_work_has_a_reason(world: World) -> None:
    assert world.lease("a").reason == "all_done"

    world.task()
    world.lease("a")
    assert world.lease("a").reason == "none_left_for_you"

    world.change(state="paused")
    assert world.lease("b").reason == "paused"


def test_a_blocked_annotator_gets_nothing(world: World) -> None:
    world.task()
    world.annotator("a").state = "blocked"

    assert world.lease("a").reason == "blocked"


def test_a_marketplace_names_the_tasks_it_wants(world: World) -> None:
    _, wanted = world.task("first"), world.task("second")

    leased = world.lease("a", named=["second", "missing"])

    assert [lease.taken.task_id for lease in leased.leases] == [wanted.id]
    assert [(r.task, r.reason) for r in leased.refused] == [("missing", "no_such_task")]


def test_naming_a_task_twice_gives_the_same_assignment(world: World) -> None:
    task = world.task("t")

    first, again = world.lease("a", named=["t"]), world.lease("a", named=["t"])

    assert first.leases[0].taken.assignment_id == again.leases[0].taken.assignment_id
    assert world.counters(task) == (2, 1, 0, "open")


def test_a_named_task_that_is_full_or_done_is_refused(world: World) -> None:
    world.change(overlap_min=1)
    task = world.task("t")
    world.answer("a", task, "yes")

    assert world.lease("a", named=["t"]).reason == "already_answered"
    assert world.lease("b", named=["t"]).reason == "task_full"
    task.state = "resolved"
    assert world.lease("b", named=["t"]).reason == "task_closed"


def test_a_returned_assignment_comes_to_life_when_its_task_is_named(world: World) -> None:
    world.task("t")
    held = world.hold("a")
    assignments.give_back(world.session, world.marketplace, held.id)

    again = world.hold("a", named=["t"])

    assert (again.id, again.state, again.closed_at) == (held.id, "leased", None)


def test_an_annotator_holds_a_bounded_number_of_tasks(world: World) -> None:
    world.tasks(103)

    assert len(world.lease("a", count=100).leases) == 100
    assert world.lease("a").reason == "limit_reached"
    assert world.lease("b").leases


def test_raising_the_overlap_asks_for_more_and_never_below_what_is_held(world: World) -> None:
    task = world.task()
    world.lease("a"), world.lease("b")

    world.change(overlap_min=1, overlap_max=1)
    assert world.counters(task)[:2] == (2, 2)

    world.change(overlap_min=3, overlap_max=5)
    assert world.counters(task)[:2] == (3, 2)


def test_progress_counts_what_is_there(world: World) -> None:
    answered, _ = world.tasks(2)
    world.answer("a", answered, "yes")
    world.lease("b", count=2)

    progress = projects.progress(world.session, world.requester, world.project_id)

    assert (progress.tasks, progress.open, progress.answers) == (2, 2, 1)
    assert (progress.leased, progress.wanted, progress.waiting) == (2, 1, 1)


def test_an_annotator_nobody_knows_gets_no_work_and_the_answer_before_it_stands(
    world: World,
) -> None:
    wish = {"project_id": world.project_id, "annotator": "nobody"}

    assert leases.lease_if_open(world.session, world.marketplace, **wish).reason == "not_available"
    assert not world.session.in_nested_transaction()
