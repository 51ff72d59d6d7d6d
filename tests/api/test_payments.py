"""Money over the API: exact strings, clear refusals, and nobody else's."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.api.conftest import Api
from tests.api.test_refusals import assert_problem
from tests.factories import World

PROJECT = {"name": "p", "labels": ["a", "b"], "price": "0.05", "currency": "EUR"}
BONUS = {"amount": "0.5", "currency": "EUR", "reason": "thanks", "key": "1"}


@pytest.fixture
def world(session: Session) -> World:
    """A project that pays, and whose answers wait for a review."""
    world = World(session, price=Decimal("0.05"), currency="EUR", review_seconds=60)
    world.answer("ann", world.task(), "yes")
    return world


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"price": 0.05}, "price"),
        ({"price": "-1"}, "price"),
        ({"price": "0.0000001"}, "price"),
        ({"price": "10000.01"}, "price"),
        ({"price": "1e3"}, "price"),
        ({"price": "NaN"}, "price"),
        ({"price": "0.05\n"}, "price"),
        ({"price": "٣"}, "price"),
        ({"currency": None}, "currency"),
        ({"currency": "euro"}, "currency"),
        ({"currency": "EUR\n"}, "currency"),
        ({"budget": "0.04"}, "budget"),
        ({"budget": "-5"}, "budget"),
        ({"price": None, "budget": "1", "currency": None}, "currency"),
        ({"review_seconds": -1}, "review_seconds"),
        ({"review_seconds": "60"}, "review_seconds"),
    ],
)
def test_money_that_makes_no_sense_is_refused(
    requester: Api, fields: dict[str, Any], field: str
) -> None:
    assert_problem(requester("POST", "/projects", {**PROJECT, **fields}), 422, "invalid", field)


def test_amounts_are_strings_as_they_were_sent(requester: Api) -> None:
    sent = {"price": "0.000001", "budget": "100", "review_seconds": 60}

    made = requester("POST", "/projects", {**PROJECT, **sent}).json["config"]

    assert {name: made[name] for name in sent} == sent
    assert (
        requester("POST", "/projects", {"name": "q", "labels": ["a", "b"]}).json["config"]["price"]
        is None
    )


def test_a_currency_cannot_change_once_there_are_transfers(world: World, requester: Api) -> None:
    address = f"/projects/{world.project_id}"
    before = requester.get(address)["config"]

    for other in ("USD", None):
        body = {"currency": other, "price": None}
        refused = requester("PATCH", address, body, headers={"If-Match": '"1-running"'})
        assert_problem(refused, 422, "invalid", "currency")

    assert requester.get(address)["config"] == before


def test_a_marketplace_sees_the_price_and_not_the_budget(world: World, marketplace: Api) -> None:
    config = marketplace.get(f"/projects/{world.project_id}")["config"]

    assert (config["price"], config["currency"], config["review_seconds"]) == ("0.05", "EUR", 60)
    assert "budget" not in config


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"amount": "0"}, "amount"),
        ({"amount": "-1"}, "amount"),
        ({"amount": 1}, "amount"),
        ({"amount": "10001"}, "amount"),
        ({"currency": "USD"}, "currency"),
        ({"reason": ""}, "reason"),
        ({"key": ""}, "key"),
        ({"annotator_id": "ann"}, "annotator_id"),
    ],
)
def test_a_bonus_that_makes_no_sense_is_refused(
    world: World, requester: Api, fields: dict[str, Any], field: str
) -> None:
    body = {**BONUS, "annotator_id": str(world.annotator("ann").id), **fields}

    refused = requester("POST", f"/projects/{world.project_id}/bonuses", body)

    assert_problem(refused, 422, "invalid", field)
    assert requester.get(f"/projects/{world.project_id}/transfers?kind=bonus")["items"] == []


def test_a_bonus_key_is_used_once(world: World, requester: Api) -> None:
    address = f"/projects/{world.project_id}/bonuses"
    body = {**BONUS, "annotator_id": str(world.annotator("ann").id)}

    first, again = (requester("POST", address, body) for _ in range(2))

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json == again.json
    other = requester("POST", address, {**body, "amount": "0.6"})
    assert_problem(other, 409, "bonus_key_reused", "amount")


@pytest.mark.parametrize(("body", "field"), [({}, "reason"), ({"reason": "bad"}, "reason")])
def test_a_rejection_has_one_of_the_reasons(
    world: World, requester: Api, body: dict[str, Any], field: str
) -> None:
    answer = world.answer("bea", world.task(), "yes").id

    assert_problem(requester("POST", f"/answers/{answer}/rejection", body), 422, "invalid", field)


def test_the_ledger_is_read_row_by_row_and_page_by_page(world: World, requester: Api) -> None:
    world.answer("bea", world.task(), "yes")
    address = f"/projects/{world.project_id}/transfers"

    first = requester.get(f"{address}?limit=1")
    second = requester.get(f"{address}?limit=1&cursor={first['next_cursor']}")

    (row,) = first["items"]
    assert (row["kind"], row["from"], row["to"], row["amount"]) == (
        "hold",
        "project",
        "held",
        "0.05",
    )
    assert second["items"][0]["id"] > row["id"]
    bea = world.annotator("bea").id
    assert len(requester.get(f"{address}?annotator_id={bea}")["items"]) == 1


def test_a_marketplace_does_not_read_what_others_earn(world: World, marketplace: Api) -> None:
    refused = marketplace("GET", f"/projects/{world.project_id}/transfers")

    assert_problem(refused, 404, "not_found")


@pytest.mark.parametrize(
    "query", ["from=x", "from=2026-01-02&to=x", "currency=eur", "project_id=1", "colour=1"]
)
def test_a_statement_of_nonsense_is_refused(requester: Api, query: str) -> None:
    assert_problem(requester("GET", f"/statements?{query}"), 422, "invalid")


def test_a_statement_ends_after_it_begins(requester: Api) -> None:
    query = "from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z"

    assert_problem(requester("GET", f"/statements?{query}"), 422, "invalid", "to")


def test_both_sides_read_their_statements(
    world: World, requester: Api, marketplace: Api, client: FlaskClient
) -> None:
    theirs, ours = marketplace.get("/statements"), requester.get("/statements")

    assert [(line["name"], line["held"]) for line in theirs["items"]] == [("ann", "0.05")]
    assert [(line["id"], line["held"]) for line in ours["items"]] == [
        (str(world.project_id), "0.05")
    ]
    assert theirs["totals"][0]["owed"] == "0"
    stranger = World(world.session)
    for token in (stranger.requester_token, stranger.marketplace_token):
        assert Api(client, token).get("/statements")["items"] == []
