"""Disputes and rulings, call by call."""

from __future__ import annotations

import json

from tests.api.conftest import Api
from tests.api.test_refusals import assert_problem
from tests.factories import World
from workers.jobs.consensus import refit_project

RULING = {"label": "no", "reason": "annotator_error", "comment": "look at the ears"}


def test_a_dispute_is_taken_read_and_ruled_on(world: World, requester: Api) -> None:
    world.disputed("yes", "no", payload={"text": "penguin"})
    refit_project(world.project_id)
    address = f"/projects/{world.project_id}/disputes"

    dispute = world.disputed("yes", "no", payload={"text": "bat"})
    claim = requester("POST", f"{address}/next", {}).json["claim"]
    read = requester("GET", f"/disputes/{claim['dispute_id']}")
    ruled = requester(
        "POST",
        f"/disputes/{claim['dispute_id']}/rulings",
        RULING,
        headers={"If-Match": read.headers["ETag"]},
    )

    assert claim["dispute_id"] == str(dispute.id)
    assert read.json["dispute"]["payload"] == {"text": "bat"}
    assert [ballot["label"] for ballot in read.json["ballots"]] == ["yes", "no"]
    assert read.json["ballots"][0]["moved"].keys() == {"moved", "weight"}
    assert (ruled.status_code, ruled.json["state"]) == (201, "ruled")
    assert ruled.json["ruling"]["by"] == "test"
    result = requester.get(f"/projects/{world.project_id}/results?state=resolved")["items"][0]
    assert (result["label"], result["source"], result["confidence"]) == ("no", "ruling", 1.0)
    assert requester("POST", f"{address}/next", {}).json == {"claim": None}


def test_a_ruling_names_what_it_has_read(world: World, requester: Api) -> None:
    address = f"/disputes/{world.disputed('yes', 'no').id}/rulings"

    assert_problem(requester("POST", address, RULING), 428, "version_required")
    stale = {"headers": {"If-Match": '"0"'}}
    assert_problem(requester("POST", address, RULING, **stale), 412, "stale_version")
    fresh = {"headers": {"If-Match": '"1"'}}
    for body in ({**RULING, "reason": "because"}, {"reason": "subjective"}, {"label": "no"}):
        assert_problem(requester("POST", address, body, **fresh), 422, "invalid")
    unknown = {**RULING, "label": "maybe"}
    assert_problem(requester("POST", address, unknown, **fresh), 422, "unknown_label")


def test_undoing_and_overturning_are_listed_with_who_and_why(world: World, requester: Api) -> None:
    address = f"/disputes/{world.disputed('yes', 'no').id}/rulings"

    def rule(label: str | None) -> str:
        tag = requester("GET", address.removesuffix("/rulings")).headers["ETag"]
        body = {**RULING, "label": label}
        made = requester("POST", address, body, headers={"If-Match": tag})
        ruling_id: str = made.json["ruling"]["id"]
        return ruling_id

    rule("no")
    second = rule(None)
    assert requester("POST", f"/rulings/{second}/undo", {}).json["state"] == "open"

    found = requester.get(address)["items"]
    assert [(x["verdict"], x["label"], x["stands"]) for x in found] == [
        ("withdrawn", None, False),
        ("no_right_answer", None, False),
        ("label", "no", False),
    ]
    assert_problem(requester("POST", f"/rulings/{second}/undo", {}), 409, "conflict")


def test_an_export_says_who_ruled_and_why(world: World, requester: Api) -> None:
    for label in ("no", None):
        dispute = world.disputed("yes", "no")
        body = {**RULING, "label": label}
        requester("POST", f"/disputes/{dispute.id}/rulings", body, headers={"If-Match": '"1"'})
    address = f"/projects/{world.project_id}/export"

    lines = [json.loads(line) for line in requester("GET", address).text.splitlines()]

    assert [(x["label"], x["source"], x["reason"]) for x in lines] == [
        ("no", "ruling", "ruled"),
        (None, "ruling", "no_right_answer"),
    ]
    assert {x["ruled_by"] for x in lines} == {str(world.requester.key_id)}
    assert {(x["ruling_reason"], x["ruling_comment"]) for x in lines} == {
        ("annotator_error", "look at the ears")
    }


def test_blind_hides_who_answered(world: World, requester: Api) -> None:
    dispute = world.disputed("yes", "no")

    found = requester.get(f"/disputes/{dispute.id}?blind=true")

    names = [(ballot["name"], ballot["annotator_id"]) for ballot in found["ballots"]]
    assert names == [("Annotator A", None), ("Annotator B", None)]
    assert str(world.annotator("a").id) not in json.dumps(found)
