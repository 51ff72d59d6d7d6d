"""Who may work, through the client: what the page on it does not show."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crowd.client import Client, Conflict, DuplicateName, Invalid, NotFound, UnknownLabel
from tests.factories import World

TEST = [{"payload": {"n": 1}, "label": "yes"}]


def test_a_training_is_read_listed_and_retired(world: World, requester: Client) -> None:
    made = requester.trainings.create("birds", ["yes", "no"], test=TEST, qualification="birds")

    whole = requester.trainings.get(made.id)
    assert [(item.payload, item.label) for item in whole.test] == [({"n": 1}, "yes")]
    with pytest.raises(DuplicateName):
        requester.trainings.create("birds", ["yes", "no"], test=TEST)

    requester.trainings.retire(made.id)
    assert list(requester.trainings.list()) == []
    assert [one.id for one in requester.trainings.list(retired=True)] == [made.id]


def test_an_attempt_is_found_again_and_refuses_what_makes_no_sense(
    world: World, requester: Client, marketplace: Client
) -> None:
    world.annotator("ann")
    made = requester.trainings.create("birds", ["yes", "no"], test=TEST, attempts=1)
    attempt = marketplace.trainings.start(made.id, "ann")

    assert marketplace.trainings.attempt(attempt.id) == attempt
    with pytest.raises(UnknownLabel):
        marketplace.trainings.answer(attempt.id, 1, "perhaps")
    with pytest.raises(Conflict, match="Item 1 is next"):
        marketplace.trainings.answer(attempt.id, 2, "yes")

    ended = marketplace.trainings.answer(attempt.id, 1, "no").attempt
    assert (ended.state, ended.score, ended.attempts_left) == ("failed", 0.0, 0)
    with pytest.raises(Conflict, match="1 attempts"):
        marketplace.trainings.start(made.id, "ann")


def test_a_qualification_is_granted_for_a_time_and_revoked(world: World, requester: Client) -> None:
    ann, name = str(world.annotator("ann").id), "birds / bees? & more"
    tomorrow = datetime.now(UTC) + timedelta(days=1)

    granted = requester.qualifications.grant(ann, name, expires_at=tomorrow)

    assert (granted.expires_at, granted.origin) == (tomorrow, "granted")
    requester.qualifications.revoke(ann, name)
    assert requester.qualifications.of_annotator(ann) == []
    with pytest.raises(NotFound):
        requester.qualifications.revoke(ann, name)


def test_a_standard_is_listed_until_it_is_retired(world: World, requester: Client) -> None:
    project = str(world.project_id)
    made = requester.standards.create(project, "expert", reach=0.9)

    assert list(requester.standards.list(project)) == [made]
    assert (made.keep, made.least_answers, made.held_by) == (0.9, 20, 0)
    with pytest.raises(Invalid):
        requester.standards.create(project, "another", reach=0.8, keep=0.9)

    requester.standards.retire(made.id)
    assert list(requester.standards.list(project)) == []


def test_a_pool_is_changed_and_what_was_said_by_hand_taken_back(
    world: World, requester: Client
) -> None:
    ann = str(world.annotator("ann").id)
    made = requester.pools.create("experts", qualifications=["birds"])
    ours = str(world.marketplace.tenant_id)

    changed = requester.pools.change(made.id, qualifications=[], marketplaces=[ours])
    assert (changed.qualifications, changed.marketplaces) == ((), (ours,))
    assert [member.annotator_id for member in requester.pools.members(made.id)] == [ann]

    requester.pools.keep_out(made.id, ann, reason="sloppy")
    assert list(requester.pools.members(made.id)) == []
    (said,) = requester.pools.members(made.id, by_hand=True)
    assert (said.admitted, said.reason) == (False, "sloppy")

    requester.pools.take_back(made.id, ann)
    assert len(list(requester.pools.members(made.id))) == 1
    requester.pools.delete(made.id)
    assert list(requester.pools.list()) == []
