"""Sets of labels and scales, from the answers to the decision."""

from __future__ import annotations

import json
import uuid

import numpy as np
import pytest

from crowd.models import ConsensusRun, Result, Skill, Task
from crowd.services import disputes, evidence, results, rulings, runs
from tests.factories import World
from tests.workers.test_consensus_jobs import events, newest
from workers.asking import posterior_of_sets
from workers.jobs import consensus as jobs

LABELS = ["cat", "dog", "cow"]


def a_set(*labels: str) -> str:
    return json.dumps(list(labels))


def newest_run(world: World) -> ConsensusRun:
    fit = runs.newest(world.session, world.project_id, ())
    assert fit is not None
    return fit.run


def skills(world: World) -> dict[str, Skill]:
    page = runs.skills_page(world.session, world.requester, world.project_id, after=None, limit=9)
    return {str(row.skill.annotator_id): row.skill for row in page.items}


@pytest.fixture
def sets(world: World) -> World:
    world.change(answer_type="multi-label", labels=LABELS, overlap_min=2, overlap_max=3)
    return world


def test_a_set_that_all_agree_on_is_resolved_as_a_whole(sets: World) -> None:
    task = sets.task()
    for name in ("a", "b"):
        sets.answer(name, task, a_set("cat", "cow"))
    told = events(sets, "answer.submitted")

    jobs.update_posteriors(told)
    jobs.update_posteriors(told)

    decision = newest(sets, task.id)
    assert (decision.label, decision.answers_seen) == (a_set("cat", "cow"), 2)
    assert decision.confidence == decision.posterior[a_set("cat", "cow")]
    assert 0.5 < decision.confidence < 1


def test_an_empty_set_is_an_answer_too(sets: World) -> None:
    task = sets.task()
    for name in ("a", "b"):
        sets.answer(name, task, a_set())

    jobs.update_posteriors(events(sets, "answer.submitted"))

    assert newest(sets, task.id).label == a_set()


def test_sets_that_differ_by_one_label_agree_on_the_others(sets: World) -> None:
    task = sets.task()
    sets.answer("a", task, a_set("cat", "dog"))
    sets.answer("b", task, a_set("cat"))

    jobs.update_posteriors(events(sets, "answer.submitted"))

    decision = newest(sets, task.id)
    # of the one they differ in nothing is known
    assert decision.state == "open"
    assert decision.posterior[a_set("cat")] == pytest.approx(
        decision.posterior[a_set("cat", "dog")]
    )
    assert decision.label is None


def test_a_fit_learns_who_is_right_and_both_speeds_agree(sets: World) -> None:
    sets.change(overlap_min=3)
    tasks = [sets.task() for _ in range(12)]
    known = [sets.task(gold=a_set("cat")) for _ in range(4)]
    for number, task in enumerate([*tasks, *known]):
        right = a_set("cat") if task in known else a_set(*LABELS[: 1 + number % 3])
        for name in ("good", "fair"):
            sets.answer(name, task, right)
        sets.answer("bad", task, a_set("dog", "cow") if number % 2 else a_set())

    jobs.refit_project(sets.project_id)
    fitted = {task.id: newest(sets, task.id).posterior for task in tasks}
    told = events(sets, "answer.submitted")
    jobs.update_posteriors(told)

    run, found = newest_run(sets), skills(sets)
    good, bad = (found[str(sets.annotator(name).id)] for name in ("good", "bad"))
    assert (run.labels, run.answers_seen, run.tasks_seen) == (["no", "yes"], 48, 16)
    assert (good.answers, good.gold_seen, good.gold_correct) == (16, 4, 4)
    assert good.accuracy > 0.9 > bad.accuracy
    for task in tasks:
        again = results.versions(sets.session, sets.requester, task.id)[0].posterior
        assert again == pytest.approx(fitted[task.id], abs=1e-9)


def test_the_likeliest_sets_are_among_those_that_are_told() -> None:
    belongs = np.array([0.9, 0.2, 0.6])

    told = posterior_of_sets(belongs, LABELS)

    assert sum(told.values()) == pytest.approx(1.0)
    assert max(told, key=lambda each: told[each]) == a_set("cat", "cow")
    assert told[a_set("cat", "cow")] == pytest.approx(0.9 * 0.8 * 0.6)


def test_on_a_scale_a_near_miss_counts_for_its_neighbour(world: World) -> None:
    scale = ["none", "little", "some", "much", "all"]
    world.change(answer_type="ordinal", labels=scale, overlap_min=3)
    task = world.task()
    for name, said in (("a", "some"), ("b", "much"), ("c", "some")):
        world.answer(name, task, said)

    jobs.refit_project(world.project_id)

    found = newest(world, task.id).posterior
    assert newest_run(world).method == "ordinal-dawid-skene"
    assert found["some"] > found["much"] > found["none"]
    assert found["little"] > found["none"]


def test_results_of_sets_are_listed_as_any_other(sets: World) -> None:
    task = sets.task()
    for name in ("a", "b"):
        sets.answer(name, task, a_set("dog"))
    jobs.update_posteriors(events(sets, "answer.submitted"))

    (result,) = results.versions(sets.session, sets.requester, task.id)

    assert isinstance(result, Result)
    assert json.loads(result.label or "") == ["dog"]


def test_doubt_asks_for_one_more_answer_and_never_for_more_than_there_may_be(
    world: World,
) -> None:
    world.change(overlap_min=1, overlap_max=2, target_confidence=0.6)
    sure, unsure = world.tasks(2)
    world.answer("a", sure, "yes"), world.answer("a", unsure, "yes", unsure=True)
    jobs.update_posteriors(events(world, "answer.submitted"))
    before = [newest(world, task.id).state for task in (sure, unsure)]

    world.answer("b", unsure, "yes", unsure=True)
    jobs.update_posteriors(events(world, "answer.submitted"))

    assert before == ["resolved", "open"]
    assert newest(world, unsure.id).state == "resolved"


@pytest.fixture
def numbers(world: World) -> World:
    asked = {"minimum": 0.0, "maximum": 100.0, "step": None, "unit": "%", "tolerance": 5.0}
    world.change(answer_type="numeric", labels=[], number=asked, overlap_min=3, overlap_max=4)
    return world


def say(world: World, task: Task, *given: str) -> Result:
    for name, text in zip("abcd", given, strict=False):
        world.answer(name, task, text)
    jobs.update_posteriors(events(world, "answer.submitted"))
    return newest(world, task.id)


def test_where_all_give_one_number_that_is_the_result(numbers: World) -> None:
    decision = say(numbers, numbers.task(), "37", "37.0", "3.7e1")

    assert decision.label == "37"
    assert decision.posterior["37"] == pytest.approx(decision.confidence)


def test_the_result_is_the_mean_of_those_who_agree_and_not_of_the_rest(numbers: World) -> None:
    decision = say(numbers, numbers.task(), "36", "38", "90")

    assert decision.label == "37"
    assert decision.posterior["90"] < 0.2


def test_numbers_that_are_far_apart_are_a_tie(numbers: World) -> None:
    numbers.change(overlap_min=4)

    decision = say(numbers, numbers.task(), "10", "90", "10", "90")

    assert (decision.label, decision.state) == (None, "disputed")


def test_a_fit_of_numbers_finds_out_who_is_off(numbers: World) -> None:
    tasks = [numbers.task(gold=str(n)) if n < 40 else numbers.task() for n in range(5, 95, 5)]
    for value, task in zip(range(5, 95, 5), tasks, strict=True):
        for name, given in (("good", value), ("fair", value), ("bad", (value * 7) % 100)):
            numbers.answer(name, task, str(given))

    jobs.refit_project(numbers.project_id)
    fitted = {task.id: dict(newest(numbers, task.id).posterior) for task in tasks}
    jobs.update_posteriors(events(numbers, "answer.submitted"))

    found, run = skills(numbers), newest_run(numbers)
    good, bad = (found[str(numbers.annotator(name).id)] for name in ("good", "bad"))
    assert (run.method, len(run.labels), run.answers_seen) == ("ordinal-dawid-skene", 20, 54)
    assert (good.gold_seen, good.gold_correct) == (7, 7)
    assert good.accuracy > bad.accuracy + 0.3
    for task in tasks:
        assert newest(numbers, task.id).posterior == pytest.approx(fitted[task.id], abs=1e-9)


def disputed(world: World, *given: str) -> uuid.UUID:
    """Let answers contradict each other until there are no more; gives the dispute."""
    say(world, world.task(), *given)
    page = disputes.one_page_of(
        world.session, world.requester, world.project_id, state=None, after=None, limit=1
    )
    return page.items[0].dispute.id


@pytest.mark.parametrize(
    ("kind", "given", "ruled", "kept"),
    [
        ("sets", (a_set("cat"), a_set("dog")), '["dog","cat"]', a_set("cat", "dog")),
        ("numbers", ("10", "90"), "4.2e1", "42"),
    ],
)
def test_a_dispute_about_a_set_or_a_number_is_looked_at_and_ruled(
    request: pytest.FixtureRequest, kind: str, given: tuple[str, ...], ruled: str, kept: str
) -> None:
    world: World = request.getfixturevalue(kind)
    world.change(overlap_min=2, overlap_max=2)
    dispute_id = disputed(world, *given)

    found = evidence.read(world.session, world.requester, dispute_id)
    made = rulings.rule(
        world.session,
        world.requester,
        dispute_id,
        label=ruled,
        reason="subjective",
        expected=str(found.row.dispute.version),
    )

    assert sorted(ballot.label for ballot in found.ballots) == sorted(given)
    assert made.ruling.ruling.label == kept


def test_whole_numbers_finer_than_a_step_are_decided_once_people_are_seen_to_count(
    world: World,
) -> None:
    asked = {"minimum": 0.0, "maximum": 50.0, "step": 1.0, "unit": "people", "tolerance": 0.5}
    bounds = {"overlap_min": 3, "overlap_max": 7, "target_confidence": 0.9}
    world.change(answer_type="numeric", labels=[], number=asked, **bounds)
    for number in range(20):
        say(world, world.task(), *(str(3 + number),) * 3)
    assert say(world, world.task(), "12", "12", "12").state == "open"

    jobs.refit_project(world.project_id)

    sure = say(world, world.task(), "12", "12", "12")
    assert (sure.state, sure.label) == ("resolved", "12")
    torn = say(world, world.task(), "12", "13", "12")
    assert torn.confidence < sure.confidence
