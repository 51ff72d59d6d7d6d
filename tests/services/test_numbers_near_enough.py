"""Numbers say the same where they differ by the project's tolerance, wherever that is asked."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from crowd.models import Dispute, Task
from crowd.services import (
    audits,
    gold_review,
    histories,
    judgements,
    pools,
    results,
    rulings,
    track_records,
    track_upkeep,
)
from crowd.services.answer_kinds import says_same, slack_of
from tests.factories import World, decided
from tests.services.test_contests import fit_and_search
from tests.services.test_disputes import queue
from tests.services.test_redress import verdicts
from tests.services.test_rules import trial
from tests.workers.planted_kinds import a_set, asks_for_numbers, asks_for_sets
from tests.workers.test_survey_jobs import survey
from workers.jobs.consensus import refit_project


@pytest.fixture
def numbers(world: World) -> World:
    """Up to 5 cm of 100 away counts as right."""
    return asks_for_numbers(world, overlap_min=2, overlap_max=9)


def ruled(world: World, task: Task, label: str) -> Dispute:
    """Have a person rule on a task that the engine holds for 40."""
    said_before = replace(decided(task), label="40", posterior={"40": 0.97})
    results.record(world.session, world.config, [said_before])
    dispute = world.session.scalars(select(Dispute).filter_by(task_id=task.id)).one()
    wish: dict[str, Any] = {"expected": "1", "label": label, "reason": "annotator_error"}
    rulings.rule(world.session, world.requester, dispute.id, **wish)
    return dispute


def test_a_hair_more_than_the_tolerance_is_allowed_for(numbers: World) -> None:
    slack = slack_of(numbers.config)

    assert says_same("0.3", "5.3", slack)
    assert says_same("40", "35", slack)
    assert not says_same("40", "45.01", slack)
    assert not says_same("red", "green", None)


def test_gold_is_missed_by_those_who_are_further_away(numbers: World) -> None:
    numbers.change(overlap_min=3)
    task = numbers.task(gold="40")
    for name, said in (("a", "38"), ("b", "44"), ("c", "61")):
        numbers.answer(name, task, said)

    survey(numbers)

    (review,) = gold_review.one_page_of(
        numbers.session, numbers.requester, numbers.project_id, after=None, limit=5
    ).items
    assert (review.answers, review.missed, review.majority) == (3, 1, "44")
    assert review.concern is None


def test_a_rule_on_gold_accuracy_goes_by_the_tolerance(numbers: World) -> None:
    for known in ("20", "40", "60", "80"):
        task = numbers.task(gold=known)
        numbers.answer("near", task, str(int(known) + 3))
        numbers.answer("far", task, str(int(known) + 13))

    found = trial(numbers, span=4, least=4, below=0.5)

    assert [hit.annotator_id for hit in found.hits] == [numbers.annotator("far").id]
    seen = judgements.answers_of(
        numbers.session, numbers.project_id, numbers.annotator("near").id, slack_of(numbers.config)
    )
    assert [one.is_right for one in seen] == [True] * 4


def test_fits_count_gold_as_right_within_the_tolerance_and_sets_as_a_whole(world: World) -> None:
    asks_for_numbers(world)
    task = world.task(gold="40")
    world.answer("near", task, "36"), world.answer("far", task, "46")
    other = asks_for_sets(World(world.session))
    task = other.task(gold=a_set("cat", "dog"))
    other.answer("near", task, a_set("cat", "dog")), other.answer("far", task, a_set("cat"))

    for one in (world, other):
        refit_project(one.project_id)
        track_upkeep.keep(one.session, one.project_id)
        track_upkeep.learn(one.session, one.project_id)
        records = {
            name: track_records.find(
                one.session, one.requester, one.project_id, one.annotator(name).id
            )
            for name in ("near", "far")
        }
        assert [records[name].gold_correct for name in ("near", "far")] == [1, 0]
        assert [records[name].gold_seen for name in ("near", "far")] == [1, 1]


def test_a_track_record_agrees_with_results_that_are_near(numbers: World) -> None:
    numbers.change(overlap_min=3)
    task = numbers.task()
    for name, said in (("a", "40"), ("b", "43"), ("c", "70")):
        numbers.answer(name, task, said)
    refit_project(numbers.project_id)

    for name, agrees in (("b", True), ("c", False)):
        asked = numbers.session, numbers.requester, numbers.project_id, numbers.annotator(name).id
        page = histories.answers_page(*asked, differs=True, after=None, limit=5)
        assert bool(page.items) == (not agrees)


@pytest.mark.parametrize(("ruling", "wrong"), [("43", 0), ("60", 1)])
def test_a_ruling_near_the_result_is_no_error_of_the_engine(
    numbers: World, ruling: str, wrong: int
) -> None:
    numbers.change(rulings={"audit_share": 1.0})
    task = numbers.task()
    numbers.answer("a", task, "40"), numbers.answer("b", task, "40")

    ruled(numbers, task, ruling)

    audit = audits.read(numbers.session, numbers.requester, numbers.project_id)
    assert audit.wrong.count == wrong


def test_nobody_goes_unpaid_for_being_off_by_less_than_the_tolerance(numbers: World) -> None:
    rulings_say = {"audit_share": 1.0, "judges": True}
    numbers.change(price=Decimal("0.05"), currency="EUR", rulings=rulings_say)
    task = numbers.task()
    for name, said in (("near", "42"), ("far", "60")):
        numbers.answer(name, task, said)

    dispute = ruled(numbers, task, "39")

    assert verdicts(numbers, dispute) == ["accepted", "rejected"]


def test_pools_are_split_where_their_medians_lie_apart(numbers: World) -> None:
    for pool_name, members in (("north", "abc"), ("south", "def")):
        pool = pools.create(numbers.session, numbers.requester, name=pool_name)
        for name in members:
            who = numbers.annotator(name).id
            said = {"admitted": True, "reason": "by hand"}
            pools.put_member(numbers.session, numbers.requester, pool.id, who, **said)
    numbers.change(pools=["north", "south"], overlap_min=6, overlap_max=6)
    far, near = numbers.tasks(2)
    for name, given in zip("abcdef", ("40", "41", "42", "70", "71", "72"), strict=True):
        numbers.answer(name, far, given)
        numbers.answer(name, near, str(40 + "abcdef".index(name)))

    fit_and_search(numbers)

    found = {dispute.task_id: dispute.causes for dispute in queue(numbers)}
    assert "split_by_pool" in found[far.id]
    assert "split_by_pool" not in found.get(near.id, ())
