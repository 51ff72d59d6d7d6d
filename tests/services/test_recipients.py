"""Who hears of what."""

from __future__ import annotations

import json
import uuid

import pytest
from sqlalchemy.orm import Session

from crowd.db import new_id
from crowd.errors import Invalid
from crowd.models import Task
from crowd.services import (
    actions,
    appeals,
    assignments,
    bans,
    exclusions,
    outbox,
    projects,
    results,
    reviews,
    rulings,
)
from crowd.services.webhooks import EVERY_TOPIC, MAX_ENDPOINTS, TOPICS
from tests.factories import World, caller, decided, unique
from tests.receivers import forget_events, listen, sent_to, spread, topics_sent_to
from workers.queues import SUBSCRIPTIONS

BATCH = SUBSCRIPTIONS["task.resolved"].batch


def record(world: World, task: Task, **fields: object) -> None:
    results.record(world.session, world.config, [decided(task, **fields)])  # type: ignore[arg-type]


def test_a_requester_hears_that_its_task_is_resolved(world: World) -> None:
    endpoint = listen(world, "requester", topics=["task.resolved"])
    task = world.task()

    record(world, task)
    spread(world)

    (delivery,) = sent_to(world, endpoint)
    body = json.loads(delivery.body)
    assert body.keys() == {"type", "timestamp", "data"}
    assert body["type"] == "task.resolved"
    assert body["timestamp"].endswith("Z")
    assert body["data"] == {"project_id": str(world.project_id), "task_id": str(task.id)}


def test_a_requester_hears_when_a_result_is_disputed_revised_or_open_again(world: World) -> None:
    forget_events(world)
    endpoint = listen(world, "requester")
    task = world.task()

    record(world, task, state="disputed")
    record(world, task, state="resolved", seen=3)
    other = decided(task, seen=4)
    object.__setattr__(other, "label", "no")
    results.record(world.session, world.config, [other])
    record(world, task, state="open", seen=5)
    spread(world)

    heard = ["task.disputed", "task.resolved", "result.revised", "task.reopened"]
    assert topics_sent_to(world, endpoint) == heard


def test_both_sides_hear_how_a_project_moves_but_one_alone_how_it_is_configured(
    world: World,
) -> None:
    forget_events(world)
    requester, marketplace = listen(world, "requester"), listen(world, "marketplace")

    world.change(state="paused")
    world.change(target_confidence=0.9)
    world.change(state="running")
    spread(world)

    moves = ["project.paused", "project.started"]
    assert topics_sent_to(world, requester) == ["project.paused", "project.configured", moves[1]]
    assert topics_sent_to(world, marketplace) == moves


def test_only_the_marketplace_it_is_about_hears_of_an_opening(world: World) -> None:
    forget_events(world)
    another, _ = caller(world.session, "marketplace")
    first = listen(world, "marketplace")
    world.marketplace = another
    second = listen(world, "marketplace")

    for _ in range(2):
        projects.open_to(world.session, world.requester, world.project_id, another.tenant_id)
    projects.close_to(world.session, world.requester, world.project_id, another.tenant_id)
    spread(world)

    assert topics_sent_to(world, first) == []
    assert topics_sent_to(world, second) == ["project.opened", "project.closed"]


def test_a_draft_is_nobodys_business_but_its_authors(world: World) -> None:
    forget_events(world)
    requester, marketplace = listen(world, "requester"), listen(world, "marketplace")
    view = projects.create(world.session, world.requester, name=unique("p"), labels=["a", "b"])
    world.project_id = view.project.id

    projects.open_to(world.session, world.requester, world.project_id, world.marketplace.tenant_id)
    world.change(question="?")
    spread(world)

    assert topics_sent_to(world, requester) == ["project.configured"]
    assert topics_sent_to(world, marketplace) == []


def test_a_marketplace_hears_that_a_lease_has_ended(world: World) -> None:
    forget_events(world)
    endpoint = listen(world, "marketplace")
    world.task()
    assignment = world.hold("a")
    world.let_expire(assignment.id)

    assignments.expire_due(world.session, limit=10)
    spread(world)

    (delivery,) = sent_to(world, endpoint)
    assert json.loads(delivery.body)["data"] == {
        "project_id": str(world.project_id),
        "annotator_id": str(assignment.annotator_id),
        "assignment_id": str(assignment.id),
    }


def test_a_marketplace_hears_that_an_annotator_of_its_own_is_blocked(world: World) -> None:
    forget_events(world)
    endpoint = listen(world, "marketplace")
    annotator = world.annotator("a")

    outbox.publish(world.session, "annotator.blocked", subject_ids=[annotator.id])
    spread(world)

    (delivery,) = sent_to(world, endpoint)
    assert json.loads(delivery.body)["data"] == {"annotator_id": str(annotator.id)}


def warned(world: World, name: str) -> uuid.UUID:
    """Warn an annotator; gives the action."""
    wish = {"annotator_id": world.annotator(name).id, "kind": "warn", "reason": "spam"}
    action = actions.take(world.session, world.requester, world.project_id, **wish)
    assert action is not None
    return action.id


def appealed(world: World, name: str) -> uuid.UUID:
    """Have an annotator contest a warning; gives the appeal."""
    action = warned(world, name)
    return appeals.against_action(world.session, world.marketplace, action, comment="no").id


def banned(world: World, name: str) -> uuid.UUID:
    """Ban an annotator; gives the ban."""
    wish = {"annotator_id": world.annotator(name).id, "reason": "spam"}
    return bans.impose(world.session, world.requester, **wish).id


def unpaid(world: World, name: str) -> uuid.UUID:
    """Exclude, and from pay, what an annotator has answered; gives the exclusion."""
    world.change(currency="EUR", pay_excluded=False)
    wish = {"annotator_id": world.annotator(name).id, "reason": "spam"}
    return exclusions.exclude(world.session, world.requester, world.project_id, **wish).id


def test_a_marketplace_hears_what_is_not_paid_for_and_what_is_again(world: World) -> None:
    theirs = listen(world, "marketplace")
    world.answer("a", world.task(), "yes")
    forget_events(world)

    exclusion_id = unpaid(world, "a")
    exclusions.lift(world.session, world.requester, exclusion_id)
    world.change(pay_excluded=True)
    wish = {"annotator_id": world.annotator("a").id, "reason": "spam"}
    exclusions.exclude(world.session, world.requester, world.project_id, **wish)
    spread(world)

    assert topics_sent_to(world, theirs) == ["pay.withheld", "pay.restored"]
    told = json.loads(sent_to(world, theirs)[0].body)["data"]
    assert told.keys() == {"project_id", "annotator_id", "exclusion_id"}


def test_an_action_is_told_to_both_sides(world: World) -> None:
    ours, theirs = listen(world, "requester"), listen(world, "marketplace")
    world.answer("a", world.task(), "yes")
    forget_events(world)

    action_id = warned(world, "a")
    spread(world)

    for endpoint in (ours, theirs):
        (delivery,) = sent_to(world, endpoint)
        assert json.loads(delivery.body)["data"]["action_id"] == str(action_id)


def test_a_ban_and_an_appeal_against_it_are_told_to_those_concerned(world: World) -> None:
    ours, theirs = listen(world, "requester"), listen(world, "marketplace")
    world.answer("a", world.task(), "yes")
    who = world.annotator("a").id
    forget_events(world)

    ban = banned(world, "a")
    appeal = appeals.against_ban(world.session, world.marketplace, ban, comment="not me").id
    appeals.rule(world.session, world.requester, appeal, outcome="overturned", reply="indeed")
    spread(world)

    assert topics_sent_to(world, ours) == ["ban.imposed", "appeal.opened", "ban.lifted"]
    assert topics_sent_to(world, theirs) == ["ban.imposed", "ban.lifted", "appeal.ruled"]
    told = [json.loads(delivery.body)["data"] for delivery in sent_to(world, theirs)]
    assert told[0] == told[1] == {"annotator_id": str(who), "ban_id": str(ban)}
    assert told[2] == {
        "project_id": None, "annotator_id": str(who), "appeal_id": str(appeal)
    }  # fmt: skip


def test_a_requester_hears_that_a_ruling_stands_and_that_it_was_taken_back(world: World) -> None:
    endpoint = listen(world, "requester", topics=["dispute.ruled", "dispute.reopened"])
    dispute = world.disputed("yes", "no")

    said = {"expected": "1", "label": "no", "reason": "subjective"}
    ruled = rulings.rule(world.session, world.requester, dispute.id, **said)  # type: ignore[arg-type]
    rulings.undo(world.session, world.requester, ruled.ruling.ruling.id)
    spread(world)

    assert topics_sent_to(world, endpoint) == ["dispute.ruled", "dispute.reopened"]
    told = [json.loads(delivery.body)["data"] for delivery in sent_to(world, endpoint)]
    assert {one["dispute_id"] for one in told} == {str(dispute.id)}


def test_no_event_of_any_kind_reaches_another_tenant(world: World) -> None:
    forget_events(world)
    stranger = World(world.session)
    forget_events(world)
    theirs = [listen(stranger, "requester"), listen(stranger, "marketplace")]
    task = world.task()
    world.answer("a", task, "yes")
    subjects = [task.id, world.project_id, world.marketplace.tenant_id, world.annotator("a").id]
    subjects += [warned(world, "a"), appealed(world, "a"), banned(world, "a"), unpaid(world, "a")]
    subjects.append(world.disputed().id)

    for topic in EVERY_TOPIC:
        outbox.publish(world.session, topic, project_id=world.project_id, subject_ids=subjects)
    spread(world)

    assert [sent_to(world, endpoint) for endpoint in theirs] == [[], []]


@pytest.mark.parametrize("topic", sorted(EVERY_TOPIC))
def test_what_a_marketplace_is_told_never_names_a_task(world: World, topic: str) -> None:
    endpoint = listen(world, "marketplace")
    task = world.task()
    subjects = {
        "assignment": world.hold("a").id,
        "annotator": world.annotator("a").id,
        "answer": world.answer("b", task, "yes").id,
        "project": world.marketplace.tenant_id,
        "action": warned(world, "b"),
        "appeal": appealed(world, "b"),
        "ban": banned(world, "b"),
        "pay": unpaid(world, "b"),
        "qualification": world.annotator("a").id,
        "dispute": world.disputed().id,
    }
    forget_events(world)

    subject = subjects.get(topic.partition(".")[0], task.id)
    outbox.publish(world.session, topic, project_id=world.project_id, subject_ids=[subject])
    spread(world)

    sent = sent_to(world, endpoint)
    assert len(sent) == (topic in TOPICS["marketplace"])
    assert not any(str(task.id) in delivery.body for delivery in sent)


def test_gold_changes_nothing_that_a_marketplace_hears(session: Session) -> None:
    def heard(gold: str | None) -> list[tuple[str, list[str]]]:
        world = World(session)
        endpoint = listen(world, "marketplace")
        tasks = [world.task(gold=gold), world.task()]
        for task in tasks:
            answer = world.answer("a", task, "no")
            reviews.reject(session, world.requester, answer.id, reason="wrong")
            reviews.accept(session, world.requester, answer.id)
            world.let_expire(world.hold("b", named=[task.external_id]).id)
            assignments.expire_due(session, limit=10)
            record(world, task, state="disputed", p=0.5)
        spread(world)
        sent = sent_to(world, endpoint)
        return [(each.topic, list(json.loads(each.body)["data"])) for each in sent]

    assert heard(gold="yes") == heard(gold=None)
    assert {"assignment.expired", "answer.rejected", "answer.accepted"} <= {
        topic for topic, _ in heard(gold="yes")
    }


def test_an_endpoint_can_choose_its_topics(world: World) -> None:
    forget_events(world)
    endpoint = listen(world, "requester", topics=["project.paused"])

    world.change(state="paused")
    world.change(state="running")
    spread(world)

    assert topics_sent_to(world, endpoint) == ["project.paused"]


def test_a_topic_of_the_other_side_cannot_be_chosen(world: World) -> None:
    with pytest.raises(Invalid, match=r"task\.resolved") as refused:
        listen(world, "requester", topics=["annotator.blocked"])
    with pytest.raises(Invalid):
        listen(world, "marketplace", topics=["task.resolved"])

    assert refused.value.errors == {"topics": ["unknown: annotator.blocked"]}


def test_an_event_that_is_spread_twice_is_sent_once(world: World) -> None:
    forget_events(world)
    endpoint = listen(world, "requester")
    record(world, world.task())

    assert (spread(world), spread(world)) == (1, 0)
    assert topics_sent_to(world, endpoint) == ["task.resolved"]


def test_an_event_whose_subject_is_gone_is_nobodys(world: World) -> None:
    listen(world, "requester"), listen(world, "marketplace")
    forget_events(world)
    gone = new_id()

    for topic in ("assignment.expired", "annotator.blocked"):
        outbox.publish(world.session, topic, subject_ids=[gone])
    outbox.publish(world.session, "task.resolved")

    assert spread(world) == 0


def test_many_events_for_many_endpoints_are_spread_in_one_go(world: World) -> None:
    forget_events(world)
    for _ in range(MAX_ENDPOINTS):
        listen(world, "requester")

    outbox.publish(
        world.session,
        "task.resolved",
        project_id=world.project_id,
        subject_ids=[new_id() for _ in range(BATCH)],
    )

    assert spread(world) == MAX_ENDPOINTS * BATCH
