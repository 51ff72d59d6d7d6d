"""Where a project says so, pay follows what becomes of answers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from crowd.errors import NotFound
from crowd.models import Exclusion
from crowd.services import actions, appeals, exclusions, pay, reviews, statements
from tests.factories import World
from tests.services.test_exclusions import exclude
from tests.services.test_ledger import balances, kinds

PRICE = Decimal("0.05")


@pytest.fixture
def paid(session: Session) -> World:
    """A project in which what is excluded is not paid for."""
    return World(session, price=PRICE, currency="EUR", pay_excluded=False)


def lift(world: World, exclusion: Exclusion) -> Exclusion:
    return exclusions.lift(world.session, world.requester, exclusion.id)


def test_what_is_excluded_is_taken_back_and_paid_again_when_it_counts_again(paid: World) -> None:
    paid.answer("ann", paid.task(), "yes"), paid.answer("ann", paid.task(), "no")

    exclusion = exclude(paid, "ann")

    assert balances(paid) == (0, 0)
    lift(paid, exclusion)
    assert balances(paid) == (0, 2 * PRICE)
    assert sorted(kinds(paid)) == sorted(["hold", "earn", "reverse", "earn"] * 2)


def test_where_the_project_pays_for_it_all_the_same_nothing_moves(paid: World) -> None:
    paid.change(pay_excluded=True)
    paid.answer("ann", paid.task(), "yes")

    exclusion = exclude(paid, "ann")

    assert not exclusion.withholds_pay
    assert balances(paid) == (0, PRICE)


def test_what_an_exclusion_withholds_does_not_hang_on_later_configurations(paid: World) -> None:
    paid.answer("ann", paid.task(), "yes")
    exclusion = exclude(paid, "ann")

    paid.change(pay_excluded=True, price=Decimal(1))
    lift(paid, exclusion)

    assert balances(paid) == (0, PRICE)


def test_what_waits_for_its_review_is_released_and_held_again(paid: World) -> None:
    paid.change(review_seconds=60)
    answer = paid.answer("ann", paid.task(), "yes")
    exclusion = exclude(paid, "ann")

    assert balances(paid) == (0, 0)
    lift(paid, exclusion)
    assert balances(paid) == (PRICE, 0)
    reviews.accept(paid.session, paid.requester, answer.id)
    assert balances(paid) == (0, PRICE)


def test_time_that_accepts_it_meanwhile_pays_when_it_counts_again(paid: World) -> None:
    paid.change(review_seconds=60)
    paid.answer("ann", paid.task(), "yes")
    exclusion = exclude(paid, "ann")
    paid.session.execute(text("UPDATE awaited_reviews SET due_at = now()"))

    reviews.accept_due(paid.session, limit=5)

    assert balances(paid) == (0, 0)
    lift(paid, exclusion)
    assert balances(paid) == (0, PRICE)


@pytest.mark.parametrize("verdict", ["accept", "reject"])
def test_a_verdict_meanwhile_counts_once_the_exclusion_is_lifted(paid: World, verdict: str) -> None:
    answer = paid.answer("ann", paid.task(), "yes")
    exclusion = exclude(paid, "ann")
    reviews.reject(paid.session, paid.requester, answer.id, reason="wrong")
    if verdict == "accept":
        reviews.accept(paid.session, paid.requester, answer.id)

    assert balances(paid) == (0, 0)
    lift(paid, exclusion)
    assert balances(paid) == (0, PRICE if verdict == "accept" else 0)


def test_settling_again_moves_nothing(paid: World) -> None:
    answer = paid.answer("ann", paid.task(), "yes")
    exclude(paid, "ann")
    before = kinds(paid)

    pay.settle(paid.session, [answer.id])

    assert kinds(paid) == before


def test_answers_under_several_prices_get_back_each_its_own(paid: World) -> None:
    paid.answer("ann", paid.task(), "yes")
    paid.change(price=Decimal("0.2"))
    paid.answer("ann", paid.task(), "yes")
    paid.change(price=None)
    paid.answer("ann", paid.task(), "yes")

    exclusion = exclude(paid, "ann")

    assert balances(paid) == (0, 0)
    lift(paid, exclusion)
    assert balances(paid) == (0, PRICE + Decimal("0.2"))


def test_an_overturned_appeal_restores_exactly_what_was_taken(paid: World) -> None:
    answers = [paid.answer("ann", paid.task(), "yes") for _ in range(3)]
    reviews.reject(paid.session, paid.requester, answers[0].id, reason="wrong")
    before = balances(paid)
    wish = {"annotator_id": paid.annotator("ann").id, "kind": "exclude", "reason": "spam"}
    action = actions.take(paid.session, paid.requester, paid.project_id, **wish)
    assert (action is not None, balances(paid)) == (True, (0, 0))

    appeal = appeals.against_action(paid.session, paid.marketplace, action.id, comment="no")  # type: ignore[union-attr]
    appeals.rule(paid.session, paid.requester, appeal.id, outcome="overturned", reply="sorry")

    assert balances(paid) == before == (0, 2 * PRICE)


def test_an_exclusion_that_withholds_pay_can_be_contested(paid: World) -> None:
    paid.answer("ann", paid.task(), "yes"), paid.answer("bob", paid.task(), "yes")
    exclusion = exclude(paid, "ann")
    paid.change(pay_excluded=True)
    of_labels = exclude(paid, "bob")

    with pytest.raises(NotFound):
        appeals.against_exclusion(paid.session, paid.marketplace, of_labels.id, comment="no")
    appeal = appeals.against_exclusion(paid.session, paid.marketplace, exclusion.id, comment="no")
    appeals.rule(paid.session, paid.requester, appeal.id, outcome="overturned", reply="sorry")

    assert exclusion.lifted_at is not None
    assert balances(paid) == (0, PRICE)


def test_a_marketplace_reads_what_is_not_paid_for_and_the_statement_says_so(paid: World) -> None:
    paid.answer("ann", paid.task(), "yes")
    exclusion = exclude(paid, "ann")
    page: dict[str, Any] = {"after": None, "limit": 5}

    listed = exclusions.page_of_annotator(
        paid.session, paid.marketplace, exclusion.annotator_id, **page
    )

    assert listed.items == [exclusion]
    asked = dict.fromkeys(("since", "until", "project_id", "currency"))
    (line,) = statements.read(paid.session, paid.marketplace, **asked, **page).items
    assert (line.earned, line.reversed, line.owed, line.answers) == (PRICE, PRICE, 0, 0)
