"""What was earned and is owed, added up."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from crowd.errors import NotFound
from crowd.services import bonuses, projects, reviews, statements
from crowd.services.statements import Line, Statement
from crowd.services.tenants import Caller
from tests.factories import World

PRICE, BONUS = Decimal("0.05"), Decimal("0.5")
TOMORROW = datetime.now(UTC) + timedelta(days=1)


@pytest.fixture
def paid(session: Session) -> World:
    """Ann has two answers, one of them rejected, a bonus and a lease; bea has one answer."""
    world = World(session, price=PRICE, currency="EUR")
    world.tasks(3)
    given = [world.answer("ann", world.task(), "yes") for _ in range(2)]
    reviews.reject(session, world.requester, given[0].id, reason="spam")
    bonuses.grant(
        session,
        world.requester,
        world.project_id,
        annotator_id=given[0].annotator_id,
        amount=BONUS,
        currency="EUR",
        reason="thanks",
        key="1",
    )
    world.lease("ann")
    world.answer("bea", world.task(), "yes")
    return world


def read(world: World, who: Caller, **asked: Any) -> Statement:
    anything: dict[str, Any] = dict.fromkeys(("since", "until", "project_id", "currency", "after"))
    return statements.read(world.session, who, **{**anything, "limit": 50, **asked})


def sums(line: Line) -> tuple[Decimal, ...]:
    return (line.held, line.earned, line.reversed, line.bonuses, line.owed)


def test_a_marketplace_reads_what_each_annotator_is_owed(paid: World) -> None:
    found = read(paid, paid.marketplace)

    ann, bea = found.items
    assert (ann.name, ann.currency, ann.answers) == ("ann", "EUR", 1)
    assert sums(ann) == (PRICE, 2 * PRICE, PRICE, BONUS, PRICE + BONUS)
    assert sums(bea) == (0, PRICE, 0, 0, PRICE)
    assert found.totals is not None
    assert [sums(line) for line in found.totals] == [
        tuple(map(sum, zip(sums(ann), sums(bea), strict=True)))
    ]


def test_a_requester_reads_what_each_project_costs(paid: World) -> None:
    paid.session.execute(
        text("UPDATE tasks SET state = 'resolved' WHERE project_id = :p AND answered > 0"),
        {"p": paid.project_id},
    )

    (line,) = read(paid, paid.requester).items

    assert (line.id, line.labels, line.owed) == (paid.project_id, 3, 2 * PRICE + BONUS)
    assert line.cost_per_label == Decimal("0.2")


def test_a_statement_of_a_time_counts_what_happened_in_it(paid: World) -> None:
    now = datetime.now(UTC)
    before, since = read(paid, paid.marketplace, until=now - timedelta(days=1)), now - timedelta(1)

    # what is held is of now
    assert [sums(line) for line in before.items] == [(PRICE, 0, 0, 0, 0)]
    assert len(read(paid, paid.marketplace, since=since, until=TOMORROW).items) == 2


def test_pages_follow_each_other_and_totals_come_with_the_first(paid: World) -> None:
    first = read(paid, paid.marketplace, limit=1)
    second = read(paid, paid.marketplace, limit=1, after=first.next_after)

    assert [line.name for line in (*first.items, *second.items)] == ["ann", "bea"]
    assert first.totals
    assert (second.totals, second.next_after) == (None, None)


def test_each_currency_has_a_line_of_its_own(paid: World) -> None:
    dollars = World(paid.session, price=Decimal(1), currency="USD")
    projects.open_to(
        paid.session, dollars.requester, dollars.project_id, paid.marketplace.tenant_id
    )
    dollars.marketplace = paid.marketplace
    dollars.answer("ann", dollars.task(), "yes")

    both = read(paid, paid.marketplace)

    assert [(line.name, line.currency) for line in both.items] == [
        ("ann", "EUR"), ("ann", "USD"), ("bea", "EUR"),
    ]  # fmt: skip
    assert [line.currency for line in both.totals or ()] == ["EUR", "USD"]
    assert [line.name for line in read(paid, paid.marketplace, currency="USD").items] == ["ann"]
    only = read(paid, paid.marketplace, project_id=dollars.project_id).items
    assert [line.currency for line in only] == ["USD"]


def test_a_marketplace_reads_on_when_the_project_is_closed_to_it(paid: World) -> None:
    projects.close_to(paid.session, paid.requester, paid.project_id, paid.marketplace.tenant_id)

    assert len(read(paid, paid.marketplace, project_id=paid.project_id).items) == 2


def test_others_read_nothing(paid: World) -> None:
    stranger = World(paid.session)

    for who in (stranger.requester, stranger.marketplace):
        assert read(paid, who).items == []
        for project in (paid.project_id, uuid.uuid4()):
            with pytest.raises(NotFound):
                read(paid, who, project_id=project)


def test_progress_says_what_a_label_costs(paid: World) -> None:
    cost = projects.progress(paid.session, paid.requester, paid.project_id).cost

    assert cost is not None
    assert (cost.currency, cost.held, cost.spent) == ("EUR", PRICE, 2 * PRICE + BONUS)
    assert cost.per_label is None
