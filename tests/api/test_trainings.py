"""Trainings over HTTP: what each side is shown of the right answers."""

from __future__ import annotations

from typing import Any

from tests.api.conftest import Api
from tests.factories import World

TRAINING: dict[str, Any] = {
    "name": "birds",
    "labels": ["a bird", "none"],
    "practice": [{"payload": {"n": 0}, "label": "none", "explanation": "It is a bat."}],
    "test": [{"payload": {"n": n}, "label": "a bird"} for n in (1, 2)],
    "qualification": "birds",
}


def started(world: World, requester: Api, marketplace: Api) -> dict[str, Any]:
    world.annotator("ann")
    made = requester("POST", "/trainings", TRAINING)
    assert made.status_code == 201, made.text
    address = f"/trainings/{made.json['id']}"
    step = marketplace("POST", f"{address}/attempts", {"annotator": "ann"})
    assert step.status_code == 200, step.text
    return {"training": address, **step.json}


def test_the_requester_reads_its_key_and_a_marketplace_never_does(
    world: World, requester: Api, marketplace: Api
) -> None:
    world.change(requires=["birds"])
    step = started(world, requester, marketplace)

    whole = requester.get(step["training"])
    offers = marketplace.get(f"/projects/{world.project_id}/trainings")["items"]

    assert [item["label"] for item in whole["test"]] == ["a bird", "a bird"]
    assert whole["practice"] == TRAINING["practice"]
    assert [offer["qualification"] for offer in offers] == ["birds"]
    assert not {"practice", "test"} & offers[0].keys()
    assert step["item"] == {"number": 1, "of": 3, "kind": "practice", "payload": {"n": 0}}


def test_only_practice_is_answered_with_what_is_right(
    world: World, requester: Api, marketplace: Api
) -> None:
    address = f"/training-attempts/{started(world, requester, marketplace)['id']}/answers"

    said = [marketplace("POST", address, {"number": n, "label": "a bird"}).json for n in (1, 2, 3)]

    practice = {"is_right": False, "label": "none", "explanation": "It is a bat."}
    assert [one["feedback"] for one in said] == [practice, None, None]
    assert [one["attempt"]["state"] for one in said] == ["running", "running", "passed"]
    assert said[1]["attempt"]["item"].keys() == {"number", "of", "kind", "payload"}
    assert (said[2]["attempt"]["score"], said[2]["attempt"]["item"]) == (1.0, None)


def test_the_requester_sees_who_tried_and_how_it_went(
    world: World, requester: Api, marketplace: Api
) -> None:
    step = started(world, requester, marketplace)

    (attempt,) = requester.get(f"{step['training']}/attempts")["items"]

    assert (attempt["id"], attempt["state"], attempt["score"]) == (step["id"], "running", None)


def test_a_label_or_an_explanation_in_the_wrong_place_is_named(requester: Api) -> None:
    explained = {"label": "a bird", "explanation": "no"}

    unknown = requester("POST", "/trainings", {**TRAINING, "test": [{"label": "a cat"}]})
    misplaced = requester("POST", "/trainings", {**TRAINING, "test": [explained]})

    assert (unknown.status_code, misplaced.status_code) == (422, 422)
    assert unknown.json["errors"]["test"]["0"].keys() == {"label"}
    assert misplaced.json["errors"]["test"]["0"].keys() == {"explanation"}
