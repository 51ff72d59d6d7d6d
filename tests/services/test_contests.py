"""What speaks against labels the engine is sure of."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from sqlalchemy import select

from crowd.models import ConsensusRun
from crowd.services import annotators, contests, disputes, guidelines, pools
from tests.factories import World
from tests.services.test_disputes import queue
from tests.services.test_rulings import rule
from workers.jobs.consensus import refit_project
from workers.jobs.surveys import survey_project


def fit_and_search(world: World) -> int:
    """Fit, and look through what the newest run has seen; gives how much is new."""
    refit_project(world.project_id)
    query = select(ConsensusRun.id).filter_by(project_id=world.project_id)
    newest = world.session.scalar(query.order_by(ConsensusRun.number.desc()).limit(1))
    assert newest is not None
    found = contests.search(world.session, [newest])
    return sum(disputes.open_about(world.session, tasks, cause) for cause, tasks in found.items())


def causes(world: World) -> set[tuple[str, ...]]:
    return {tuple(dispute.causes) for dispute in queue(world)}


def test_gold_that_good_annotators_miss_is_disputed_until_it_is_confirmed(world: World) -> None:
    world.change(overlap_min=5, overlap_max=5)
    for _ in range(12):
        task = world.task(gold="yes")
        for name in "abcde":
            world.answer(name, task, "yes")
    wrong = world.task(gold="no")
    for name in "abcde":
        world.answer(name, wrong, "yes")

    fit_and_search(world), survey_project(world.project_id)

    (dispute,) = queue(world)
    assert (dispute.task_id, dispute.causes) == (wrong.id, ["contested_gold"])
    rule(world, dispute, "no")
    fit_and_search(world), survey_project(world.project_id)
    assert queue(world) == []


def test_answers_under_two_guidelines_that_disagree_are_a_dispute(world: World) -> None:
    world.change(overlap_min=4, overlap_max=4)
    for body in ("a penguin is a bird", "a penguin is none"):
        guidelines.add(world.session, world.requester, world.project_id, body=body)
    world.change(guideline=1, must_accept=False)
    turned, same = world.task(), world.task()
    for name in "ab":
        world.answer(name, turned, "yes"), world.answer(name, same, "yes")
    world.change(guideline=2)
    for name in "cd":
        world.answer(name, turned, "no"), world.answer(name, same, "yes")

    fit_and_search(world)

    found = {dispute.task_id: dispute.causes for dispute in queue(world)}
    assert "guideline_change" in found[turned.id]
    assert same.id not in found


def test_pools_that_answer_differently_are_a_dispute(world: World) -> None:
    two_pools(world, north="abc", south="def")
    split, hard, same = world.task(), world.task(), world.task()
    for name, label, at_random in zip("abcdef", 3 * ["yes"] + 3 * ["no"], "yynynn", strict=True):
        world.answer(name, split, label), world.answer(name, same, "yes")
        world.answer(name, hard, "yes" if at_random == "y" else "no")

    fit_and_search(world)

    found = {dispute.task_id: dispute.causes for dispute in queue(world)}
    assert "split_by_pool" in found[split.id]
    assert "split_by_pool" not in found.get(hard.id, [])
    assert same.id not in found


def test_an_item_that_is_hard_for_everybody_is_seldom_a_split() -> None:
    chosen = random.Random(1)
    alarms = 0
    for _ in range(2000):
        votes = [(side, chosen.choice(["yes", "no"])) for side in ("north", "south") * 5]
        counted = {
            side: Counter(label for at, label in votes if at == side) for side in ("north", "south")
        }
        alarms += contests.chance(counted) <= contests.BY_CHANCE
    assert alarms < 2000 * contests.BY_CHANCE


@pytest.mark.parametrize(
    ("north", "south", "expected"),
    [
        # Fisher (1935): a lady tastes tea, three cups of four right on either side
        ({"milk": 3, "tea": 1}, {"milk": 1, "tea": 3}, 34 / 70),
        ({"yes": 3}, {"no": 3}, 2 / 20),
        ({"yes": 2}, {"no": 2}, 2 / 6),
        ({"yes": 4}, {"no": 3, "unclear": 2}, 1 / 35),
        ({"yes": 4}, {"yes": 3, "no": 2}, 1.0),
    ],
)
def test_the_chance_of_a_split_is_exact(
    north: dict[str, int], south: dict[str, int], expected: float
) -> None:
    assert contests.chance({"north": north, "south": south}) == pytest.approx(expected)


def two_pools(world: World, **members: str) -> None:
    """Let the project be open to two pools, of whose members each has answered something."""
    for pool_name, names in members.items():
        pool = pools.create(world.session, world.requester, name=pool_name)
        for name in names:
            who = world.annotator(name).id
            world.answer(name, world.task(), "yes")
            pools.put_member(
                world.session, world.requester, pool.id, who, admitted=True, reason="by hand"
            )
    everybody = sum(map(len, members.values()))
    world.change(pools=list(members), overlap_min=everybody, overlap_max=everybody)


def test_one_answer_a_side_is_no_split(world: World) -> None:
    for name in "ab":
        annotators.register(world.session, world.marketplace, external_id=name)
    task = world.task()
    world.answer("a", task, "yes"), world.answer("b", task, "no")

    fit_and_search(world)

    assert not any("split_by_pool" in dispute.causes for dispute in queue(world))


def test_only_what_a_run_has_seen_first_is_looked_through(world: World) -> None:
    world.answer("a", world.task(), "yes")
    fit_and_search(world)
    first = world.session.scalars(select(ConsensusRun).filter_by(number=0)).all()

    assert contests.split_by_guideline(world.session, [run.id for run in first]) == []
    assert contests.split_by_pool(world.session, []) == []
