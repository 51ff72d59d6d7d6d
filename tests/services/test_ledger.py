"""What is held for a lease, earned by an answer, and given back."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from crowd.db import new_id
from crowd.errors import Invalid
from crowd.models import Participation, Project, Transfer
from crowd.services import annotators, answers, assignments
from crowd.services.answers import Given
from tests.factories import World

PRICE = Decimal("0.05")


@pytest.fixture
def paid(session: Session) -> World:
    """A project that pays for an answer when it is handed in."""
    return World(session, price=PRICE, currency="EUR")


def kinds(world: World) -> list[str]:
    query = select(Transfer.kind).filter_by(project_id=world.project_id).order_by(Transfer.id)
    return list(world.session.scalars(query))


def balances(world: World, name: str = "ann") -> tuple[Decimal, Decimal]:
    """What is held for an annotator, and what it has earned; the ledger says the same."""
    world.session.expire_all()
    who = world.annotator(name).id
    row = world.session.get_one(Participation, (world.project_id, who))
    every = world.session.scalars(
        select(Transfer).filter_by(project_id=world.project_id, annotator_id=who)
    ).all()
    for account in ("held", "earned"):
        came = sum((t.amount for t in every if t.to_account == account), Decimal(0))
        went = sum((t.amount for t in every if t.from_account == account), Decimal(0))
        assert getattr(row, account) == came - went
    return row.held, row.earned


def submit(world: World, assignment_id: object) -> object:
    return answers.submit(world.session, world.marketplace, assignment_id, label="yes")  # type: ignore[arg-type]


def expired(world: World, name: str = "ann") -> object:
    held = world.hold(name)
    world.let_expire(held.id)
    assignments.expire_due(world.session, limit=10)
    return held.id


def test_a_lease_holds_the_price(paid: World) -> None:
    paid.tasks(3)

    paid.lease(count=2)

    assert balances(paid) == (2 * PRICE, 0)
    assert kinds(paid) == ["hold", "hold"]


def test_an_answer_earns_what_its_lease_held(paid: World) -> None:
    paid.task()

    submit(paid, paid.hold().id)

    assert balances(paid) == (0, PRICE)
    assert kinds(paid) == ["hold", "earn"]


def test_an_answer_that_waits_for_its_review_keeps_its_hold(paid: World) -> None:
    paid.change(review_seconds=60)
    paid.task()

    submit(paid, paid.hold().id)

    assert balances(paid) == (PRICE, 0)


def test_what_is_given_back_is_released(paid: World) -> None:
    paid.task()

    assignments.give_back(paid.session, paid.marketplace, paid.hold().id)

    assert balances(paid) == (0, 0)
    assert kinds(paid) == ["hold", "release"]


def test_what_expires_is_released(paid: World) -> None:
    paid.task()

    expired(paid)

    assert balances(paid) == (0, 0)
    assert kinds(paid) == ["hold", "release"]


def test_a_block_releases_everything_that_is_held(paid: World) -> None:
    paid.tasks(2)
    paid.lease(count=2)

    annotators.block(paid.session, paid.marketplace, paid.annotator("ann").id, "too fast")

    assert balances(paid) == (0, 0)
    assert sorted(kinds(paid)) == ["hold", "hold", "release", "release"]


def test_a_late_answer_holds_and_earns_at_once(paid: World) -> None:
    paid.task()

    submit(paid, expired(paid))

    assert balances(paid) == (0, PRICE)
    assert kinds(paid) == ["hold", "release", "hold", "earn"]


def test_a_late_answer_that_waits_for_its_review_is_held(paid: World) -> None:
    paid.change(review_seconds=60)
    paid.task()

    submit(paid, expired(paid))

    assert balances(paid) == (PRICE, 0)


def test_several_answers_of_a_request_earn_each_its_own(paid: World) -> None:
    paid.tasks(3)
    late = expired(paid)
    held = [one.taken.assignment_id for one in paid.lease(count=2).leases]

    answers.submit_all(paid.session, paid.marketplace, [Given(one, "no") for one in [*held, late]])  # type: ignore[list-item]

    assert balances(paid) == (0, 3 * PRICE)


def test_an_assignment_that_comes_to_life_again_is_held_anew(paid: World) -> None:
    task = paid.task()
    expired(paid)

    paid.hold(named=[task.external_id])
    paid.hold(named=[task.external_id])

    assert balances(paid) == (PRICE, 0)
    assert kinds(paid) == ["hold", "release", "hold"]


def test_the_price_of_the_lease_counts_whatever_it_is_by_now(paid: World) -> None:
    paid.tasks(2)
    before = paid.hold().id
    paid.change(price=Decimal(1))

    submit(paid, before)
    paid.hold()

    assert balances(paid) == (1, PRICE)


def test_gold_earns_as_any_other_answer(paid: World) -> None:
    known, other = paid.task(gold="no"), paid.task()

    for task in (known, other):
        paid.answer("ann", task, "yes")

    assert balances(paid) == (0, 2 * PRICE)


def test_a_project_without_a_price_moves_nothing(paid: World) -> None:
    paid.change(price=None)
    paid.tasks(2)

    submit(paid, paid.hold().id)
    submit(paid, expired(paid))

    assert balances(paid) == (0, 0)
    assert kinds(paid) == []


def test_a_price_of_nothing_moves_nothing(paid: World) -> None:
    paid.change(price=Decimal(0))
    paid.task()

    submit(paid, paid.hold().id)

    assert kinds(paid) == []


def test_what_is_leased_before_there_is_a_price_earns_nothing(paid: World) -> None:
    paid.change(price=None)
    paid.task()
    held = paid.hold().id
    paid.change(price=PRICE)

    submit(paid, held)

    assert kinds(paid) == []


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"currency": None}, "currency"),
        ({"currency": "USD"}, "currency"),
        ({"budget": Decimal("0.01")}, "budget"),
    ],
)
def test_money_that_makes_no_sense_changes_nothing(
    paid: World, fields: dict[str, object], field: str
) -> None:
    paid.task()
    paid.hold()
    version = paid.config.version

    with pytest.raises(Invalid) as refused, paid.session.begin_nested():
        paid.change(**fields)

    assert field in refused.value.errors
    assert paid.config.version == version


def test_a_currency_can_change_before_anybody_has_begun(paid: World) -> None:
    paid.change(currency="USD")

    assert paid.config.currency == "USD"


def test_a_transfer_is_never_changed_and_never_removed(paid: World) -> None:
    paid.task()
    paid.hold()

    for forbidden in (update(Transfer).values(amount=9), delete(Transfer)):
        with pytest.raises(DBAPIError, match="never changed"), paid.session.begin_nested():
            paid.session.execute(forbidden)


def test_the_ledger_goes_with_its_project(paid: World) -> None:
    paid.task()
    submit(paid, paid.hold().id)

    paid.session.execute(delete(Project).filter_by(id=paid.project_id))

    assert kinds(paid) == []


@pytest.mark.parametrize("column", ["closes_id", "reverses_id"])
def test_a_transfer_is_undone_once(paid: World, column: str) -> None:
    paid.task()
    submit(paid, paid.hold().id)
    hold, earning = paid.session.scalars(
        select(Transfer).filter_by(project_id=paid.project_id).order_by(Transfer.id)
    )
    undone, kind, route = {
        "closes_id": (hold, "release", ("held", "project")),
        "reverses_id": (earning, "reverse", ("earned", "project")),
    }[column]

    def undo() -> None:
        same = {
            name: getattr(undone, name)
            for name in ("project_id", "annotator_id", "assignment_id", "amount", "currency")
        }
        again = Transfer(id=new_id(), kind=kind, from_account=route[0], to_account=route[1], **same)
        setattr(again, column, undone.id)
        with paid.session.begin_nested():
            paid.session.add(again)

    if column == "reverses_id":
        undo()
    with pytest.raises(DBAPIError, match=f"ux_transfers_{column}"):
        undo()
