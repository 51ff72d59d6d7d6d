"""A budget of money: leases stop when it is reached."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from crowd.errors import AssignmentExpired
from crowd.services import answers, assignments
from crowd.services.answers import Given
from tests.factories import World
from tests.services.test_ledger import PRICE, expired, submit


@pytest.fixture
def paid(session: Session) -> World:
    return World(session, price=PRICE, currency="EUR")


def test_a_budget_stops_leases(paid: World) -> None:
    paid.change(budget=3 * PRICE)
    paid.tasks(5)
    submit(paid, paid.hold().id)

    assert len(paid.lease("b", count=5).leases) == 2
    assert paid.lease("c").reason == "budget_spent"


def test_what_is_released_can_be_spent_again(paid: World) -> None:
    paid.change(budget=PRICE)
    paid.tasks(2)
    held = paid.hold().id
    assert paid.lease("b").reason == "budget_spent"

    assignments.give_back(paid.session, paid.marketplace, held)

    assert paid.lease("b").leases


def test_a_budget_bounds_named_leases_and_late_answers(paid: World) -> None:
    first, second = paid.tasks(2)
    late = expired(paid)
    paid.change(budget=PRICE)

    paid.hold("b", named=[first.external_id])

    assert paid.lease("c", named=[second.external_id]).reason == "budget_spent"
    with pytest.raises(AssignmentExpired):
        submit(paid, late)


def test_late_answers_of_a_request_share_what_is_left(paid: World) -> None:
    paid.tasks(2)
    late = [expired(paid), expired(paid)]
    paid.change(budget=PRICE)

    outcomes = answers.submit_all(
        paid.session, paid.marketplace, [Given(one, "yes") for one in late]
    )  # type: ignore[misc]

    assert [isinstance(one, AssignmentExpired) for one in outcomes] == [False, True]
