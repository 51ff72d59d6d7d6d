"""What is paid, through the client."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from crowd.client import BonusKeyReused, Client, Invalid
from tests.factories import World

CENTS = Decimal("0.05")


def pay(world: World, requester: Client) -> str:
    """Give the project a price, and one answer; gives the answer's id."""
    requester.projects.change(str(world.project_id), price="0.05", currency="EUR")
    world.session.expire_all()
    return str(world.answer("ann", world.task(), "yes").id)


def test_an_answer_is_paid_rejected_and_paid_again(
    world: World, requester: Client, marketplace: Client
) -> None:
    answer, project = pay(world, requester), str(world.project_id)

    rejected = requester.reviews.reject(answer, reason="wrong", comment="look again")
    accepted = requester.reviews.accept(answer)

    assert (rejected.verdict, accepted.number) == ("rejected", 2)
    assert marketplace.reviews.of_answer(answer) == [accepted, rejected]
    kinds = [transfer.kind for transfer in requester.transfers.list(project)]
    assert kinds == ["hold", "earn", "reverse", "earn"]
    (reverse,) = requester.transfers.list(project, kind="reverse")
    assert reverse.amount == CENTS


def test_a_bonus_is_paid_once(world: World, requester: Client) -> None:
    pay(world, requester)
    project, ann = str(world.project_id), str(world.annotator("ann").id)

    first = requester.bonuses.grant(project, ann, "0.5", "EUR", reason="thanks", key="1")
    again = requester.bonuses.grant(project, ann, Decimal("0.50"), "EUR", reason="thanks", key="1")

    assert first == again
    with pytest.raises(BonusKeyReused):
        requester.bonuses.grant(project, ann, "0.6", "EUR", reason="thanks", key="1")


def test_each_side_reads_its_statement(
    world: World, requester: Client, marketplace: Client
) -> None:
    pay(world, requester)
    yesterday = datetime.now(UTC) - timedelta(days=1)

    (line,) = marketplace.statements.lines(since=yesterday, currency="EUR")
    (project,) = requester.statements.lines(project_id=str(world.project_id))

    assert (line.name, line.owed, line.answers, line.labels) == ("ann", CENTS, 1, None)
    assert (project.owed, project.labels) == (CENTS, 0)
    assert [total.owed for total in marketplace.statements.totals()] == [CENTS]
    assert list(marketplace.statements.lines(until=yesterday)) == []


def test_a_project_says_its_price_and_what_it_cost(
    world: World, requester: Client, marketplace: Client
) -> None:
    pay(world, requester)

    offer = marketplace.projects.get(str(world.project_id)).config
    cost = requester.projects.progress(str(world.project_id)).cost

    assert (offer.price, offer.currency, offer.budget) == (CENTS, "EUR", None)
    assert cost is not None
    assert (cost.spent, cost.per_label) == (CENTS, None)
    with pytest.raises(Invalid) as refused:
        requester.projects.change(str(world.project_id), currency="USD")
    assert "currency" in refused.value.errors


def test_what_is_not_paid_for_is_read_and_contested_by_the_marketplace(
    world: World, requester: Client, marketplace: Client
) -> None:
    pay(world, requester)
    project, ann = str(world.project_id), str(world.annotator("ann").id)
    requester.projects.change(project, pay_excluded=False)

    made = requester.exclusions.create(project, ann, reason="spam")
    (read,) = marketplace.exclusions.of_annotator(ann)
    appeal = marketplace.appeals.against_exclusion(read.id, comment="look again")
    requester.appeals.rule(appeal.id, "overturned", reply="indeed")

    assert (made.withholds_pay, read.id, read.reason) == (True, made.id, None)
    kinds = [transfer.kind for transfer in requester.transfers.list(project)]
    assert kinds == ["hold", "earn", "reverse", "earn"]


def test_a_ban_is_read_and_contested_by_the_marketplace(
    world: World, requester: Client, marketplace: Client
) -> None:
    pay(world, requester)
    ann = str(world.annotator("ann").id)

    ban = requester.bans.impose(ann, reason="spam")
    (read,) = marketplace.bans.of_annotator(ann)
    appeal = marketplace.appeals.against_ban(read.id, comment="not me")
    (found,) = requester.appeals.list_against_bans(state="open")
    requester.appeals.rule(found.id, "overturned", reply="indeed")

    assert (read.id, read.reason, found.project_id) == (ban.id, None, None)
    assert found.id == appeal.id
    assert [one.lifted_reason for one in requester.bans.list()] == ["indeed"]
