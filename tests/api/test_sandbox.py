"""The whole cycle with nothing real in it."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from crowd.models import OutboxEvent, Tenant
from tests.api.conftest import Api
from tests.api.test_refusals import assert_problem
from tests.factories import World


class Sandbox(NamedTuple):
    requester: Api
    marketplace: Api
    project: dict[str, Any]

    def lease(self, annotator: str) -> Any:
        work = {"project_id": self.project["id"], "annotator": annotator}
        return self.marketplace("POST", "/assignments", work).json


@pytest.fixture
def sandbox(world: World, marketplace: Api, client: FlaskClient) -> Sandbox:
    keys = marketplace("POST", "/sandbox").json
    sides = [Api(client, keys[kind]["token"]) for kind in ("requester", "marketplace")]
    made = sides[1]("POST", "/sandbox/projects", {"size": 4, "gold": 1, "overlap_max": 2})
    assert made.status_code == 201, made.text
    sides[1]("POST", "/annotators", {"external_id": "ann"})
    return Sandbox(*sides, made.json)


def test_a_sandbox_has_two_sides_and_test_keys(sandbox: Sandbox) -> None:
    assert sandbox.requester.token.startswith("crowd_test_")
    assert sandbox.marketplace.token.startswith("crowd_test_")
    for side in (sandbox.requester, sandbox.marketplace):
        assert [p["id"] for p in side.get("/projects")["items"]] == [sandbox.project["id"]]
    assert sandbox.requester.get(f"/projects/{sandbox.project['id']}/progress")["tasks"] == 4


def test_the_cycle_runs_as_it_does_for_real(sandbox: Sandbox, world: World) -> None:
    held = sandbox.lease("ann")["assignments"][0]

    sent = sandbox.marketplace("POST", f"/assignments/{held['id']}/answer", {"label": "cat"})

    assert sent.status_code == 201
    project_id = sandbox.project["id"]
    told = world.session.scalars(select(OutboxEvent.topic).filter_by(project_id=project_id))
    assert "answer.submitted" in told.all()


def test_sandbox_and_reality_do_not_meet(
    sandbox: Sandbox, world: World, requester: Api, marketplace: Api
) -> None:
    real, made_up = f"/projects/{world.project_id}", f"/projects/{sandbox.project['id']}"
    held = sandbox.lease("ann")["assignments"][0]

    for side in (sandbox.requester, sandbox.marketplace):
        assert_problem(side("GET", real), 404, "not_found")
    for side in (requester, marketplace):
        assert_problem(side("GET", made_up), 404, "not_found")
        assert made_up not in side("GET", "/projects").text
    assert_problem(marketplace("GET", f"/assignments/{held['id']}"), 404, "not_found")
    twins = world.session.scalars(select(Tenant).where(Tenant.sandbox_of.is_not(None))).all()
    listed = {m["id"] for m in requester.get("/marketplaces")["items"]}
    assert not listed & {str(twin.id) for twin in twins}
    for twin in twins:
        assert_problem(requester("PUT", f"{real}/marketplaces/{twin.id}"), 404, "not_found")
    theirs = sandbox.requester.get("/marketplaces")["items"]
    assert [m["id"] for m in theirs] == [str(t.id) for t in twins if t.kind == "marketplace"]
    opened = sandbox.requester("PUT", f"{made_up}/marketplaces/{world.marketplace.tenant_id}")
    assert_problem(opened, 404, "not_found")


def test_one_tenant_s_sandbox_is_not_another_s(
    sandbox: Sandbox, requester: Api, client: FlaskClient
) -> None:
    other = Api(client, requester("POST", "/sandbox").json["requester"]["token"])

    supply = f"/sandbox/projects/{sandbox.project['id']}/supply"
    assert_problem(other("PUT", supply, {"reason": "paused"}), 404, "not_found")
    assert other.get("/projects")["items"] == []


@pytest.mark.parametrize("reason", ["paused", "all_done", "none_left_for_you"])
def test_work_runs_out_for_the_reason_one_wants(sandbox: Sandbox, reason: str) -> None:
    address = f"/sandbox/projects/{sandbox.project['id']}/supply"

    assert sandbox.marketplace("PUT", address, {"reason": reason}).status_code == 200
    assert (sandbox.lease("ann")["reason"], sandbox.lease("ann")["assignments"]) == (reason, [])

    assert sandbox.marketplace("PUT", address, {"reason": "running"}).status_code == 200
    assert len(sandbox.lease("ann")["assignments"]) == 1


def test_one_reason_follows_another(sandbox: Sandbox) -> None:
    address = f"/sandbox/projects/{sandbox.project['id']}/supply"
    told = []

    for reason in ("all_done", "paused", "none_left_for_you", "all_done"):
        sandbox.requester("PUT", address, {"reason": reason})
        told.append(sandbox.lease("ann")["reason"])

    assert told == ["all_done", "paused", "none_left_for_you", "all_done"]


def test_a_lease_expires_on_demand(sandbox: Sandbox) -> None:
    held = sandbox.lease("ann")["assignments"][0]
    address = f"/assignments/{held['id']}"

    assert sandbox.marketplace("POST", f"/sandbox{address}/expire").json["state"] == "expired"

    extended = sandbox.marketplace("POST", f"{address}/extend")
    assert_problem(extended, 410, "assignment_expired")
    again = sandbox.marketplace("POST", f"/sandbox{address}/expire")
    assert_problem(again, 410, "assignment_expired")
    late = sandbox.marketplace("POST", f"{address}/answer", {"label": "cat"})
    assert late.status_code == 201


def test_an_annotator_is_blocked_and_let_in_again(sandbox: Sandbox) -> None:
    ann = sandbox.marketplace.get("/annotators")["items"][0]
    address = f"/sandbox/annotators/{ann['id']}/state"

    sandbox.marketplace("PUT", address, {"state": "blocked"})
    assert sandbox.lease("ann")["reason"] == "blocked"

    sandbox.marketplace("PUT", address, {"state": "active"})
    assert len(sandbox.lease("ann")["assignments"]) == 1


def test_a_simulated_crowd_answers_until_nothing_is_asked(sandbox: Sandbox) -> None:
    address = f"/sandbox/projects/{sandbox.project['id']}/answers"

    first = sandbox.requester("POST", address, {"people": 2})
    again = sandbox.requester("POST", address, {"people": 3})

    assert (first.status_code, first.json, again.json) == (201, {"answers": 8}, {"answers": 0})


def test_what_is_for_sandboxes_is_not_for_real_work(
    world: World, sandbox: Sandbox, marketplace: Api
) -> None:
    world.task()
    held = world.hold("a")

    expired = marketplace("POST", f"/sandbox/assignments/{held.id}/expire")
    inside = sandbox.marketplace("POST", "/sandbox")

    assert_problem(expired, 403, "wrong_mode")
    assert_problem(inside, 403, "wrong_mode")
    world.session.refresh(held)
    assert held.state == "leased"


def test_a_second_pair_of_keys_opens_the_same_sandbox(
    sandbox: Sandbox, marketplace: Api, client: FlaskClient
) -> None:
    again = Api(client, marketplace("POST", "/sandbox").json["marketplace"]["token"])

    assert [p["id"] for p in again.get("/projects")["items"]] == [sandbox.project["id"]]


def test_more_gold_than_tasks_is_refused(sandbox: Sandbox) -> None:
    made = sandbox.requester("POST", "/sandbox/projects", {"size": 1, "gold": 2})

    assert_problem(made, 422, "invalid", "gold")
