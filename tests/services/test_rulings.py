"""What people rule, how it carries through, and how it is taken back."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import select

from crowd.errors import Conflict, Invalid, NotFound, StaleVersion, UnknownLabel
from crowd.models import Dispute, OutboxEvent, Result, Task
from crowd.services import disputes, gold, results, rulings, standing, weighing
from crowd.services.rulings import Ruled
from tests.factories import World, caller, decided

TEXT = {"text": "the quick brown fox jumps over the lazy dog near the river"}


def rule(world: World, dispute: Dispute, label: str | None, **said: Any) -> Ruled:
    """Rule as somebody who has read the dispute just now."""
    world.session.refresh(dispute)
    wish = {"expected": str(dispute.version), "reason": "annotator_error", **said}
    who = wish.pop("by", world.requester)
    return rulings.rule(world.session, who, dispute.id, label=label, **wish)


def task_of(world: World, dispute: Dispute) -> Task:
    return world.session.get_one(Task, dispute.task_id, populate_existing=True)


def newest(world: World, dispute: Dispute) -> Result:
    return results.versions(world.session, world.requester, dispute.task_id)[0]


def topics(world: World) -> list[str]:
    query = select(OutboxEvent.topic).filter_by(project_id=world.project_id)
    return list(world.session.scalars(query.order_by(OutboxEvent.id)))


def test_a_ruling_is_the_result_and_keeps_what_the_crowd_makes_of_it(world: World) -> None:
    dispute = world.disputed("yes", "no")

    ruled = rule(world, dispute, "no", comment="look at the ears")

    result = newest(world, dispute)
    assert (result.state, result.label, result.confidence) == ("resolved", "no", 1.0)
    assert (result.ruling_id, result.posterior) == (ruled.ruling.ruling.id, {"yes": 0.5, "no": 0.5})
    assert (ruled.state, task_of(world, dispute).state) == ("ruled", "resolved")
    told = ["dispute.ruled", "task.resolved", "refit.requested"]
    assert [topic for topic in topics(world) if topic in told] == told


def test_the_engine_does_not_overrule_a_ruling_but_sees_its_answers(world: World) -> None:
    dispute = world.disputed("yes", "no")
    rule(world, dispute, "no")
    task = task_of(world, dispute)
    seen_before = task.seen

    for state in ("disputed", "open", "resolved"):
        results.record(world.session, world.config, [decided(task, state, seen=3, run=1)])

    assert (newest(world, dispute).label, task_of(world, dispute).state) == ("no", "resolved")
    assert (seen_before, task_of(world, dispute).seen) == (2, 3)


def test_what_has_no_right_answer_is_closed_without_a_label(world: World) -> None:
    dispute = world.disputed("yes", "no")

    rule(world, dispute, None, reason="broken_item")

    result = newest(world, dispute)
    assert (result.state, result.label, result.reason) == ("resolved", None, "no_right_answer")
    assert not task_of(world, dispute).open
    assert standing.of_project(world.session, world.project_id).unanswerable == {dispute.task_id}


def test_overturning_is_a_new_ruling_that_names_the_one_before(world: World) -> None:
    dispute = world.disputed("yes", "no")
    first = rule(world, dispute, "no").ruling.ruling

    second = rule(world, dispute, "yes", reason="guideline_gap").ruling.ruling

    assert second.overturns_id == first.id
    found = rulings.of_dispute(world.session, world.requester, dispute.id)
    assert [(row.ruling.label, row.stands, row.by) for row in found] == [
        ("yes", True, "test"),
        ("no", False, "test"),
    ]
    assert newest(world, dispute).label == "yes"
    assert "result.revised" in topics(world)


def test_undoing_a_ruling_gives_the_task_back_to_the_engine(world: World) -> None:
    dispute = world.disputed("yes", "no")
    ruled = rule(world, dispute, "no").ruling.ruling

    undone = rulings.undo(world.session, world.requester, ruled.id, comment="too soon")

    assert (undone.ruling.ruling.verdict, undone.ruling.ruling.overturns_id) == (
        "withdrawn",
        ruled.id,
    )
    assert (undone.state, task_of(world, dispute).state) == ("open", "disputed")
    assert (newest(world, dispute).label, newest(world, dispute).ruling_id) == (None, None)
    assert topics(world)[-3:] == ["decision.requested", "dispute.reopened", "refit.requested"]
    with pytest.raises(Conflict, match="does not stand"):
        rulings.undo(world.session, world.requester, ruled.id)


def test_after_an_undo_the_engine_decides_again(world: World) -> None:
    dispute = world.disputed("yes", "no")
    rulings.undo(world.session, world.requester, rule(world, dispute, "no").ruling.ruling.id)

    record = [decided(task_of(world, dispute), "resolved", seen=3, run=1)]
    results.record(world.session, world.config, record)

    assert (newest(world, dispute).label, task_of(world, dispute).state) == ("yes", "resolved")
    world.session.refresh(dispute)
    assert dispute.state == "settled"


def test_a_ruling_on_a_task_that_no_run_has_seen_can_be_undone_too(world: World) -> None:
    task = world.task()
    disputes.open_about(world.session, [task.id], "appeal")
    dispute = world.session.scalars(select(Dispute).filter_by(task_id=task.id)).one()
    ruled = rule(world, dispute, None).ruling.ruling
    assert world.counters(task)[3] == "resolved"

    rulings.undo(world.session, world.requester, ruled.id)

    assert (world.counters(task)[3], newest(world, dispute).reason) == ("open", "withdrawn")


def test_whoever_has_not_read_the_newest_is_refused(world: World) -> None:
    dispute = world.disputed("yes", "no")
    before = str(dispute.version)
    rule(world, dispute, "no")

    with pytest.raises(StaleVersion):
        rule(world, dispute, "yes", expected=before)

    assert newest(world, dispute).label == "no"


def test_a_label_that_is_none_and_gold_without_a_label_are_refused(world: World) -> None:
    dispute = world.disputed("yes", "no")

    with pytest.raises(UnknownLabel):
        rule(world, dispute, "maybe")
    with pytest.raises(Invalid):
        rule(world, dispute, None, promote=True)

    assert newest(world, dispute).ruling_id is None


def test_another_requester_finds_neither_dispute_nor_ruling(world: World) -> None:
    dispute = world.disputed("yes", "no")
    ruling_id = rule(world, dispute, "no").ruling.ruling.id
    stranger, _ = caller(world.session, "requester")

    for act in (
        lambda: rule(world, dispute, "yes", by=stranger),
        lambda: rulings.undo(world.session, stranger, ruling_id),
        lambda: rulings.of_dispute(world.session, stranger, dispute.id),
    ):
        with pytest.raises(NotFound):
            act()


def test_what_later_answers_have_settled_is_not_ruled_on(world: World) -> None:
    dispute = world.disputed("yes", "no")
    task = task_of(world, dispute)
    results.record(world.session, world.config, [decided(task, "resolved", seen=3)])

    with pytest.raises(Conflict, match="settled"):
        rule(world, dispute, "no")


class TestSecondPerson:
    """Where a project wants two people."""

    @pytest.fixture
    def careful(self, world: World) -> World:
        world.change(rulings={"second": "always"})
        return world

    def test_the_first_ruling_is_a_proposal_until_another_person_agrees(
        self, careful: World
    ) -> None:
        first, second = careful.person("one"), careful.person("two")
        dispute = careful.disputed("yes", "no")

        proposed = rule(careful, dispute, "no", by=first)
        assert (proposed.state, proposed.ruling.ruling.is_final) == ("open", False)
        assert newest(careful, dispute).ruling_id is None
        with pytest.raises(Conflict, match="another person"):
            rule(careful, dispute, "no", by=first)

        agreed = rule(careful, dispute, "no", by=second)
        assert (agreed.state, agreed.ruling.stands) == ("ruled", True)

    def test_where_two_disagree_a_third_decides(self, careful: World) -> None:
        dispute = careful.disputed("yes", "no")

        for name, label in (("one", "no"), ("two", "yes")):
            assert rule(careful, dispute, label, by=careful.person(name)).state == "open"
        ruled = rule(careful, dispute, "yes", by=careful.person("three"))

        assert (ruled.state, newest(careful, dispute).label) == ("ruled", "yes")

    def test_or_one_of_them_comes_round(self, careful: World) -> None:
        first, second = careful.person("one"), careful.person("two")
        dispute = careful.disputed("yes", "no")
        rule(careful, dispute, "no", by=first)
        rule(careful, dispute, "yes", by=second)

        ruled = rule(careful, dispute, "yes", by=first)

        assert (ruled.state, newest(careful, dispute).label) == ("ruled", "yes")

    def test_an_undo_needs_the_second_person_as_well(self, careful: World) -> None:
        first, second = careful.person("one"), careful.person("two")
        dispute = careful.disputed("yes", "no")
        rule(careful, dispute, "no", by=first)
        standing_id = rule(careful, dispute, "no", by=second).ruling.ruling.id

        assert rulings.undo(careful.session, first, standing_id).state == "open"
        assert newest(careful, dispute).label == "no"
        rulings.undo(careful.session, second, standing_id)

        assert task_of(careful, dispute).state == "disputed"

    def test_only_what_contradicts_needs_one_where_the_project_says_overturns(
        self, world: World
    ) -> None:
        world.change(rulings={"second": "overturns"})
        dispute = world.disputed("yes", "no")

        assert rule(world, dispute, "no").state == "ruled"
        assert rule(world, dispute, "no", reason="subjective").state == "ruled"
        assert rule(world, dispute, "yes", by=world.person()).state == "open"
        assert newest(world, dispute).label == "no"


class TestGold:
    """A known answer follows what is ruled; outwardly nothing shows."""

    def test_a_ruling_can_make_its_task_gold_and_its_undoing_takes_that_back(
        self, world: World
    ) -> None:
        dispute = world.disputed("yes", "no")

        ruled = rule(world, dispute, "no", promote=True).ruling.ruling
        assert gold.known_answer(world.session, dispute.task_id) == "no"

        rulings.undo(world.session, world.requester, ruled.id)
        assert gold.known_answer(world.session, dispute.task_id) is None

    def test_gold_that_was_wrong_is_other_gold_and_is_handed_out_as_before(
        self, world: World
    ) -> None:
        task = world.task(gold="yes")
        world.answer("a", task, "no")
        before = world.counters(task)
        dispute = contested(world, task)

        rule(world, dispute, "no")

        assert gold.known_answer(world.session, task.id) == "no"
        assert world.counters(task) == before
        results.record(world.session, world.config, [decided(task, "resolved", seen=2)])
        assert world.counters(task)[3] == "resolved"
        assert newest(world, dispute).label == "no"

    def test_gold_without_a_right_answer_is_an_ordinary_task_until_that_is_undone(
        self, world: World
    ) -> None:
        task = world.task(gold="yes")
        dispute = contested(world, task)

        ruled = rule(world, dispute, None).ruling.ruling
        assert gold.known_answer(world.session, task.id) is None
        assert world.counters(task)[3] == "resolved"

        rulings.undo(world.session, world.requester, ruled.id)
        assert gold.known_answer(world.session, task.id) == "yes"

    def test_gold_that_contradicts_a_ruling_is_refused(self, world: World) -> None:
        dispute = world.disputed("yes", "no")
        rule(world, dispute, "no")

        with pytest.raises(Conflict, match="overturn it first"):
            gold.put(world.session, world.requester, dispute.task_id, label="yes")

    def test_retired_gold_keeps_the_label_that_was_ruled(self, world: World) -> None:
        task = world.task(gold="yes")
        dispute = contested(world, task)
        rule(world, dispute, "yes")

        gold.retire(world.session, world.requester, task.id)
        results.record(world.session, world.config, [decided(task, "disputed", p=0.5)])

        assert (newest(world, dispute).label, world.counters(task)[3]) == ("yes", "resolved")

    def test_whatever_is_ruled_gold_is_handed_out_like_any_other_task(self, world: World) -> None:
        def life(label: str | None, known: str | None) -> list[object]:
            """What a marketplace can tell of a task that is ruled on after its first answer."""
            task, seen = world.task(gold=known), []
            first = world.answer("a", task, "no")
            contested(world, task)
            dispute = world.session.scalars(select(Dispute).filter_by(task_id=task.id)).one()
            rule(world, dispute, label)
            for name, state in (("b", "open"), ("c", "disputed"), ("d", "open")):
                if task_of(world, dispute).open:
                    world.answer(name, task, "yes")
                seen += [world.counters(task)[:3], task_of(world, dispute).open]
                said = decided(task, state, seen=task.answered, p=0.6)
                results.record(world.session, world.config, [said])
            return [first.number, *seen]

        for label in ("yes", "no", None):
            assert life(label, "yes") == life(label, None)


def contested(world: World, task: Task) -> Dispute:
    disputes.open_about(world.session, [task.id], "contested_gold")
    return world.session.scalars(select(Dispute).filter_by(task_id=task.id)).one()


class TestLookAlikes:
    @pytest.fixture
    def alike(self, world: World) -> list[Dispute]:
        found = [world.disputed("yes", "no", payload=TEXT) for _ in range(3)]
        weighing.compare(world.session, [one.id for one in found])
        return found

    def test_what_is_ruled_of_one_is_ruled_of_those_named_each_by_itself(
        self, world: World, alike: list[Dispute]
    ) -> None:
        one, two, three = alike

        ruled = rule(world, one, "no", alike=[two.id])

        assert [row.ruling.applied_from_id for row in ruled.along] == [ruled.ruling.ruling.id]
        labels = [newest(world, dispute).label for dispute in (one, two, three)]
        assert labels == ["no", "no", None]
        rulings.undo(world.session, world.requester, ruled.along[0].ruling.id)
        assert [newest(world, dispute).label for dispute in (one, two)] == ["no", None]

    def test_only_look_alikes_are_taken_along(self, world: World, alike: list[Dispute]) -> None:
        other = world.disputed("yes", "no", payload={"text": "something else altogether"})

        for stranger in (other.id, uuid.uuid4()):
            with pytest.raises(Invalid, match="nearly the same"):
                rule(world, alike[0], "no", alike=[stranger])

        assert newest(world, alike[0]).ruling_id is None
