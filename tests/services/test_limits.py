"""Who has had enough, what the project can pay for, and until when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from crowd.errors import AssignmentExpired, NotFound
from crowd.models import Participation
from crowd.services import answers, assignments, projects, qualifications
from crowd.services.answers import Given
from tests.factories import World, caller


@pytest.mark.parametrize("span", ["hour", "day", "total"])
def test_an_annotator_has_a_quota(world: World, span: str) -> None:
    world.change(limits={"annotator": {span: 2}})
    world.tasks(5)

    assert len(world.lease("a", count=5).leases) == 2
    assert world.lease("a").reason == "limit_reached"
    assert world.lease("b").leases


def test_the_next_hour_has_its_own_quota(world: World) -> None:
    world.change(limits={"annotator": {"hour": 1}})
    world.tasks(2)
    world.lease("a")
    refused = world.lease("a")

    earlier = Participation.hour_at - timedelta(hours=1)
    world.session.execute(update(Participation).values(hour_at=earlier))

    assert refused.retry_after is not None
    assert 1 <= refused.retry_after <= 3600
    assert world.lease("a").leases


def test_what_is_given_back_does_not_count(world: World) -> None:
    world.change(limits={"annotator": {"hour": 1, "day": 1, "total": 1}})
    world.tasks(2)
    held = world.hold("a")

    assignments.give_back(world.session, world.marketplace, held.id)

    assert world.lease("a").leases


def test_a_marketplace_has_a_quota_for_all_its_annotators(world: World) -> None:
    world.change(limits={"marketplace": {"day": 3}})
    world.tasks(5)
    world.lease("a", count=2)

    assert len(world.lease("b", count=2).leases) == 1
    assert world.lease("c").reason == "limit_reached"


def test_an_annotator_holds_so_many_at_a_time(world: World) -> None:
    world.change(limits={"held": 2})
    task, *_ = world.tasks(3)
    held = world.hold("a", named=[task.external_id])
    world.lease("a")
    assert world.lease("a").reason == "limit_reached"

    answers.submit(world.session, world.marketplace, held.id, label="yes")

    assert world.lease("a").leases


def test_a_limit_holds_for_named_tasks_too(world: World) -> None:
    world.change(limits={"annotator": {"total": 1}})
    world.task("first"), world.task("second")

    leased = world.lease("a", named=["first", "second"])

    assert [lease.name for lease in leased.leases] == ["first"]
    assert [(r.task, r.reason) for r in leased.refused] == [("second", "limit_reached")]


def test_a_budget_is_not_overspent(world: World) -> None:
    world.change(budget_answers=3)
    world.tasks(4)
    held = world.hold("a")
    answers.submit(world.session, world.marketplace, held.id, label="yes")

    assert len(world.lease("b", count=4).leases) == 2
    assert world.lease("c").reason == "budget_spent"


def test_a_slot_given_back_is_money_given_back(world: World) -> None:
    world.change(budget_answers=1)
    world.tasks(2)
    held = world.hold("a")
    assert world.lease("b").reason == "budget_spent"

    assignments.give_back(world.session, world.marketplace, held.id)

    assert world.lease("b").leases


def test_a_late_answer_does_not_overspend_either(world: World) -> None:
    world.change(budget_answers=1)
    world.tasks(2)
    late = world.hold("a")
    world.let_expire(late.id)
    assignments.expire_due(world.session, limit=10)
    world.lease("b")

    with pytest.raises(AssignmentExpired, match="budget"):
        answers.submit(world.session, world.marketplace, late.id, label="yes")


def test_late_answers_of_one_request_share_what_is_left_of_the_budget(world: World) -> None:
    world.change(budget_answers=2)
    world.tasks(2)
    held = [one.taken.assignment_id for one in world.lease("a", count=2).leases]
    for each in held:
        world.let_expire(each)
    assignments.expire_due(world.session, limit=10)
    world.change(budget_answers=1)

    outcomes = answers.submit_all(
        world.session, world.marketplace, [Given(each, "yes") for each in held]
    )

    assert [isinstance(one, AssignmentExpired) for one in outcomes] == [False, True]


def test_after_the_deadline_nothing_goes_out_but_answers_come_in(world: World) -> None:
    world.task()
    held = world.hold("a")

    world.change(deadline_at=datetime.now(UTC) - timedelta(minutes=1))

    assert world.lease("b").reason == "deadline_passed"
    assert answers.submit(world.session, world.marketplace, held.id, label="yes").number == 1


def test_only_the_qualified_may_work_and_others_are_told_what_they_lack(world: World) -> None:
    world.change(requires=["birds", "bees"])
    world.task()
    assert world.lease("a").reason == "not_qualified"

    who = world.annotator("a").id
    qualifications.grant(world.session, world.requester, who, "birds")
    assert world.lease("a").lacks == ["bees"]
    qualifications.grant(world.session, world.requester, who, "bees")

    assert world.lease("a").leases


def test_a_qualification_ends_and_can_be_taken_away(world: World) -> None:
    world.change(requires=["birds"])
    world.tasks(2)
    who, past = world.annotator("a").id, datetime.now(UTC) - timedelta(days=1)

    qualifications.grant(world.session, world.requester, who, "birds", expires_at=past)
    assert world.lease("a").reason == "not_qualified"
    qualifications.grant(world.session, world.requester, who, "birds")
    assert world.lease("a").leases
    qualifications.revoke(world.session, world.requester, who, "birds")
    assert world.lease("a").reason == "not_qualified"


def test_another_requesters_qualification_is_none(world: World) -> None:
    world.change(requires=["birds"])
    world.task()
    other = World(world.session)
    projects.open_to(world.session, other.requester, other.project_id, world.marketplace.tenant_id)
    who = world.annotator("a").id

    qualifications.grant(world.session, other.requester, who, "birds")

    assert world.lease("a").reason == "not_qualified"
    with pytest.raises(NotFound):
        qualifications.revoke(world.session, world.requester, who, "birds")


def test_a_requester_knows_no_annotator_it_never_worked_with(world: World) -> None:
    stranger, _ = caller(world.session, "requester")

    with pytest.raises(NotFound):
        qualifications.grant(world.session, stranger, world.annotator("a").id, "birds")


def test_a_finished_project_can_be_archived_and_hands_nothing_out(world: World) -> None:
    world.task()

    world.change(state="finished")
    world.change(state="archived")

    assert world.lease("a").reason == "all_done"
    assert projects.find(world.session, world.requester, world.project_id).project.state == (
        "archived"
    )
