"""Known answers, mixed in by a policy, and mended where they are wrong."""

from __future__ import annotations

from sqlalchemy import select, update

from crowd.models import Dispute, OutboxEvent, Participation, Ruling, Task
from crowd.services import gold, gold_review, results
from tests.factories import World, decided


def gold_seen(world: World, name: str, leases: int) -> list[bool]:
    ids = [world.hold(name).task_id for _ in range(leases)]
    known = set(world.session.scalars(select(Task.id).where(Task.is_gold)))
    return [task in known for task in ids]


def mixed(world: World, **policy: object) -> None:
    world.change(gold=policy, limits={"held": 1000}, overlap_min=3)
    world.tasks(60)
    for _ in range(30):
        world.task(gold="yes")


def test_the_first_leases_hold_exactly_so_many_gold(world: World) -> None:
    mixed(world, policy="first", first=4, share=0)

    seen = [gold_seen(world, name, 12) for name in ("a", "b", "c")]

    assert [sum(each[:8]) for each in seen] == [4, 4, 4]
    assert [sum(each[8:]) for each in seen] == [0, 0, 0]
    assert len({tuple(each[:8]) for each in seen}) > 1


def test_a_share_of_everybodys_work_is_gold(world: World) -> None:
    mixed(world, policy="share", share=0.5)

    seen = [gold_seen(world, name, 24) for name in ("a", "b", "c")]

    assert 20 <= sum(map(sum, seen)) <= 52  # of 72, half: four deviations either way


def test_the_unknown_get_more_gold_than_the_known(world: World) -> None:
    mixed(world, policy="adaptive", share=0.15)
    world.lease("new"), world.lease("known")
    known = world.annotator("known").id
    world.session.execute(
        update(Participation).where(Participation.annotator_id == known).values(uncertainty=0.0)
    )

    assert sum(gold_seen(world, "new", 30)) > sum(gold_seen(world, "known", 30))


def test_nobody_gets_a_gold_task_twice(world: World) -> None:
    world.change(gold={"policy": "share", "share": 0.5}, limits={"held": 1000})
    world.task(gold="yes")
    world.tasks(30)

    assert sum(gold_seen(world, "a", 30)) <= 1


def test_gold_never_comes_alone(world: World) -> None:
    world.change(gold={"policy": "share", "share": 0.5})
    world.tasks(2)
    for _ in range(10):
        world.task(gold="yes")

    while world.lease("a").leases:
        pass

    assert world.lease("a").reason == "none_left_for_you"
    drawn = world.session.scalars(select(Task.leased).where(Task.is_gold, Task.leased > 0)).all()
    assert len(drawn) < 10


def test_gold_is_seen_by_as_many_as_its_exposure_says(world: World) -> None:
    world.change(gold={"exposure": 5}, overlap_min=1, overlap_max=2)
    known = world.task(gold="yes")

    got = [bool(world.lease(name).leases) for name in "abcdef"]

    assert got == [True] * 5 + [False]
    world.change(gold={"exposure": 6})
    assert world.counters(known)[0] == 6


def test_gold_with_an_exposure_of_its_own_stays_until_it_is_seen(world: World) -> None:
    world.change(gold={"exposure": 3}, overlap_min=1, overlap_max=2)
    known = world.task("known", gold="yes")
    world.answer("a", known, "yes")
    world.answer("b", known, "yes")

    results.record(world.session, world.config, [decided(known, "resolved", seen=2)])
    assert world.counters(known) == (3, 0, 2, "open")
    world.answer("c", known, "yes")
    results.record(world.session, world.config, [decided(known, "resolved", seen=3)])
    assert world.counters(known) == (3, 0, 3, "resolved")


def test_gold_that_is_overturned_has_everybody_scored_anew(world: World) -> None:
    known = world.task(gold="yes")
    world.answer("a", known, "no")

    gold.put(world.session, world.requester, known.id, label="no")

    told = select(OutboxEvent.topic).where(OutboxEvent.project_id == world.project_id)
    assert "refit.requested" in world.session.scalars(told).all()
    assert gold.labels_of_project(world.session, world.project_id) == {known.id: "no"}


def test_a_ruled_task_becomes_gold(world: World) -> None:
    task = world.task()
    world.answer("a", task, "yes"), world.answer("b", task, "no")
    results.record(world.session, world.config, [decided(task, "disputed", p=0.5)])

    gold.put(world.session, world.requester, task.id, label="no", explanation="see the ears")

    dispute = world.session.scalars(select(Dispute).filter_by(task_id=task.id)).one()
    ruling = world.session.scalars(select(Ruling).filter_by(dispute_id=dispute.id)).one()
    assert (dispute.state, ruling.label, ruling.comment) == ("ruled", "no", "see the ears")
    assert world.counters(task)[3] == "resolved"


def test_gold_the_crowd_is_sure_against_is_contested(world: World) -> None:
    wrong, right = world.task(gold="no"), world.task(gold="yes")
    world.change(overlap_min=3)
    for name in "abc":
        world.answer(name, wrong, "yes"), world.answer(name, right, "yes")
    decisions = [decided(task, "resolved", seen=3) for task in (wrong, right)]
    results.record(world.session, world.config, decisions)
    gold_review.record(world.session, world.project_id, (), ())

    page = gold_review.one_page_of(
        world.session, world.requester, world.project_id, concern=True, after=None, limit=50
    )

    assert [(r.task_id, r.concern, r.missed, r.majority) for r in page.items] == [
        (wrong.id, "contested", 3, "yes")
    ]


def test_retired_gold_is_a_task_like_any_other(world: World) -> None:
    world.change(gold={"exposure": 9})
    known = world.task(gold="yes")
    world.lease("a")

    gold.retire(world.session, world.requester, known.id)

    assert world.counters(known) == (2, 1, 0, "open")
    assert not world.session.get_one(Task, known.id, populate_existing=True).is_gold
