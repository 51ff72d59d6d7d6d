"""Models beside people, from the prediction to the decision."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import select

from crowd.errors import Conflict
from crowd.models import OutboxEvent, Task
from crowd.services import exclusions, models, predictions, qualifications, runs
from crowd.services.predictions import PredictionLine
from tests.factories import World
from tests.services.test_predictions import predict
from tests.workers.test_consensus_jobs import events, newest, request_fit
from workers.deciding import is_blind
from workers.jobs import consensus as jobs


def learn(world: World, *, right: int, of: int, name: str = "resnet@3") -> None:
    """Have a model predict gold, so many of its predictions right, and a fit learn what of it."""
    tasks = [world.task(gold="yes" if n % 2 else "no") for n in range(of)]
    for number, task in enumerate(tasks):
        world.answer("ann", task, "yes" if number % 2 else "no")
    told = [
        (task.external_id, "yes" if (n % 2 == 1) == (n < right) else "no")
        for n, task in enumerate(tasks)
    ]
    predict(world, *told, name=name)
    jobs.refit(request_fit(world))


def decide(world: World) -> None:
    jobs.update_posteriors(events(world, "answer.submitted"))
    world.session.expire_all()


def find_grown(world: World) -> list[int]:
    jobs.find_grown([])
    return events(world, "refit.requested")


def shown(world: World, blind: bool, share: float = 0.5) -> Task:
    """A task that is drawn, or not, for the blind share."""
    return next(task for _ in range(100) if is_blind((task := world.task()).id, share) == blind)


def test_a_model_that_is_right_counts_and_says_how_much(world: World) -> None:
    world.change(models={"use": "hidden"}, overlap_min=1, target_confidence=0.9)
    learn(world, right=20, of=20)
    alone, told = world.task(), world.task()
    predict(world, (told.external_id, "yes", None))
    for task in (alone, told):
        world.answer("new", task, "yes")
    decide(world)

    before, after = newest(world, alone.id), newest(world, told.id)

    assert after.confidence > before.confidence
    assert (before.models, after.answers_seen) == (None, 1)
    assert after.models is not None
    (said,) = after.models["predictions"]
    assert said == {"model": "resnet@3", "label": "yes", "confidence": None, "counts": True}
    assert after.models["people"]["yes"] == pytest.approx(before.confidence, abs=1e-5)


def test_a_model_that_is_no_better_than_chance_changes_nothing(world: World) -> None:
    world.change(models={"use": "hidden"}, overlap_min=1)
    learn(world, right=10, of=20)
    task = world.task()
    predict(world, (task.external_id, "no"))
    world.answer("new", task, "yes")
    decide(world)

    result = newest(world, task.id)

    assert result.models is not None
    assert not result.models["predictions"][0]["counts"]
    assert result.posterior == pytest.approx(result.models["people"], abs=1e-5)


@pytest.mark.parametrize("use", ["off", "prelabel"])
def test_predictions_have_no_say_unless_the_project_lets_them_but_are_judged(
    world: World, use: str
) -> None:
    world.change(models={"use": use}, overlap_min=1)
    learn(world, right=20, of=20)
    task = world.task()
    predict(world, (task.external_id, "no"))
    world.answer("new", task, "yes")
    decide(world)

    assert newest(world, task.id).models is None
    (model,) = models.of_project(world.session, world.requester, world.project_id)
    assert (model.predictions, model.is_listened_to) == (21, True)
    assert model.accuracy is not None
    jobs.refit(request_fit(world))
    assert newest(world, task.id).models is None


def test_a_retired_model_has_no_say_until_it_is_registered_again(world: World) -> None:
    world.change(models={"use": "hidden"}, overlap_min=1)
    learn(world, right=20, of=20)
    task = world.task()
    predict(world, (task.external_id, "no"))
    world.answer("new", task, "yes")
    decide(world)
    heard = newest(world, task.id)
    who = world.session, world.requester, world.project_id, "resnet@3"

    for _ in range(2):
        models.retire(*who)
    jobs.refit(events(world, "refit.requested"))
    alone = newest(world, task.id)
    with pytest.raises(Conflict, match="retired"):
        predict_again(world, task)
    models.register(*who)
    jobs.refit(events(world, "refit.requested"))

    again = newest(world, task.id)
    assert (alone.models, again.models is None) == (None, False)
    assert heard.confidence < alone.confidence > again.confidence


def predict_again(world: World, task: Task) -> None:
    line = PredictionLine(task.external_id, "no")
    predictions.add(world.session, world.requester, world.project_id, "resnet@3", [line])


def test_a_model_has_a_matrix_of_its_own(world: World) -> None:
    world.change(models={"use": "hidden"})
    learn(world, right=18, of=20)

    (model,) = models.of_project(world.session, world.requester, world.project_id)
    page = runs.skills_page(world.session, world.requester, world.project_id, after=None, limit=9)

    kinds = {row.skill.annotator_id: row.kind for row in page.items}
    assert kinds == {model.annotator_id: "model", world.annotator("ann").id: "human"}
    assert model.accuracy_low is not None
    assert 0.5 < model.accuracy_low < 0.9 < (model.accuracy_high or 0)
    assert (model.judged_on, model.labels, model.is_listened_to) == (20, ["yes", "no"], True)
    assert model.confusion is not None
    assert all(sum(row) == pytest.approx(1) for row in model.confusion)
    assert model.confusion[0][0] > 0.7 < model.confusion[1][1]


def test_predictions_that_come_late_lead_to_another_fit(world: World) -> None:
    world.change(models={"use": "hidden"}, overlap_min=1)
    learn(world, right=20, of=20)
    jobs.refit(events(world, "refit.requested"))
    task = world.task()
    world.answer("new", task, "yes")
    decide(world)
    alone = newest(world, task.id).confidence

    predict(world, (task.external_id, "no"))
    asked = find_grown(world)
    jobs.refit(asked)
    jobs.refit(asked)

    assert newest(world, task.id).confidence < alone
    assert find_grown(world) == []


def test_a_result_says_what_a_model_said_also_where_that_changed_nothing(world: World) -> None:
    world.change(models={"use": "hidden"}, overlap_min=1)
    task = world.task()
    world.answer("new", task, "yes")
    decide(world)

    predict(world, (task.external_id, "no"))
    asked = find_grown(world)
    for _ in range(2):
        jobs.refit(asked)

    result = newest(world, task.id)
    assert result.models is not None
    assert (result.version, result.models["predictions"][0]["counts"]) == (2, False)


def test_a_decision_made_before_a_prediction_came_does_not_outlive_it(world: World) -> None:
    world.change(models={"use": "hidden"}, overlap_min=1)
    task = world.task()
    before = task.revision

    predict(world, (task.external_id, "yes"))
    predict(world, (task.external_id, "yes"))

    world.session.refresh(task)
    assert task.revision == before + 1


def closed(world: World, tasks: Sequence[Task]) -> list[tuple[int, str]]:
    world.session.expire_all()
    return [(task.answered, task.state) for task in tasks]


def test_with_routing_a_sure_task_takes_fewer_answers_but_for_the_blind_share(
    world: World,
) -> None:
    routing = {"use": "routing", "least_human": 1, "blind_share": 0.5}
    world.change(models=routing, overlap_min=3, overlap_max=4, target_confidence=0.8)
    learn(world, right=20, of=20)
    told, blind, untold = shown(world, False), shown(world, True), shown(world, False)
    predict(world, (told.external_id, "yes"), (blind.external_id, "yes"))
    assert {task.wanted for task in (told, blind, untold)} == {1}

    for task in (told, blind, untold):
        world.answer("first", task, "yes")
    decide(world)

    assert world.counters(told) == (1, 0, 1, "resolved")
    assert world.counters(blind) == world.counters(untold) == (3, 0, 1, "open")


def test_with_routing_a_model_may_close_a_task_alone(world: World) -> None:
    routing = {"use": "routing", "least_human": 0, "blind_share": 0.5}
    world.change(models=routing, target_confidence=0.7)
    learn(world, right=20, of=20)
    told, blind, untold = shown(world, False), shown(world, True), shown(world, False)
    predict(world, (told.external_id, "yes"), (blind.external_id, "yes"))

    jobs.refit(find_grown(world))

    assert closed(world, [told, blind, untold]) == [(0, "resolved"), (0, "open"), (0, "open")]
    result = newest(world, told.id)
    assert (result.label, result.answers_seen, result.reason) == ("yes", 0, "target_reached")


def test_what_models_have_closed_alone_is_open_again_when_they_may_not_any_more(
    world: World,
) -> None:
    routing = {"use": "routing", "least_human": 0, "blind_share": 0.0}
    world.change(models=routing, target_confidence=0.7)
    learn(world, right=20, of=20)
    task = world.task()
    predict(world, (task.external_id, "yes"))
    jobs.refit(find_grown(world))
    assert world.counters(task) == (1, 0, 0, "resolved")

    world.change(models={"use": "hidden"})
    jobs.refit(events(world, "refit.requested"))

    assert world.counters(task) == (2, 0, 0, "open")


def test_a_predicted_task_that_loses_its_answers_is_decided_once(world: World) -> None:
    world.change(models={"use": "hidden"}, overlap_min=1)
    learn(world, right=20, of=20)
    task = world.task()
    predict(world, (task.external_id, "yes"))
    world.answer("spammer", task, "yes")
    decide(world)

    wish = {"annotator_id": world.annotator("spammer").id, "reason": "spam"}
    exclusions.exclude(world.session, world.requester, world.project_id, **wish)
    jobs.update_posteriors(events(world, "answers.excluded"))

    result = newest(world, task.id)
    assert (result.state, result.answers_seen, result.version) == ("open", 0, 2)
    assert world.counters(task) == (1, 0, 0, "open")


def test_gold_is_routed_as_any_other_task(world: World) -> None:
    routing = {"use": "routing", "least_human": 1, "blind_share": 0.0}
    world.change(models=routing, overlap_min=3, overlap_max=4, target_confidence=0.8)
    learn(world, right=20, of=20)
    known, unknown = world.task(gold="no"), world.task()
    predict(world, (known.external_id, "yes"), (unknown.external_id, "yes"))

    for task in (known, unknown):
        world.answer("first", task, "yes")
    decide(world)
    jobs.refit(find_grown(world))

    assert world.counters(known) == world.counters(unknown)


@pytest.mark.parametrize("method", ["auto", "crowd-kit:wawa"])
def test_a_model_can_be_judged_by_gold_before_anybody_has_answered(
    world: World, method: str
) -> None:
    routing = {"use": "routing", "least_human": 0, "blind_share": 0.0}
    world.change(models=routing, target_confidence=0.6, method=method)
    jobs.refit(events(world, "refit.requested"))
    truth = [(world.task(gold=label).external_id, label) for label in ("yes", "no") * 15]
    new = world.task()
    predict(world, *truth, (new.external_id, "no"))

    jobs.refit(events(world, "refit.requested"))

    (model,) = models.of_project(world.session, world.requester, world.project_id)
    assert model.is_listened_to
    assert closed(world, [new]) == [(0, "resolved")]
    assert newest(world, new.id).label == "no"


def test_what_models_are_unsure_of_goes_to_the_qualified_alone(world: World) -> None:
    routing = {"use": "routing", "unsure_requires": ["expert"], "unsure_below": 0.6}
    world.change(models=routing)
    learn(world, right=18, of=20)
    told, untold = world.task("told"), world.task("untold")
    predict(world, ("told", "yes"))
    for below, expected in ((0.99, True), (0.0, False), (0.99, True)):
        world.change(models={"unsure_below": below})
        jobs.refit(request_fit(world))
        world.session.expire_all()
        assert (told.unsure, untold.unsure) == (expected, False)

    given = [lease.taken.external_id for lease in world.lease("new", count=9).leases]
    refused = world.lease("new", named=["told"]).refused
    qualifications.grant(world.session, world.requester, world.annotator("expert").id, "expert")
    to_expert = [lease.taken.external_id for lease in world.lease("expert", count=9).leases]

    assert ("untold" in given, "told" in given) == (True, False)
    assert [refusal.reason for refusal in refused] == ["not_qualified"]
    assert "told" in to_expert


def test_leaving_routing_asks_for_the_minimum_again(world: World) -> None:
    world.change(models={"use": "routing"}, overlap_min=3, overlap_max=4)
    task = world.task()

    world.change(models={"use": "off"})

    world.session.refresh(task)
    assert task.wanted == 3
    assert world.session.scalar(
        select(OutboxEvent.id).filter_by(topic="refit.requested", project_id=world.project_id)
    )


def test_the_blind_share_is_drawn_for_good_and_grows_with_it(world: World) -> None:
    tasks = [task.id for task in world.tasks(60)]

    few, many = ({t for t in tasks if is_blind(t, share)} for share in (0.2, 0.8))

    assert few < many
    assert [is_blind(tasks[0], share) for share in (0.0, 1.0)] == [False, True]
