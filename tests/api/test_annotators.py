"""Annotators, as their marketplace sees them."""

from __future__ import annotations

from tests.api.conftest import Api
from tests.api.test_refusals import assert_problem
from tests.factories import World


def test_an_annotator_is_blocked_and_let_in_again(world: World, marketplace: Api) -> None:
    world.task()
    held = world.hold("a")
    address = f"/annotators/{held.annotator_id}"

    blocked = marketplace("POST", f"{address}/block", {"reason": "too fast"})

    assert (blocked.status_code, blocked.json["state"]) == (200, "blocked")
    late = marketplace("POST", f"/assignments/{held.id}/answer", {"label": "yes"})
    assert_problem(late, 409, "assignment_closed")
    assert marketplace("POST", f"{address}/unblock").json["state"] == "active"


def test_blocking_needs_a_reason(world: World, marketplace: Api) -> None:
    who = world.annotator("a")

    for body in ({}, {"reason": ""}):
        refused = marketplace("POST", f"/annotators/{who.id}/block", body)
        assert_problem(refused, 422, "invalid", "reason")

    assert marketplace.get(f"/annotators/{who.id}")["state"] == "active"
