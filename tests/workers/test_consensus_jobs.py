"""The engine's jobs, each run twice."""

from __future__ import annotations

import uuid

import numpy as np
import pytest
from sqlalchemy import func, select

from consensus.votes import Votes
from crowd.models import ConsensusRun, OutboxEvent, Result, Skill
from crowd.services import (
    exclusions,
    gold,
    outbox,
    projects,
    qualifications,
    results,
    runs,
    standards,
)
from tests.factories import World
from workers.fitting import quick_posteriors
from workers.jobs import consensus as jobs


def events(world: World, topic: str) -> list[int]:
    query = select(OutboxEvent.id).filter_by(topic=topic, project_id=world.project_id)
    return list(world.session.scalars(query))


def request_fit(world: World) -> list[int]:
    outbox.publish(
        world.session,
        "refit.requested",
        project_id=world.project_id,
        subject_ids=[world.project_id],
    )
    return events(world, "refit.requested")


def skills(world: World) -> dict[str, float]:
    """What the newest run says of each annotator's accuracy."""
    page = runs.skills_page(world.session, world.requester, world.project_id, after=None, limit=100)
    names = {world.annotator(name).id: name for name in ("believer", "doubter")}
    return {names[row.skill.annotator_id]: row.skill.accuracy for row in page.items}


def newest(world: World, task_id: uuid.UUID) -> Result:
    return results.versions(world.session, world.requester, task_id)[0]


def count(world: World, model: type[ConsensusRun | Result]) -> int:
    query = select(func.count()).select_from(model).filter_by(project_id=world.project_id)
    return world.session.scalars(query).one()


def test_new_answers_lead_to_a_decision_and_their_events_end(world: World) -> None:
    task = world.task()
    world.answer("a", task, "yes"), world.answer("b", task, "yes")
    told = events(world, "answer.submitted")

    jobs.update_posteriors(told)
    jobs.update_posteriors(told)

    decision = newest(world, task.id)
    assert (decision.label, decision.answers_seen, decision.run_number) == ("yes", 2, 0)
    assert (count(world, Result), count(world, ConsensusRun)) == (1, 1)
    assert events(world, "answer.submitted") == []


def test_gold_that_is_overturned_moves_the_skill_of_everybody_it_touched(world: World) -> None:
    known = [world.task(gold="yes") for _ in range(8)]
    for task in known:
        world.answer("believer", task, "yes"), world.answer("doubter", task, "no")
    jobs.refit(request_fit(world))
    before = skills(world)

    for task in known[:6]:
        gold.put(world.session, world.requester, task.id, label="no")
    jobs.refit(events(world, "refit.requested"))

    after = skills(world)
    assert before["believer"] > 0.8 > 0.2 > before["doubter"]
    assert after["believer"] < 0.4 < 0.6 < after["doubter"]


def test_a_task_that_loses_its_answers_is_decided_from_what_is_left(world: World) -> None:
    shared = world.task()
    world.answer("spammer", shared, "no"), world.answer("good", shared, "yes")
    world.change(overlap_min=1, target_confidence=0.6)
    alone = world.task()
    world.answer("spammer", alone, "yes")
    jobs.update_posteriors(events(world, "answer.submitted"))
    assert newest(world, alone.id).state == "resolved"

    who = world.annotator("spammer").id
    wish = {"annotator_id": who, "reason": "spam"}
    exclusions.exclude(world.session, world.requester, world.project_id, **wish)
    jobs.update_posteriors(events(world, "answers.excluded"))

    after = newest(world, shared.id)
    assert (after.state, after.label, after.answers_seen) == ("resolved", "yes", 1)
    after = newest(world, alone.id)
    assert (after.state, after.label, after.answers_seen) == ("open", None, 0)
    assert world.counters(alone) == (1, 0, 0, "open")
    assert events(world, "answers.excluded") == []


def test_a_task_gets_one_more_answer_at_a_time_until_it_is_sure(world: World) -> None:
    world.change(target_confidence=0.85)
    task = world.task()
    world.answer("a", task, "yes"), world.answer("b", task, "no")
    jobs.update_posteriors(events(world, "answer.submitted"))
    assert world.counters(task) == (3, 0, 2, "open")

    world.answer("c", task, "yes")
    jobs.update_posteriors(events(world, "answer.submitted"))

    assert world.counters(task) == (3, 0, 3, "disputed")
    assert newest(world, task.id).reason == "low_confidence"


def test_a_fit_learns_skills_and_decides_again(world: World) -> None:
    for number in range(8):
        task, truth = world.task(gold="yes" if number % 2 else "no"), "yes" if number % 2 else "no"
        world.answer("good", task, truth), world.answer("always yes", task, "yes")

    asked = request_fit(world)
    jobs.refit(asked)
    jobs.refit(asked)

    skills = runs.skills_page(
        world.session, world.requester, world.project_id, after=None, limit=10
    ).items
    good, lazy = (row.skill for row in skills)
    assert good.accuracy > lazy.accuracy
    assert (good.gold_seen, good.gold_correct, lazy.gold_correct) == (8, 8, 4)
    assert count(world, ConsensusRun) == 1


def test_a_fit_qualifies_who_meets_the_standard(world: World) -> None:
    terms = {"reach": 0.5, "least_answers": 10, "least_gold": 10}
    standards.create(world.session, world.requester, world.project_id, qualification="b", **terms)
    for task in [world.task(gold="yes") for _ in range(12)]:
        world.answer("good", task, "yes"), world.answer("bad", task, "no")

    asked = request_fit(world)
    jobs.refit(asked)
    jobs.refit(asked)

    (view,) = standards.one_page_of(
        world.session, world.requester, world.project_id, retired=False, after=None, limit=9
    ).items
    assert view.held_by == 1
    who = world.annotator("good").id
    (held,) = qualifications.of_annotator(world.session, world.requester, who)
    assert (held.name, held.origin) == ("b", "derived")


def test_a_fit_ends_the_probation_of_who_has_shown_enough(world: World) -> None:
    world.change(probation={"gold": 4, "right": 0.75})
    for task in [world.task(gold="yes") for _ in range(4)]:
        world.answer("good", task, "yes"), world.answer("bad", task, "no")
    world.tasks(3)
    assert len(world.lease("good", count=2).leases) == 1

    asked = request_fit(world)
    jobs.refit(asked)
    jobs.refit(asked)

    assert len(world.lease("good", count=2).leases) == 2
    assert len(world.lease("bad", count=2).leases) == 1


def test_a_gold_task_is_decided_as_if_nothing_were_known(world: World) -> None:
    world.change(overlap_min=1)
    known, unknown = world.task(gold="yes"), world.task()
    world.answer("a", known, "no"), world.answer("a", unknown, "no")

    jobs.refit(request_fit(world))

    assert newest(world, known.id).confidence < 1
    assert world.counters(known) == world.counters(unknown)


def test_between_fits_the_quick_posterior_equals_the_full_one(world: World) -> None:
    tasks = world.tasks(5)
    for number, task in enumerate(tasks):
        world.answer("a", task, "yes"), world.answer("b", task, "no" if number == 2 else "yes")
    told = events(world, "answer.submitted")
    jobs.refit(request_fit(world))
    full = [newest(world, task.id).posterior["yes"] for task in tasks]

    fit = runs.newest(
        world.session, world.project_id, list(world.session.scalars(select(Skill.annotator_id)))
    )
    assert fit is not None
    rows = jobs.answers.of_tasks(world.session, [task.id for task in tasks])
    votes = Votes.from_rows(rows, world.config.labels)
    quick = dict(zip(votes.task_ids, quick_posteriors(votes, fit)[:, 0], strict=True))

    assert np.allclose([quick[task.id] for task in tasks], full, atol=1e-9)
    jobs.update_posteriors(told)
    assert count(world, Result) == 5


def test_a_project_that_has_grown_asks_for_a_fit_once(world: World) -> None:
    tasks = world.tasks(12)
    jobs.update_posteriors(events(world, "answer.submitted"))
    for task in tasks:
        world.answer("a", task, "yes"), world.answer("b", task, "yes")
    jobs.update_posteriors(events(world, "answer.submitted"))

    jobs.find_grown([])
    jobs.find_grown([])

    assert len(events(world, "refit.requested")) == 1


@pytest.mark.parametrize("method", ["majority", "dawid-skene", "glad", "crowd-kit:wawa"])
def test_another_method_can_be_chosen(world: World, method: str) -> None:
    world.change(method=method)
    task = world.task()
    world.answer("a", task, "yes"), world.answer("b", task, "yes")

    jobs.refit(request_fit(world))

    assert newest(world, task.id).label == "yes"
    progress = projects.progress(world.session, world.requester, world.project_id)
    assert progress.run_answers == 2


def test_new_labels_do_not_upset_what_was_learned_with_the_old(world: World) -> None:
    task = world.task()
    world.answer("a", task, "yes")
    jobs.refit(request_fit(world))

    world.change(labels=["yes", "no", "unsure"])
    world.answer("b", task, "unsure")
    jobs.update_posteriors(events(world, "answer.submitted"))

    assert newest(world, task.id).posterior.keys() == {"yes", "no", "unsure"}
