"""Rules on quality: tried on the past, put in force, explained and undone."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from crowd.errors import Invalid, NotFound
from crowd.models import Action, Rule, Task
from crowd.services import actions, judgements, rules
from tests.factories import World, caller

PLAIN: dict[str, Any] = {
    "name": "gold",
    "collector": "gold_accuracy",
    "span": 10,
    "least": 4,
    "below": 0.6,
    "sure": None,
    "action": "block",
    "pause_seconds": None,
    "from_beginning": False,
}


def create(world: World, **terms: Any) -> Rule:
    return rules.create(world.session, world.requester, world.project_id, **{**PLAIN, **terms})


def trial(world: World, **terms: Any) -> rules.Trial:
    return rules.dry_run(world.session, world.requester, world.project_id, **{**PLAIN, **terms})


def judge(world: World) -> int:
    """Judge everybody who has something new; gives how many actions there were."""
    world.session.flush()
    replayed = judgements.to_replay(world.session, world.project_id)
    todo = judgements.annotators_to_judge(world.session, world.project_id)
    acted = sum(judgements.judge(world.session, world.project_id, who) for who in todo)
    judgements.note_replayed(world.session, replayed)
    world.session.expire_all()
    return acted


def on_gold(world: World, name: str, verdicts: str) -> list[Task]:
    """Answer one gold task after the other, `+` right and `-` wrong."""
    tasks = [world.task(gold="yes") for _ in verdicts]
    for task, verdict in zip(tasks, verdicts, strict=True):
        world.answer(name, task, "yes" if verdict == "+" else "no")
    return tasks


def done(world: World) -> list[tuple[str, str, str]]:
    """Who was dealt with how and why, in order."""
    names = {world.annotator(name).id: name for name in "abcdefg"}
    query = select(Action).filter_by(project_id=world.project_id).order_by(Action.id)
    return [(names[a.annotator_id], a.kind, a.reason) for a in world.session.scalars(query)]


def test_who_misses_too_much_gold_is_blocked_and_told_why(world: World) -> None:
    create(world)
    on_gold(world, "a", "+---"), on_gold(world, "b", "+-++")

    judge(world)

    assert done(world) == [("a", "block", "gold: gold 1 of 4 in the last 10, limit 0.6")]
    assert world.lease("a").reason == "blocked"
    assert world.lease("b").reason != "blocked"


def test_judging_again_does_nothing_twice(world: World) -> None:
    create(world, action="warn")
    on_gold(world, "a", "----")

    assert (judge(world), judge(world)) == (1, 0)
    on_gold(world, "a", "---")
    assert judge(world) == 0
    on_gold(world, "a", "-")
    assert judge(world) == 1


def test_a_new_rule_leaves_the_past_alone_unless_it_is_told_not_to(world: World) -> None:
    on_gold(world, "a", "----"), on_gold(world, "b", "++++")
    create(world)
    assert judge(world) == 0

    create(world, name="all", from_beginning=True)

    assert judge(world) == 1
    assert judge(world) == 0
    assert done(world)[0][:2] == ("a", "block")


def test_what_a_trial_finds_is_what_the_rule_then_does(world: World) -> None:
    on_gold(world, "a", "+--+----"), on_gold(world, "b", "++-+"), on_gold(world, "c", "-----++-")
    for terms in ({"action": "warn"}, {"action": "warn", "sure": 0.9}, {"action": "exclude"}):
        found = trial(world, **terms)

        rule = create(world, from_beginning=True, allow_many=True, **terms)
        judge(world)

        took = world.session.scalars(select(Action).filter_by(rule_id=rule.id)).all()
        assert {(a.annotator_id, a.answer_id) for a in took} == {
            (hit.annotator_id, hit.answer_id) for hit in found.hits
        }
        assert took
        for action in took:
            actions.undo(world.session, world.requester, action.id, reason="next")
        rules.retire(world.session, world.requester, rule.id)


def test_a_rule_in_force_finds_what_a_trial_finds_afterwards(world: World) -> None:
    rule = create(world, action="warn", span=5, least=3)
    for part in ("+-", "--+", "-", "++--", "---"):
        on_gold(world, "a", part)
        judge(world)

    took = world.session.scalars(
        select(Action.answer_id).filter_by(rule_id=rule.id).order_by(Action.id)
    ).all()

    assert took == [hit.answer_id for hit in trial(world, action="warn", span=5, least=3).hits]
    assert len(took) > 1


def test_a_trial_does_nothing(world: World) -> None:
    on_gold(world, "a", "----")

    found = trial(world)

    assert (found.annotators, found.judged, found.hit) == (1, 1, 1)
    assert found.hits[0].place == 4
    assert done(world) == []
    assert world.lease("a").reason != "blocked"


def test_agreement_counts_those_who_answered_before(world: World) -> None:
    world.change(overlap_min=3)
    create(world, collector="agreement", least=3, below=0.5, action="warn")
    for _ in range(3):
        task = world.task()
        (
            world.answer("b", task, "yes"),
            world.answer("c", task, "yes"),
            world.answer("a", task, "no"),
        )

    judge(world)

    reason = "gold: agreed with most others on 0 of 3 in the last 10, limit 0.5"
    assert done(world) == [("a", "warn", reason)]


def test_an_undone_action_lets_the_annotator_begin_anew(world: World) -> None:
    create(world)
    on_gold(world, "a", "----")
    judge(world)
    action = world.session.scalars(select(Action).filter_by(project_id=world.project_id)).one()

    actions.undo(world.session, world.requester, action.id, reason="the gold was wrong")

    assert judge(world) == 0
    on_gold(world, "a", "---")
    assert judge(world) == 0
    on_gold(world, "a", "-")
    assert judge(world) == 1


def test_a_retired_rule_judges_nobody(world: World) -> None:
    rule = create(world)
    rules.retire(world.session, world.requester, rule.id)
    on_gold(world, "a", "----")

    assert judge(world) == 0


def test_a_rule_that_would_stop_most_is_refused_unless_it_is_meant(world: World) -> None:
    for name in "abcdef":
        on_gold(world, name, "----" if name < "e" else "++++")

    with pytest.raises(Invalid, match="4 of 6"):
        create(world)
    assert world.session.scalars(select(Rule)).all() == []
    assert create(world, allow_many=True).id


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"least": 11}, "least"),
        ({"below": 1.5}, "below"),
        ({"collector": "speed", "sure": 0.9}, "sure"),
        ({"action": "pause"}, "pause_seconds"),
        ({"pause_seconds": 60}, "pause_seconds"),
    ],
)
def test_terms_that_make_no_sense_are_refused(
    world: World, terms: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        create(world, **terms)

    assert list(refused.value.errors) == [field]


def test_strangers_make_no_rules(world: World) -> None:
    stranger, _ = caller(world.session, "requester")

    with pytest.raises(NotFound):
        rules.create(world.session, stranger, world.project_id, **PLAIN)
