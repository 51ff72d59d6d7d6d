"""What a requester pays beside the price."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crowd.errors import BonusKeyReused, Invalid, NotFound
from crowd.models import AuditEntry, Bonus
from crowd.services import bonuses
from tests.factories import World
from tests.services.test_ledger import PRICE, balances, kinds

BONUS = Decimal("0.5")


@pytest.fixture
def paid(session: Session) -> World:
    world = World(session, price=PRICE, currency="EUR")
    world.tasks(3)
    world.answer("ann", world.task(), "yes")
    return world


def grant(world: World, name: str = "ann", **other: Any) -> Bonus:
    bonus = {"amount": BONUS, "currency": "EUR", "reason": "well done", "key": "1"}
    return bonuses.grant(
        world.session,
        world.requester,
        world.project_id,
        annotator_id=world.annotator(name).id,
        **{**bonus, **other},
    )


def test_a_bonus_is_earned(paid: World) -> None:
    grant(paid)

    assert balances(paid) == (0, PRICE + BONUS)


def test_a_bonus_that_is_sent_twice_is_paid_once(paid: World) -> None:
    first, again = grant(paid), grant(paid)

    assert first.id == again.id
    assert kinds(paid).count("bonus") == 1
    noted = paid.session.scalars(select(AuditEntry).filter_by(subject_id=first.id)).all()
    assert [entry.change["amount"] for entry in noted] == ["0.5"]


@pytest.mark.parametrize("other", [{"amount": Decimal(1)}, {"reason": "again"}, {"name": "bea"}])
def test_another_bonus_under_the_same_key_is_refused(paid: World, other: dict[str, Any]) -> None:
    paid.lease("bea")
    grant(paid)

    with pytest.raises(BonusKeyReused):
        grant(paid, **other)

    assert balances(paid) == (0, PRICE + BONUS)


def test_a_bonus_is_in_the_projects_currency(paid: World) -> None:
    with pytest.raises(Invalid) as refused:
        grant(paid, currency="USD")

    assert "currency" in refused.value.errors


def test_only_who_took_part_gets_a_bonus(paid: World) -> None:
    with pytest.raises(NotFound):
        grant(paid, name="a stranger")


def test_a_bonus_counts_towards_the_budget_and_is_not_stopped_by_it(paid: World) -> None:
    paid.change(budget=2 * PRICE)

    grant(paid)

    assert paid.lease("ann").reason == "budget_spent"
