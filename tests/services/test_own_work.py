"""What annotators see of their own work, and what they do not."""

from __future__ import annotations

import uuid

import pytest

from crowd.errors import NotFound
from crowd.services import actions, own_work, reviews
from crowd.services.own_work import OwnWork
from crowd.services.visits import Guest
from tests.factories import World
from tests.services.test_visits import guest


def read(world: World, who: Guest) -> OwnWork:
    world.session.flush()
    return own_work.read(world.session, who)


def warn(world: World, who: Guest) -> uuid.UUID:
    wish = {"annotator_id": who.annotator_id, "kind": "warn", "reason": "gold 0 of 4"}
    action = actions.take(world.session, world.requester, world.project_id, **wish)  # type: ignore[arg-type]
    assert action is not None
    return action.id


def test_who_has_not_begun_has_nothing_to_see(world: World) -> None:
    own = read(world, guest(world))

    assert (own.answers, own.currency, own.quality) == (0, None, None)
    assert not own.actions


def test_earnings_are_told_as_they_stand(world: World) -> None:
    world.change(price="0.05", currency="EUR", review_seconds=60)
    who = guest(world)
    world.answer("ann", world.task(), "yes")

    own = read(world, who)

    assert (own.answers, own.currency, f"{own.held:f}", f"{own.earned:f}") == (
        1, "EUR", "0.050000", "0.000000",
    )  # fmt: skip


def test_why_something_was_done_is_not_told_for_it_may_tell_of_gold(world: World) -> None:
    who = guest(world)
    world.answer("ann", world.task(), "yes")
    warn(world, who)

    (action,) = read(world, who).actions

    assert set(action._fields) == {"id", "kind", "created_at", "ends_at", "appeal"}


def test_a_rejected_answer_can_be_objected_to_once(world: World) -> None:
    who = guest(world)
    answer = world.answer("ann", world.task(), "yes")
    reviews.reject(world.session, world.requester, answer.id, reason="wrong")

    own_work.object_to(world.session, who, "answer", answer.id, comment="It is right.")

    (rejected,) = read(world, who).rejected
    assert (rejected.label, rejected.reason, rejected.appeal) == ("yes", "wrong", "open")


def test_only_ones_own_can_be_objected_to(world: World) -> None:
    who, other = guest(world), guest(world, "bob")
    theirs = world.answer("bob", world.task(), "yes").id
    about_them = warn(world, other)

    for kind, subject in (("answer", theirs), ("action", about_them), ("ban", uuid.uuid4())):
        with pytest.raises(NotFound):
            own_work.object_to(world.session, who, kind, subject, comment="no")
