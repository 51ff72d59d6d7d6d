"""Who answers like whom: kept run by run, and acted on once."""

from __future__ import annotations

from typing import Any

import pytest

from crowd.errors import Invalid
from crowd.models import Rule
from crowd.services import actions, judgements, likenesses, rules, runs
from crowd.services.likenesses import Alike
from tests.factories import World
from tests.services.test_rules import PLAIN, done
from tests.services.test_runs import run

COPYING: dict[str, Any] = {
    **PLAIN,
    "name": "alike",
    "collector": "copying",
    "below": 0.02,
    "least": 5,
}


def create(world: World, **terms: Any) -> Rule:
    return rules.create(world.session, world.requester, world.project_id, **{**COPYING, **terms})


def found(world: World, *chances: float, common: int = 12) -> None:
    """Let another run find that `a` and `b` are alike, by so much chance each."""
    task = world.task()
    (newest,) = [world.answer(name, task, "yes") for name in "ab"][-1:]
    number = runs.add(world.session, world.project_id, run()).number
    pair = world.annotator("a").id, world.annotator("b").id
    alike = [
        Alike(one, other, common, common - 1, chance)
        for (one, other), chance in zip((pair, pair[::-1]), chances, strict=False)
    ]
    likenesses.record(world.session, world.project_id, number, alike, newest.id)


def judge(world: World) -> int:
    """Act on whom runs have found."""
    copiers = judgements.copiers(world.session, world.project_id)
    return sum(judgements.stop_copier(world.session, *one) for one in copiers)


def test_who_is_too_much_like_another_is_acted_on_with_the_reason(world: World) -> None:
    create(world)
    found(world, 0.001, 0.04)

    assert judge(world) == 1
    reason = "alike: 11 of 12 answers the same as another's, by chance 0.001, limit 0.02"
    assert done(world) == [("a", "block", reason)]


def test_a_rule_acts_once_on_an_annotator_whatever_later_runs_find(world: World) -> None:
    create(world, action="warn")
    found(world, 0.001)
    judge(world)
    found(world, 0.0001)

    assert judge(world) == 0


def test_whom_a_person_has_spared_is_not_suspected_again(world: World) -> None:
    create(world)
    found(world, 0.001)
    judge(world)
    taken = actions.one_page_of(
        world.session, world.requester, world.project_id,
        annotator_id=None, rule_id=None, in_force=True, after=None, limit=1,
    ).items[0]  # fmt: skip
    actions.undo(world.session, world.requester, taken.id, reason="they sit side by side")

    found(world, 0.0001)

    assert judge(world) == 0


def test_what_a_trial_says_is_what_the_rule_then_does_to_the_past(world: World) -> None:
    found(world, 0.03, 0.01), found(world, 0.01, 0.001)
    trial = rules.dry_run(world.session, world.requester, world.project_id, **COPYING)

    create(world)
    assert judge(world) == 0
    create(world, name="all", from_beginning=True, allow_many=True)

    assert judge(world) == trial.hit == 2
    assert {reason for _, _, reason in done(world)} == {f"all: {h.reason}" for h in trial.hits}
    assert {hit.place for hit in trial.hits} == {1, 2}


def test_few_tasks_in_common_are_no_reason(world: World) -> None:
    create(world, least=13)
    found(world, 0.001, common=12)

    assert judge(world) == 0


def test_what_is_probable_by_chance_is_not_kept(world: World) -> None:
    found(world, 0.05, 0.9)

    page = likenesses.one_page_of(
        world.session, world.requester, world.project_id, annotator_id=None, after=None, limit=10
    )
    assert page.items == []


@pytest.mark.parametrize(("terms", "field"), [({"below": 0.1}, "below"), ({"sure": 0.9}, "sure")])
def test_terms_that_make_no_sense_are_refused(
    world: World, terms: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        create(world, **terms)

    assert list(refused.value.errors) == [field]
