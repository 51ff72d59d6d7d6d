"""What an annotator is told of its own quality: enough to learn from, and nothing about gold."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from crowd.errors import NotFound
from crowd.models import Task
from crowd.services import actions, bans, gold, quality, results, reviews
from crowd.services.outcomes import Decided
from crowd.services.quality import BLOCK, COMPARED, Quality
from crowd.services.shares import interval
from tests.factories import World, caller
from tests.services.test_examples import add


@pytest.fixture
def coached(session: Session) -> World:
    return World(session, feedback="coaching", overlap_min=1)


def quality_of(world: World, name: str = "a") -> Quality:
    who = world.annotator(name).id
    return quality.read(world.session, world.marketplace, world.project_id, who)


def decide(world: World, task: Task, p: float, seen: int = 3) -> None:
    """Let the crowd say `yes` with probability p."""
    decided = Decided(task.id, "resolved", "yes", p, {"yes": p, "no": 1 - p}, "x", seen, 0)
    results.record(world.session, world.config, [decided])


def answered(world: World, *labels: str, p: float = 1.0, name: str = "a") -> list[Task]:
    """Have an annotator say something of tasks that are `yes`."""
    tasks = world.tasks(len(labels))
    for task, label in zip(tasks, labels, strict=True):
        world.answer(name, task, label)
        decide(world, task, p)
    return tasks


def test_shares_come_by_whole_blocks_and_to_the_percent(coached: World) -> None:
    answered(coached, *["yes"] * 17, *["no"] * 3, p=0.987)
    answered(coached, *["yes"] * 20)
    answered(coached, *["no"] * (BLOCK - 1))

    told = quality_of(coached)

    assert told.answers == 3 * BLOCK - 1
    assert [share.accuracy for share in told.trend] == [0.84, 1.0]
    assert told.overall is not None
    assert (told.overall.answers, told.overall.accuracy) == (2 * BLOCK, 0.92)
    assert told.overall.accuracy_low < 0.92 < told.overall.accuracy_high


def test_nothing_is_told_before_the_first_block_is_full(coached: World) -> None:
    answered(coached, *["yes"] * (BLOCK - 1))

    told = quality_of(coached)

    assert (told.overall, list(told.trend), told.confusions) == (None, [], [])


def test_an_answer_nobody_else_has_given_is_compared_with_nothing(coached: World) -> None:
    for seen in [3] * (COMPARED - 1) + [1] * (BLOCK - COMPARED + 1):
        task = coached.task()
        coached.answer("a", task, "yes")
        decide(coached, task, 1.0, seen=seen)

    assert quality_of(coached).overall is None


def test_gold_changes_nothing_that_is_told(coached: World) -> None:
    tasks = answered(coached, *["yes"] * 30, *["no"] * 10, p=0.9)
    before = quality_of(coached)

    for task in tasks[::3]:
        gold.put(coached.session, coached.requester, task.id, label="no")

    assert quality_of(coached) == before
    for task in tasks[::6]:
        gold.retire(coached.session, coached.requester, task.id)
    assert quality_of(coached) == before


def test_a_pair_that_is_clearly_confused_comes_with_examples(coached: World) -> None:
    answered(coached, *["yes"] * 12, *["no"] * 8)
    add(coached, "yes", payload={"n": 1}, explanation="it has wings")
    add(coached, "yes", payload={"n": 2}, explanation="look at its beak", confused_with="no")
    add(coached, "no", payload={"n": 3}, explanation="a drone")

    (pair,) = quality_of(coached).confusions or ()

    assert (pair.label, pair.given, pair.share, pair.cases) == ("yes", "no", 0.4, 20)
    assert [example.explanation for example in pair.examples] == [
        "look at its beak",
        "it has wings",
    ]
    assert {example.said for example in pair.examples} == {None}


def test_an_interval_is_wilsons() -> None:
    assert interval(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert interval(0, 20)[0] == pytest.approx(0)
    assert interval(20, 20)[1] == pytest.approx(1)


def test_two_slips_are_no_confusion(coached: World) -> None:
    answered(coached, *["yes"] * 18, *["no"] * 2)

    assert quality_of(coached).confusions == []


def test_an_annotators_own_answer_stands_beside_a_task_that_was_released(coached: World) -> None:
    tasks = answered(coached, *["yes"] * 12, *["no"] * 8)
    add(coached, "yes", task_id=tasks[-1].id, explanation="a young one")

    (pair,) = quality_of(coached).confusions or ()

    (example,) = pair.examples
    assert (example.said, example.payload) == ("no", tasks[-1].payload)


def test_a_project_says_how_much_it_tells(coached: World) -> None:
    answered(coached, *["no"] * BLOCK)

    coached.change(feedback="summary")
    told = quality_of(coached)
    coached.change(feedback="none")

    assert (told.overall is not None, told.confusions) == (True, None)
    with pytest.raises(NotFound, match="tells"):
        quality_of(coached)


def test_verdicts_and_what_is_in_force_are_told_without_reasons(world: World) -> None:
    world.change(review_seconds=60, price="0.05", currency="EUR")
    first, second, _ = (world.answer("a", task, "yes") for task in world.tasks(3))
    reviews.accept(world.session, world.requester, first.id)
    reviews.reject(world.session, world.requester, second.id, reason="wrong")
    wish: dict[str, Any] = {"annotator_id": world.annotator("a").id, "reason": "misses gold"}
    undone, kept = (
        actions.take(world.session, world.requester, world.project_id, kind=kind, **wish)
        for kind in ("block", "warn")
    )
    assert undone is not None
    actions.undo(world.session, world.requester, undone.id, reason="x")
    bans.impose(world.session, world.requester, **wish)

    told = quality_of(world)

    assert (told.accepted, told.rejected, told.awaited) == (1, 1, 1)
    assert (list(told.actions), told.banned) == ([kept], True)


def test_only_ones_own_annotators_are_asked_for_and_only_where_they_worked(world: World) -> None:
    world.answer("a", world.task(), "yes")
    other, _ = caller(world.session, "marketplace")

    with pytest.raises(NotFound):
        quality.read(world.session, other, world.project_id, world.annotator("a").id)
    with pytest.raises(NotFound, match="worked"):
        quality_of(world, "newcomer")


def test_blocks_stay_what_they_are_however_long_the_history(
    coached: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quality, "BLOCKS", 2)
    answered(coached, *["no"] * BLOCK, *["yes"] * BLOCK, *["no"] * BLOCK)

    shares = []
    for _ in range(3):
        shares.append([share.accuracy for share in quality_of(coached).trend])
        coached.answer("a", coached.task(), "yes")

    assert shares == [[1.0, 0.0]] * 3
