"""Who is at which dispute."""

from __future__ import annotations

import pytest
from sqlalchemy import func, update

from crowd.db import seconds
from crowd.errors import Conflict, NotFound
from crowd.models import Dispute
from crowd.services import claims
from tests.factories import World, caller
from tests.services.test_rulings import rule


def value(world: World, dispute: Dispute, worth: float) -> None:
    dispute.worth = worth
    world.session.flush()


def taken(world: World, **wish: object) -> object:
    """Take the next one as somebody new; gives which it was."""
    who = world.person()
    claim = claims.claim_next(world.session, who, world.project_id, **wish)  # type: ignore[arg-type]
    return claim and claim.dispute_id


def test_the_most_valuable_one_that_nobody_is_at_comes_next(world: World) -> None:
    found = [world.disputed("yes", "no") for _ in range(3)]
    for dispute, worth in zip(found, (0.1, 0.9, 0.5), strict=True):
        value(world, dispute, worth)

    assert [taken(world) for _ in range(4)] == [found[1].id, found[2].id, found[0].id, None]


def test_a_claim_keeps_others_out_until_it_is_released_or_over(world: World) -> None:
    dispute = world.disputed("yes", "no")
    first, second = world.person("one"), world.person("two")
    claims.claim(world.session, first, dispute.id)

    with pytest.raises(Conflict, match="else is at it"):
        claims.claim(world.session, second, dispute.id)
    with pytest.raises(Conflict, match="Somebody else"):
        rule(world, dispute, "no", by=second)
    claims.release(world.session, second, dispute.id)
    assert taken(world) is None

    claims.release(world.session, first, dispute.id)
    claims.claim(world.session, second, dispute.id)
    let_claims_end(world)
    assert claims.claim(world.session, first, dispute.id).claimed_by == first.key_id


def let_claims_end(world: World) -> None:
    past = update(Dispute).where(Dispute.claimed_until.is_not(None))
    world.session.execute(past.values(claimed_until=func.now() - seconds(1)))
    world.session.expire_all()


def test_claiming_again_holds_it_longer(world: World) -> None:
    dispute, who = world.disputed("yes", "no"), world.person()

    first = claims.claim(world.session, who, dispute.id)
    again = claims.claim(world.session, who, dispute.id)

    assert again.claimed_until > first.claimed_until


def test_a_ruling_ends_the_claim(world: World) -> None:
    dispute, who = world.disputed("yes", "no"), world.person()
    claims.claim(world.session, who, dispute.id)

    rule(world, dispute, "no", by=who)

    assert (dispute.claimed_by, dispute.state) == (None, "ruled")
    with pytest.raises(Conflict, match="open no more"):
        claims.claim(world.session, who, dispute.id)


def test_what_one_has_proposed_waits_for_somebody_else(world: World) -> None:
    world.change(rulings={"second": "always"})
    dispute, who = world.disputed("yes", "no"), world.person()
    rule(world, dispute, "no", by=who)

    assert claims.claim_next(world.session, who, world.project_id) is None
    assert taken(world) == dispute.id


def test_one_can_skip_and_choose_a_cause(world: World) -> None:
    first, second = world.disputed("yes", "no"), world.disputed("yes", "no")
    value(world, first, 0.9), value(world, second, 0.5)

    assert taken(world, after=first.id) == second.id
    assert taken(world, cause="appeal") is None
    assert taken(world, cause="tie") == first.id


def test_others_disputes_are_not_there(world: World) -> None:
    dispute = world.disputed("yes", "no")
    stranger, _ = caller(world.session, "requester")

    with pytest.raises(NotFound):
        claims.claim(world.session, stranger, dispute.id)
    with pytest.raises(NotFound):
        claims.claim_next(world.session, stranger, world.project_id)
    with pytest.raises(NotFound):
        claims.release(world.session, stranger, dispute.id)
