"""What an expert is shown before ruling."""

from __future__ import annotations

from typing import Any

import pytest

from crowd.errors import NotFound
from crowd.models import Dispute
from crowd.services import evidence, exclusions, guidelines, weighing
from crowd.services.evidence import Evidence, pseudonym
from tests.factories import World, caller
from tests.services.test_rulings import rule
from workers.jobs.consensus import refit_project


def read(world: World, dispute: Dispute, **wish: Any) -> Evidence:
    world.session.expire_all()
    return evidence.read(world.session, world.requester, dispute.id, **wish)


@pytest.fixture
def fitted(world: World) -> tuple[World, Dispute]:
    """A dispute between `a`, who is right on gold, and `b`, who is not."""
    for number in range(10):
        task = world.task(gold="yes" if number % 2 else "no")
        truth = "yes" if number % 2 else "no"
        world.answer("a", task, truth), world.answer("b", task, "yes")
    dispute = world.disputed("no", "yes")
    refit_project(world.project_id)
    return world, dispute


def test_every_vote_comes_with_how_far_its_word_can_be_trusted(
    fitted: tuple[World, Dispute],
) -> None:
    world, dispute = fitted

    good, lazy = read(world, dispute).ballots

    assert (good.name, good.label, lazy.name, lazy.label) == (
        "Annotator A",
        "no",
        "Annotator B",
        "yes",
    )
    assert good.says_when_true is not None
    assert lazy.says_when_true is not None
    # whoever always says yes says it when it is true, and tells nothing by it
    assert lazy.says_when_true.share > 0.8
    assert good.true_when_says is not None
    assert lazy.true_when_says is not None
    assert good.true_when_says > 0.8 > lazy.true_when_says
    assert good.says_when_true.low < good.says_when_true.share < good.says_when_true.high


def test_what_each_vote_moves_adds_up_to_where_the_posterior_goes(
    fitted: tuple[World, Dispute],
) -> None:
    world, dispute = fitted

    found = read(world, dispute)

    assert found.posterior is not None
    assert sum(found.posterior.values()) == pytest.approx(1)
    good, lazy = (ballot.moved for ballot in found.ballots)
    assert good is not None
    assert lazy is not None
    assert good.moved > lazy.moved
    assert found.posterior["no"] > 0.5


def test_the_posterior_is_the_one_that_the_engine_has_come_to(
    fitted: tuple[World, Dispute],
) -> None:
    world, dispute = fitted

    found = read(world, dispute)

    assert found.posterior == pytest.approx(found.history[0].posterior, abs=1e-9)


def test_excluded_answers_are_shown_and_move_nothing(fitted: tuple[World, Dispute]) -> None:
    world, dispute = fitted
    who = world.annotator("b").id
    wish = {"annotator_id": who, "reason": "spam"}
    exclusions.exclude(world.session, world.requester, world.project_id, **wish)

    _, lazy = read(world, dispute).ballots

    assert (lazy.excluded, lazy.moved) == (True, None)


def test_blind_names_are_stable_and_say_nothing(world: World) -> None:
    dispute = world.disputed("yes", "no")
    world.change(overlap_max=5)

    before = read(world, dispute, blind=True)
    again = read(world, dispute, blind=True)

    assert [ballot.name for ballot in before.ballots] == ["Annotator A", "Annotator B"]
    assert before.ballots == again.ballots
    assert {(ballot.annotator_id, ballot.marketplace) for ballot in before.ballots} == {
        (None, None)
    }


def test_a_blind_project_shows_names_once_it_is_ruled(world: World) -> None:
    world.change(rulings={"blind": True})
    dispute = world.disputed("yes", "no")
    assert read(world, dispute).ballots[0].annotator_id is None

    rule(world, dispute, "yes")

    assert read(world, dispute).ballots[0].annotator_id == world.annotator("a").id


def test_names_go_on_behind_z() -> None:
    assert [pseudonym(place) for place in (0, 25, 26, 51, 52)] == [
        f"Annotator {letters}" for letters in ("A", "Z", "AA", "AZ", "BA")
    ]


def test_the_guideline_in_force_and_that_of_each_answer_are_there(world: World) -> None:
    for body in ("first", "second"):
        guidelines.add(world.session, world.requester, world.project_id, body=body)
    world.change(guideline=1, must_accept=False)
    task = world.task()
    world.answer("a", task, "yes")
    world.change(guideline=2)
    dispute = world.disputed("yes", "no")

    found = read(world, dispute)

    assert found.guideline is not None
    assert found.guideline.body == "second"
    assert [ballot.guideline for ballot in found.ballots] == [2, 2]


def test_history_rulings_and_what_was_ruled_of_look_alikes_are_there(world: World) -> None:
    text = {"text": "the quick brown fox jumps over the lazy dog near the river"}
    dispute, ruled = (world.disputed("yes", "no", payload=text) for _ in range(2))
    weighing.compare(world.session, [dispute.id, ruled.id])
    rule(world, ruled, "no")
    rule(world, dispute, "yes")

    found = read(world, dispute)

    assert [result.reason for result in found.history] == ["ruled", "tie"]
    assert [row.ruling.label for row in found.rulings] == ["yes"]
    assert [(one.dispute_id, one.label) for one in found.alike] == [(ruled.id, "no")]
    assert (found.known, found.config.labels) == (None, ["yes", "no"])


def test_without_a_fit_for_these_labels_nothing_is_weighed(world: World) -> None:
    dispute = world.disputed("yes", "no")

    found = read(world, dispute)

    assert found.posterior is None
    assert {ballot.moved for ballot in found.ballots} == {None}


def test_others_find_nothing(world: World) -> None:
    dispute = world.disputed("yes", "no")
    stranger, _ = caller(world.session, "requester")

    with pytest.raises(NotFound):
        evidence.read(world.session, stranger, dispute.id)


def test_of_sets_each_label_is_weighed_and_a_vote_moves_the_whole_of_its_set(world: World) -> None:
    world.change(answer_type="multi-label", labels=["cat", "dog"], overlap_min=3, overlap_max=3)
    for number in range(8):
        task, said = world.task(), '["cat"]' if number % 2 else '["cat", "dog"]'
        for name in "abc":
            world.answer(name, task, said)
    dispute = world.disputed('["cat"]', '["cat"]', '["dog"]')
    refit_project(world.project_id)

    found = read(world, dispute)

    first, second, other = (ballot.moved for ballot in found.ballots)
    assert found.posterior is not None
    assert found.posterior["cat"] > found.posterior["dog"]
    assert first is not None
    assert first == second
    assert other is not None
    assert first.moved > 0.1 > other.moved


def test_of_numbers_a_vote_moves_what_lies_near_it(world: World) -> None:
    asked = {"minimum": 0.0, "maximum": 100.0, "step": None, "unit": "", "tolerance": 5.0}
    world.change(answer_type="numeric", labels=[], number=asked, overlap_min=3, overlap_max=3)
    for number in range(8):
        task = world.task()
        for name in "abc":
            world.answer(name, task, str(10 + 9 * number))
    dispute = world.disputed("42", "44", "90")
    refit_project(world.project_id)

    found = read(world, dispute)

    near, also, far = (ballot.moved for ballot in found.ballots)
    assert found.posterior is not None
    assert max(found.posterior, key=lambda step: found.posterior[step]) == "40 to 45"  # type: ignore[index]
    assert near is not None
    assert also is not None
    assert far is not None
    assert near.moved > 0.1
    assert also.moved > 0.1
    assert near.weight > far.weight
