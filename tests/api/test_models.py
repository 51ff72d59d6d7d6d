"""Models and their predictions, as the API takes them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import Api
from tests.api.test_refusals import assert_problem
from tests.factories import World


def address(world: World) -> str:
    return f"/projects/{world.project_id}/models/resnet@3"


@pytest.fixture
def registered(world: World, requester: Api) -> str:
    world.task("a"), world.task("b")
    assert requester("PUT", address(world)).status_code == 200
    return f"{address(world)}/predictions"


def test_probabilities_become_a_label_and_how_sure_it_is(
    world: World, requester: Api, registered: str
) -> None:
    sent = {"predictions": [{"task": "a", "probabilities": {"yes": 0.2, "no": 0.8}}]}
    same = {"predictions": [{"task": "a", "label": "no", "confidence": 0.8}]}

    made, again = (requester("POST", registered, body).json for body in (sent, same))

    assert (made, again) == ({"received": 1, "created": 1}, {"received": 1, "created": 0})
    (model,) = requester.get(f"/projects/{world.project_id}/models")["items"]
    assert (model["name"], model["predictions"]) == ("resnet@3", 1)


def test_an_unknown_label_is_a_clear_problem_and_nothing_changes(
    world: World, requester: Api, registered: str
) -> None:
    body = {"predictions": [{"task": "a", "label": "yes"}, {"task": "b", "label": "maybe"}]}

    refused = requester("POST", registered, body)

    assert_problem(refused, 422, "unknown_label")
    assert "'maybe', of prediction 1" in refused.json["detail"]
    assert refused.json["errors"]["predictions"]["1"]["label"] == ["not one of: yes, no"]
    (model,) = requester.get(f"/projects/{world.project_id}/models")["items"]
    assert model["predictions"] == 0


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"label": "yes", "confidence": 1.1}, "confidence"),
        ({"label": "yes", "confidence": "high"}, "confidence"),
        ({"label": "yes", "probabilities": {"yes": 1}}, "label"),
        ({}, "label"),
        ({"probabilities": {"yes": 0.5, "no": 0.5}}, "probabilities"),
        ({"probabilities": {"yes": 0.5}}, "probabilities"),
        ({"label": "yes", "colour": 1}, "colour"),
    ],
)
def test_a_field_that_is_wrong_is_named_with_its_prediction(
    requester: Api, registered: str, wrong: dict[str, Any], field: str
) -> None:
    good = {"task": "a", "label": "yes"}

    refused = requester("POST", registered, {"predictions": [good, {"task": "b", **wrong}]})

    assert_problem(refused, 422, "invalid")
    assert refused.json["errors"]["predictions"]["1"].keys() == {field}


def test_another_prediction_of_the_same_task_is_a_conflict(requester: Api, registered: str) -> None:
    requester("POST", registered, {"predictions": [{"task": "a", "label": "yes"}]})

    again = requester("POST", registered, {"predictions": [{"task": "a", "label": "no"}]})

    assert_problem(again, 409, "conflict")
    assert again.json["errors"]["predictions"]["0"]["task"] == ["predicted as 'yes' before"]


def test_a_model_that_is_not_registered_predicts_nothing(world: World, requester: Api) -> None:
    world.task("a")
    body = {"predictions": [{"task": "a", "label": "yes"}]}

    refused = requester("POST", f"{address(world)}/predictions", body)

    assert_problem(refused, 404, "not_found")
    assert "PUT" in refused.json["detail"]


def test_the_least_number_of_answers_is_no_more_than_a_task_asks_for_at_first(
    requester: Api,
) -> None:
    body = {"name": "p", "labels": ["a", "b"], "models": {"use": "routing", "least_human": 4}}

    refused = requester("POST", "/projects", body)

    assert_problem(refused, 422, "invalid")
    assert refused.json["errors"]["models"].keys() == {"least_human"}


def test_an_endpoint_shows_its_secret_once_and_may_not_lead_inside(
    world: World, requester: Api, registered: str
) -> None:
    place = f"{address(world)}/endpoint"

    made = requester("PUT", place, {"url": "https://1.1.1.1/predict"})
    inside = requester("PUT", place, {"url": "https://127.0.0.1/predict"})

    assert made.json.keys() == {"url", "secret"}
    assert_problem(inside, 422, "invalid", "url")
    (model,) = requester.get(f"/projects/{world.project_id}/models")["items"]
    assert (model["endpoint"], model["failures"]) == ("https://1.1.1.1/predict", 0)
    assert made.json["secret"] not in str(model)
    assert requester("DELETE", place).status_code == 204
    assert requester("DELETE", place).status_code == 404
