"""The queue of disputes: why, in which order, and whose."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from crowd.models import Dispute, OutboxEvent
from crowd.services import appeals, audits, claims, disputes, results, weighing
from tests.factories import World, decided
from tests.services.test_rulings import rule


def queue(world: World, **filters: Any) -> list[Dispute]:
    wish = {"state": "open", "after": None, "limit": 50, **filters}
    page = disputes.one_page_of(world.session, world.requester, world.project_id, **wish)
    return [row.dispute for row in page.items]


def causes(world: World) -> dict[str, list[str]]:
    return {str(dispute.task_id): dispute.causes for dispute in queue(world)}


def test_the_queue_goes_by_worth_page_by_page(world: World) -> None:
    found = [world.disputed("yes", "no") for _ in range(5)]
    for dispute, worth in zip(found, (0.2, 0.9, 0.2, 0.5, 0.7), strict=True):
        dispute.worth = worth
    world.session.flush()
    seen, after = [], None

    while True:
        page = disputes.one_page_of(
            world.session, world.requester, world.project_id, state="open", after=after, limit=2
        )
        seen += [row.dispute.id for row in page.items]
        if (after := page.next_after) is None:
            break

    assert seen == [found[place].id for place in (1, 4, 3, 0, 2)]


def test_a_task_has_one_open_dispute_whose_causes_grow(world: World) -> None:
    dispute = world.disputed("yes", "no")

    for cause in ("appeal", "split_by_pool", "appeal"):
        disputes.open_about(world.session, [dispute.task_id], cause)

    assert causes(world) == {str(dispute.task_id): ["tie", "appeal", "split_by_pool"]}


def test_later_answers_settle_what_the_engine_raised_and_nothing_else(world: World) -> None:
    engines, contested = world.disputed("yes", "no"), world.disputed("yes", "no")
    disputes.open_about(world.session, [contested.task_id], "appeal")

    for dispute in (engines, contested):
        task = disputes.find(world.session, world.requester, dispute.id).task
        results.record(world.session, world.config, [decided(task, "resolved", seen=3)])

    assert [dispute.id for dispute in queue(world)] == [contested.id]
    assert [dispute.id for dispute in queue(world, state="settled")] == [engines.id]


def test_the_queue_can_be_filtered(world: World) -> None:
    tie, split = world.disputed("yes", "no"), world.disputed("yes", "yes")
    disputes.open_about(world.session, [split.task_id], "split_by_pool")
    third = world.task()
    world.answer("z", third, "yes")
    who, other = world.person(), world.person()
    claims.claim(world.session, who, tie.id)

    def ids(**filters: Any) -> set[Any]:
        caller = filters.pop("caller", world.requester)
        wish = {"state": "open", "after": None, "limit": 50, **filters}
        page = disputes.one_page_of(world.session, caller, world.project_id, **wish)
        return {row.dispute.id for row in page.items}

    assert ids(cause="split_by_pool") == {split.id}
    assert ids(label="no") == {tie.id}
    assert ids(annotator_id=world.annotator("a").id) == {tie.id, split.id}
    assert ids(annotator_id=world.annotator("z").id) == set()
    assert ids(claimed="free", caller=other) == {split.id}
    assert ids(claimed="mine", caller=who) == ids(claimed="taken", caller=other) == {tie.id}
    assert ids(opened_before=datetime.now(UTC) - timedelta(days=1)) == set()
    assert ids(proposed=True) == set()


def test_what_waits_for_a_second_person_can_be_asked_for(world: World) -> None:
    world.change(rulings={"second": "always"})
    proposed, _ = world.disputed("yes", "no"), world.disputed("yes", "no")
    rule(world, proposed, "no", by=world.person())

    assert [dispute.id for dispute in queue(world, proposed=True)] == [proposed.id]


def test_an_appeal_against_a_judgement_is_a_dispute_with_a_deadline(world: World) -> None:
    task = world.task()
    answer = world.answer("a", task, "yes")

    appeals.against_judgement(world.session, world.marketplace, answer.id, comment="it is")

    (dispute,) = queue(world)
    assert (dispute.causes, dispute.task_id) == (["appeal"], task.id)
    assert dispute.deadline_at is not None
    assert dispute.deadline_at - dispute.opened_at == appeals.ANSWERED_WITHIN


def test_an_appeal_that_is_answered_by_itself_leaves_nothing_open(world: World) -> None:
    answer = world.answer("a", world.task(), "yes")
    appeal = appeals.against_judgement(world.session, world.marketplace, answer.id, comment="x")

    appeals.rule(world.session, world.requester, appeal.id, outcome="upheld", reply="no")

    assert queue(world) == []


def test_a_sample_of_what_is_resolved_is_drawn_whatever_its_confidence(world: World) -> None:
    world.change(rulings={"audit_share": 0.3})
    tasks = world.tasks(200)

    records = [decided(task, "resolved", p=0.6 + task.rank * 0.39) for task in tasks]
    results.record(world.session, world.config, records)

    drawn = {dispute.task_id for dispute in queue(world, limit=200)}
    assert drawn == set(audits.drawn(world.config, [task.id for task in tasks]))
    assert 35 < len(drawn) < 90


def test_gold_is_never_drawn(world: World) -> None:
    world.change(rulings={"audit_share": 1})
    results.record(world.session, world.config, [decided(world.task(gold="yes"), "resolved")])

    assert queue(world) == []


def test_the_sample_measures_the_error_of_the_engine(world: World) -> None:
    world.change(rulings={"audit_share": 1})
    tasks = world.tasks(4)
    results.record(world.session, world.config, [decided(task) for task in tasks])
    for dispute, label in zip(queue(world), ("yes", "no", None), strict=False):
        rule(world, dispute, label)

    audit = audits.read(world.session, world.requester, world.project_id)

    assert (audit.drawn, audit.ruled, audit.wrong.count) == (4, 3, 2)
    assert audit.wrong.low < 2 / 3 < audit.wrong.high


def test_what_is_open_is_weighed_and_look_alikes_add_to_it(world: World) -> None:
    text = {"text": "one two three four five six seven eight nine ten"}
    alone = world.disputed("yes", "no", payload={"text": "quite another item than the rest of it"})
    pair = [world.disputed("yes", "no", payload=text) for _ in range(2)]
    ids = [alone.id, *(dispute.id for dispute in pair)]

    weighing.compare(world.session, ids)
    weighing.weigh(world.session, ids)

    world.session.expire_all()
    assert [dispute.alike for dispute in (alone, *pair)] == [0, 1, 1]
    assert pair[0].worth > alone.worth > 0.5


def test_a_new_look_alike_raises_what_the_first_is_worth(world: World) -> None:
    text = {"text": "one two three four five six seven eight nine ten"}
    first = world.disputed("yes", "no", payload=text)
    weighing.compare(world.session, [first.id])

    second = world.disputed("yes", "no", payload=text)
    touched = weighing.compare(world.session, [second.id])

    assert set(touched) == {first.id, second.id}
    world.session.expire_all()
    assert first.alike == second.alike == 1


def test_opening_a_dispute_asks_for_its_weight(world: World) -> None:
    dispute = world.disputed("yes", "no")

    told = select(OutboxEvent.subject_id).filter_by(topic=disputes.OPENED)
    assert world.session.scalars(told).all() == [dispute.id]
