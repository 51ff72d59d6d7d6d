"""The way of one answer, through the client and the application itself."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
from sqlalchemy import select

from crowd.client import (
    AlreadyAnswered,
    Client,
    DuplicateExternalId,
    Expired,
    Invalid,
    Lease,
    MissingScope,
    Next,
    NotFound,
    StaleVersion,
    Unauthenticated,
    UnknownLabel,
)
from crowd.models import Assignment
from crowd.services import assignments
from tests.factories import World


def project_of(world: World) -> str:
    return str(world.project_id)


def test_a_project_is_made_opened_and_started(world: World, requester: Client) -> None:
    made = requester.projects.create("pets", ["cat", "dog"], overlap_max=5)
    for marketplace in requester.projects.marketplaces():
        requester.projects.open_to(made.id, marketplace.id)

    started = requester.projects.start(made.id)

    assert (made.state, started.state, started.config.overlap_max) == ("draft", "running", 5)
    assert made.id in [project.id for project in requester.projects.list()]
    with pytest.raises(StaleVersion):
        requester.projects.change(made.id, etag=made.etag, overlap_max=6)


def test_a_marketplace_sees_of_a_project_what_it_needs(world: World, marketplace: Client) -> None:
    config = marketplace.projects.get(project_of(world)).config

    assert config.labels == ("yes", "no")
    assert (config.overlap_max, config.target_confidence, config.method) == (None, None, None)


def test_tasks_come_one_by_one_and_in_bulk(world: World, requester: Client) -> None:
    project = project_of(world)
    one = requester.tasks.create(project, "one", {"text": "hi"}, priority=3)

    report = requester.imports.create(
        project, [{"external_id": "two", "gold": "yes"}, {"external_id": "one"}, {"external_id": 7}]
    )

    assert (report.received, report.created, report.rejected) == (3, 1, 2)
    assert [problem.line for problem in report.errors] == [2, 3]
    assert [task.external_id for task in requester.tasks.list(project)] == ["one", "two"]
    assert requester.tasks.get(one.id) == one


def test_gold_is_put_and_retired(world: World, requester: Client) -> None:
    task = str(world.task().id)

    assert requester.gold.put(task, "yes", explanation="clear").explanation == "clear"

    requester.gold.retire(task)
    with pytest.raises(NotFound):
        requester.gold.retire(task)


def test_annotators_are_registered_once(marketplace: Client) -> None:
    ann = marketplace.annotators.register("ann", pools=["experts"])

    with pytest.raises(DuplicateExternalId) as refused:
        marketplace.annotators.register("ann")

    assert refused.value.errors == {"external_id": ["already taken in your marketplace"]}
    assert marketplace.annotators.get(ann.id) == ann
    assert list(marketplace.annotators.list(pool="experts")) == [ann]
    assert list(marketplace.annotators.list(pool="none")) == []


def test_work_is_leased_extended_and_given_back(world: World, marketplace: Client) -> None:
    world.tasks(3)
    marketplace.annotators.register("ann")

    leased = marketplace.assignments.lease(project_of(world), "ann", count=2)

    first, second = leased.assignments
    assert (first.labels, leased.reason) == (("yes", "no"), None)
    assert marketplace.assignments.extend(first.id).expires_at >= first.expires_at
    assert marketplace.assignments.give_back(first.id).state == "returned"
    assert marketplace.assignments.get(second.id).state == "leased"


def test_named_work_that_cannot_be_had_says_why(world: World, marketplace: Client) -> None:
    world.task("here")
    marketplace.annotators.register("ann")

    leased = marketplace.assignments.lease_named(project_of(world), "ann", ["here", "nowhere"])

    assert [lease.task for lease in leased.assignments] == ["here"]
    assert [(refusal.task, refusal.reason) for refusal in leased.refused] == [
        ("nowhere", "no_such_task")
    ]


def test_no_work_is_an_answer(world: World, marketplace: Client) -> None:
    marketplace.annotators.register("ann")
    world.change(state="paused")

    leased = marketplace.assignments.lease(project_of(world), "ann")

    assert (leased.assignments, leased.reason, leased.retry_after) == ((), "paused", 300)


def test_an_answer_is_stored_and_the_next_task_leased(world: World, marketplace: Client) -> None:
    world.tasks(2)
    marketplace.annotators.register("ann")
    lease = marketplace.assignments.lease(project_of(world), "ann").assignments[0]

    sent = marketplace.answers.submit_and_lease(lease.id, "yes", count=5)

    assert (sent.answer.assignment_id, sent.answer.label) == (lease.id, "yes")
    assert len(sent.next.assignments) == 1
    assert sent.answer.submitted_at >= lease.leased_at


def test_refusals_come_as_their_own_exceptions(
    world: World, requester: Client, marketplace: Client
) -> None:
    world.task()
    held = str(world.hold("ann").id)
    with pytest.raises(UnknownLabel):
        marketplace.answers.submit(held, "perhaps")
    marketplace.answers.submit(held, "yes")

    with pytest.raises(AlreadyAnswered) as refused:
        marketplace.answers.submit(held, "yes")
    with pytest.raises(MissingScope):
        requester.answers.submit(held, "yes")
    with pytest.raises(Invalid) as invalid:
        marketplace.assignments.lease(project_of(world), "ann", count=0)

    assert refused.value.request_id
    assert "count" in invalid.value.errors


def test_an_answer_that_is_too_late_has_expired(world: World, marketplace: Client) -> None:
    world.change(overlap_min=1)
    world.task()
    held = world.hold("late").id
    world.let_expire(held)
    assignments.expire_due(world.session, limit=10)
    world.hold("faster")

    with pytest.raises(Expired):
        marketplace.answers.submit(str(held), "yes")


def test_of_many_answers_each_tells_what_became_of_it(world: World, marketplace: Client) -> None:
    world.tasks(3)
    marketplace.annotators.register("ann")
    first, second = marketplace.assignments.lease(project_of(world), "ann", count=2).assignments
    labels = {first.id: "yes", second.id: "perhaps", str(uuid.uuid4()): "yes"}

    sent = marketplace.answers.submit_many(labels, next=Next(project_of(world), "ann"))

    good, unknown, missing = sent.answers
    assert [outcome.assignment_id for outcome in sent.answers] == list(labels)
    assert good.answer is not None
    assert (good.answer.label, good.problem) == ("yes", None)
    assert (type(unknown.problem), unknown.answer) == (UnknownLabel, None)
    assert (type(missing.problem), missing.answer) == (NotFound, None)
    assert sent.next is not None
    assert len(sent.next.assignments) == 1


def test_more_answers_than_fit_into_a_request_go_in_several(
    world: World, marketplace: Client
) -> None:
    unknown = {str(uuid.uuid4()): "yes" for _ in range(250)}
    marketplace.annotators.register("ann")

    sent = marketplace.answers.submit_many(unknown, next=Next(project_of(world), "ann"))

    assert [outcome.assignment_id for outcome in sent.answers] == list(unknown)
    assert {type(outcome.problem) for outcome in sent.answers} == {NotFound}
    assert sent.next is not None
    assert sent.next.reason == "all_done"


def test_a_key_that_is_none_is_told(world: World, marketplace: Client) -> None:
    marketplace._connection._headers["Authorization"] = "Bearer crowd_no_key"

    with pytest.raises(Unauthenticated):
        next(marketplace.projects.list())


def test_an_annotator_works_until_nothing_is_left(world: World, marketplace: Client) -> None:
    world.tasks(3)
    marketplace.annotators.register("ann")
    work = marketplace.work(project_of(world), "ann", lambda lease: lease.labels[1])

    labels = [answer.label for answer in work]

    assert labels == ["no"] * 3
    assert (work.reason, work.retry_after) == ("none_left_for_you", 30)


def test_a_task_is_given_back_when_asking_fails(world: World, marketplace: Client) -> None:
    world.task()
    marketplace.annotators.register("ann")

    def fail(lease: Lease) -> str:
        raise RuntimeError("the page did not load")

    with pytest.raises(RuntimeError, match="the page"):
        list(marketplace.work(project_of(world), "ann", fail))

    states = world.session.scalars(select(Assignment.state).filter_by(project_id=world.project_id))
    assert states.all() == ["returned"]


def test_lists_are_read_to_their_end(
    world: World, requester: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crowd.client.connection.PAGE", 2)
    made = [str(task.id) for task in world.tasks(5)]

    assert [task.id for task in requester.tasks.list(project_of(world))] == made


def test_labels_are_taken_home(world: World, requester: Client, tmp_path: Path) -> None:
    world.task("known", gold="no"), world.task("unknown")
    project = project_of(world)

    labels = list(requester.exports.labels(project))
    requester.exports.download(project, tmp_path / "labels.csv", format="csv")

    assert [(label.external_id, label.label) for label in labels] == [
        ("known", "no"),
        ("unknown", None),
    ]
    assert (tmp_path / "labels.csv").read_text().startswith("external_id,label")
    assert [path.name for path in tmp_path.iterdir()] == ["labels.csv"]


def test_progress_runs_skills_results_and_disputes_can_be_read(
    world: World, requester: Client
) -> None:
    task, project = world.task(), project_of(world)
    world.answer("ann", task, "yes")
    requester.projects.refit(project)

    progress = requester.projects.progress(project)

    assert (progress.tasks, progress.answers, progress.waiting) == (1, 1, 1)
    assert not list(requester.projects.runs(project))
    assert not list(requester.projects.skills(project))
    assert not list(requester.results.list(project, state="open"))
    assert not list(requester.disputes.list(project))
    assert not requester.results.versions(str(task.id))
    assert [config.version for config in requester.projects.config_versions(project)] == [1]
