"""Surveys: what was planted in the answers is what they find."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from crowd.models import Answer, Dispute, Survey
from crowd.services import (
    drifts,
    exclusions,
    gold,
    gold_candidates,
    gold_review,
    guidelines,
    pools,
    results,
    rulings,
    surveys,
)
from tests.factories import World, decided
from tests.workers.planted_answers import crowd, other, spread
from tests.workers.test_consensus_jobs import events, request_fit
from workers.jobs import consensus
from workers.jobs import surveys as jobs


def survey(world: World) -> None:
    """Fit, then survey, twice."""
    consensus.refit(request_fit(world))
    surveys.request(world.session, world.requester, world.project_id)
    told = events(world, surveys.REQUESTED)
    jobs.survey(told), jobs.survey(told)


def figure(world: World, name: str) -> dict[str, Any]:
    return surveys.figure(world.session, world.requester, world.project_id, name)


def test_a_survey_says_what_it_went_over_and_its_event_ends(world: World) -> None:
    crowd(world, 6, "abc", lambda *_: 1.0)

    survey(world)

    found = figure(world, "agreement")
    assert found["overall"]["value"] == 1.0
    assert found["survey"]["answers"] == 18
    assert (found["survey"]["run_number"], found["survey"]["one_in"]) == (0, 1)
    assert events(world, surveys.REQUESTED) == []


def test_agreement_is_told_by_class_and_by_marketplace(world: World) -> None:
    crowd(world, 40, "abcd", lambda name, _: 0.95 if name in "ab" else 0.8)

    survey(world)

    found = figure(world, "agreement")
    assert 0.2 < found["overall"]["low"] < found["overall"]["value"] < found["overall"]["high"]
    assert [c["label"] for c in found["classes"]] == ["yes", "no"]
    assert [len(c["periods"]) for c in found["classes"]] == [1, 1]
    assert found["groups"]["by"] == "marketplace"
    assert [(p["one"], p["tasks"]) for p in found["groups"]["pairs"]] == [
        (found["groups"]["names"][0], 40)
    ]


def test_on_a_scale_neighbours_agree_better_than_ends(session: Session) -> None:
    found = {}
    for kind in ("categorical", "ordinal"):
        scale = World(session, labels=["low", "middle", "high"], answer_type=kind)
        for said in (("low", "low"), ("low", "middle"), ("high", "high"), ("high", "middle")):
            task = scale.task()
            for name, label in zip("ab", said, strict=True):
                scale.answer(name, task, label)
        survey(scale)
        found[kind] = figure(scale, "agreement")

    assert found["ordinal"]["scale"] == "ordinal"
    assert found["ordinal"]["overall"]["value"] > found["categorical"]["overall"]["value"] + 0.2


def test_pools_are_compared_where_the_project_has_them(world: World) -> None:
    good, poor = (pools.create(world.session, world.requester, name=n) for n in ("good", "poor"))
    for name in "abcd":
        pool = good if name in "ab" else poor
        who = world.annotator(name).id
        pools.put_member(
            world.session, world.requester, pool.id, who, admitted=True, reason="planted"
        )
    world.change(pools=["good", "poor"])
    crowd(world, 60, "abcd", lambda name, _: 0.97 if name in "ab" else 0.7)

    survey(world)

    found = figure(world, "agreement")["groups"]
    pairs = {(p["one"], p["other"]): p["value"] for p in found["pairs"]}
    assert found["by"] == "pool"
    assert pairs["good", "good"] > pairs["good", "poor"] > pairs["poor", "poor"]


def test_answers_that_were_asked_for_because_people_disagreed_do_not_count(world: World) -> None:
    crowd(world, 30, "ab", lambda *_: 0.9)
    before = len(list(world.session.scalars(select(Answer.id))))
    for task in [world.task() for _ in range(5)]:
        for name, label in zip("abcdef", ("yes", "yes", "no", "no", "no", "no"), strict=True):
            world.session.execute(
                text("UPDATE tasks SET wanted = 10, cap = 10 WHERE id = :t"), {"t": task.id}
            )
            world.answer(name, task, label)
    survey(world)

    found = figure(world, "agreement")
    assert found["answers_a_task"] == 2
    assert found["overall"]["pairs"] == 35
    assert found["survey"]["answers"] == before - 1 + 30


def test_confusion_is_held_against_people_and_gold(world: World) -> None:
    crowd(world, 12, "ab", lambda name, _: 1.0 if name == "a" else 0.0, known=5)

    survey(world)

    found = figure(world, "confusion")
    assert found["annotators"]["shares"] == [[0.0, 1.0], [1.0, 0.0]]
    assert sum(map(sum, found["gold"]["counts"])) == 10
    assert all(row in ([0.5, 0.5], [None, None]) for row in found["gold"]["shares"])
    assert found["rulings"]["counts"] == [[0, 0], [0, 0]]


def test_calibration_is_of_what_was_stated_blind(world: World) -> None:
    crowd(world, 20, "abc", lambda *_: 0.9, known=12)

    survey(world)

    found = figure(world, "calibration")
    assert found["gold"]["tasks"] == 12
    assert sum(b["tasks"] for b in found["gold"]["bins"]) == 12
    assert found["gold"]["stated"] < 1.0
    assert found["rulings"] is None


def test_what_people_ruled_is_held_against_what_was_disputed(world: World) -> None:
    task = world.task()
    world.answer("a", task, "yes"), world.answer("b", task, "no")
    results.record(world.session, world.config, [decided(task, "disputed", p=0.6)])
    dispute = world.session.scalars(select(Dispute).filter_by(task_id=task.id)).one()
    for version, label in (("1", "yes"), ("2", "no")):
        said: dict[str, Any] = {"expected": version, "label": label, "reason": "ambiguous_item"}
        rulings.rule(world.session, world.requester, dispute.id, **said)

    survey(world)

    found = figure(world, "calibration")["rulings"]
    assert (found["tasks"], found["stated"], found["right"]) == (1, 0.6, 0.0)
    assert figure(world, "confusion")["rulings"]["counts"] == [[0, 0], [1, 1]]


def test_an_audit_tells_of_what_was_resolved(world: World) -> None:
    world.change(rulings={"audit_share": 1.0})
    task = world.task()
    world.answer("a", task, "yes"), world.answer("b", task, "yes")
    results.record(world.session, world.config, [decided(task, "resolved", p=0.97)])
    dispute = world.session.scalars(select(Dispute).filter_by(task_id=task.id)).one()
    said: dict[str, Any] = {"expected": "1", "label": "no", "reason": "annotator_error"}
    rulings.rule(world.session, world.requester, dispute.id, **said)

    survey(world)

    found = figure(world, "calibration")
    assert (found["audits"]["stated"], found["audits"]["right"]) == (0.97, 0.0)
    assert found["rulings"] is None


def test_a_share_that_moves_is_off_and_gold_is_no_part_of_it(world: World) -> None:
    world.change(expected_shares=[0.5, 0.5])
    for _ in range(40):
        world.answer("a", world.task(), "yes")
    for _ in range(10):
        world.answer("a", world.task(gold="no"), "no")

    survey(world)

    found = figure(world, "label_shares")
    assert found["expected_from"] == "config"
    assert [(p["tasks"], p["shares"], p["off"]) for p in found["periods"]] == [
        (40, [1.0, 0.0], True)
    ]


def test_a_guideline_that_helps_shows_by_how_much(world: World) -> None:
    crowd(world, 40, "abc", lambda *_: 0.7, known=40)
    guidelines.add(world.session, world.requester, world.project_id, body="Look twice.")
    world.change(guideline=1, must_accept=False)
    crowd(world, 40, "abc", lambda *_: 0.97, known=40)

    survey(world)

    found = surveys.guideline_effect(world.session, world.requester, world.project_id, 1)
    assert (found["before_version"], found["answers_before"], found["answers_after"]) == (
        None,
        120,
        120,
    )
    assert found["gold"]["before"]["share"] < 0.8 < 0.93 < found["gold"]["after"]["share"]
    assert found["gold"]["low"] > 0.05
    assert found["agreement"]["low"] > 0


def test_whose_accuracy_fell_is_found_with_the_moment(world: World) -> None:
    crowd(world, 120, "abcd", lambda name, n: 0.2 if name == "d" and n >= 60 else 0.95)
    spread(world, 20)

    survey(world)

    page = drifts.one_page_of(
        world.session, world.requester, world.project_id, changed=True, after=None, limit=10
    )
    assert [row.annotator_id for row in page.items] == [world.annotator("d").id]
    fallen = page.items[0]
    assert fallen.before > 0.85 > 0.4 > fallen.after
    assert abs((fallen.changed_at - datetime(2026, 3, 12, tzinfo=UTC)).days) <= 2
    assert figure(world, "drift")["changed"]


def test_answers_that_do_not_count_are_no_part_of_it(world: World) -> None:
    crowd(world, 10, "abs", lambda name, _: 0.0 if name == "s" else 1.0)
    wish = {"annotator_id": world.annotator("s").id, "reason": "spam"}
    exclusions.exclude(world.session, world.requester, world.project_id, **wish)

    survey(world)

    assert figure(world, "agreement")["overall"]["value"] == 1.0


def test_gold_that_good_annotators_miss_is_doubted(world: World) -> None:
    made = crowd(world, 30, "abc", lambda *_: 0.97, known=20)
    wrong, label = made[0]
    gold.put(world.session, world.requester, wrong, label=other(label))

    survey(world)

    page = gold_review.one_page_of(
        world.session, world.requester, world.project_id, sort="doubt", after=None, limit=5
    )
    worst = page.items[0]
    assert (worst.task_id, worst.instead) == (wrong, label)
    assert worst.concern in ("contested", "doubted")
    assert worst.doubt > 0.5 > page.items[1].doubt
    assert (worst.right.count, worst.right.of, worst.fresh_annotators) == (0, 3, 0)


def test_sure_tasks_are_suggested_as_gold_once(world: World) -> None:
    crowd(world, 40, "abcd", lambda *_: 0.97, known=20)
    survey(world)
    listed = suggested(world)
    assert 5 < len(listed) <= 20
    assert not {task for task, _ in listed} & set(
        gold.labels_of_project(world.session, world.project_id)
    )

    taken, label = listed[0]
    dismissed, _ = listed[1]
    gold.put(world.session, world.requester, taken, label=label)
    gold.retire(world.session, world.requester, taken, reason="too easy")
    gold_candidates.dismiss(world.session, world.requester, world.project_id, dismissed)
    survey(world)

    assert {taken, dismissed}.isdisjoint(task for task, _ in suggested(world))


def suggested(world: World) -> list[tuple[uuid.UUID, str]]:
    page = gold_candidates.one_page_of(
        world.session, world.requester, world.project_id, after=None, limit=50
    )
    return [(row.task.id, row.candidate.label) for row in page.items]


def test_a_fit_is_followed_by_a_survey_and_the_next_waits(world: World) -> None:
    crowd(world, 3, "ab", lambda *_: 1.0)
    jobs.find_due([])
    assert events(world, surveys.REQUESTED) == []
    consensus.refit(request_fit(world))

    jobs.find_due([]), jobs.find_due([])
    assert len(events(world, surveys.REQUESTED)) == 1

    jobs.survey(events(world, surveys.REQUESTED))
    consensus.refit(request_fit(world))
    jobs.find_due([])
    assert events(world, surveys.REQUESTED) == []

    world.session.execute(update(Survey).values(created_at=datetime(2026, 1, 1, tzinfo=UTC)))
    jobs.find_due([])
    assert len(events(world, surveys.REQUESTED)) == 1


def test_what_has_grown_by_half_is_surveyed_again_after_a_minute(world: World) -> None:
    crowd(world, 4, "ab", lambda *_: 1.0)
    consensus.refit(request_fit(world)), jobs.survey_project(world.project_id)
    a_while_ago = datetime.now(UTC) - timedelta(seconds=3 * surveys.GROWN_S)
    taken = {"created_at": a_while_ago, "started_at": a_while_ago}
    world.session.execute(update(Survey).values(taken))

    crowd(world, 1, "ab", lambda *_: 1.0)
    consensus.refit(request_fit(world)), jobs.find_due([])
    assert events(world, surveys.REQUESTED) == []

    crowd(world, 1, "ab", lambda *_: 1.0)
    consensus.refit(request_fit(world)), jobs.find_due([])
    assert len(events(world, surveys.REQUESTED)) == 1


def test_before_there_is_a_model_there_is_nothing_to_survey(world: World) -> None:
    jobs.survey_project(world.project_id)

    with pytest.raises(Exception, match="not been surveyed yet"):
        figure(world, "agreement")
