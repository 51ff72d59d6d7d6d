"""Models that are asked for predictions, at a real endpoint."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import func, select, update
from standardwebhooks import Webhook

from crowd.db import new_id
from crowd.errors import Conflict, NotFound
from crowd.models import Prediction, RegisteredModel
from crowd.services import imports, inquiries, models
from crowd.services.task_lines import TaskLine
from tests.factories import World
from tests.receivers import Receiver, receiving, status
from workers.jobs.models import ask_due


@pytest.fixture(autouse=True)
def _private_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROWD_WEBHOOKS_ALLOW_PRIVATE", "true")


@pytest.fixture
def endpoint() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def listen(world: World, endpoint: Receiver) -> str:
    """Register a model with an endpoint; gives the secret."""
    who = world.session, world.requester, world.project_id, "resnet@3"
    models.register(*who)
    row = inquiries.set_endpoint(*who, url=endpoint.url)
    assert row.secret is not None
    return row.secret


def says(endpoint: Receiver, *predictions: Any) -> None:
    endpoint.answer = status(200, json.dumps({"predictions": predictions}).encode())


def kept(world: World) -> list[tuple[str, float | None]]:
    query = select(Prediction).filter_by(project_id=world.project_id).order_by(Prediction.id)
    return [(row.label, row.confidence) for row in world.session.scalars(query)]


def state(world: World) -> models.ModelView:
    world.session.expire_all()
    return models.find(world.session, world.requester, world.project_id, "resnet@3")


def let_fall_due(world: World) -> None:
    world.session.execute(update(RegisteredModel).values(next_ask_at=func.now()))


def test_a_model_is_asked_about_the_tasks_it_has_not_predicted(
    world: World, endpoint: Receiver
) -> None:
    secret = listen(world, endpoint)
    world.task("a", payload={"text": "it purrs"}), world.task("b")
    says(endpoint, {"id": "b", "label": "no"}, {"id": "a", "label": "yes", "confidence": 0.8})

    assert ask_due() == 1

    (request,) = endpoint.got
    assert Webhook(secret).verify(request.body, request.headers)
    assert request.json["labels"] == ["yes", "no"]
    assert request.json["tasks"][0] == {"id": "a", "payload": {"text": "it purrs"}}
    assert sorted(kept(world)) == [("no", None), ("yes", 0.8)]
    assert (state(world).failures, state(world).last_error) == (0, None)


def test_it_is_asked_about_new_tasks_and_never_again_about_old_ones(
    world: World, endpoint: Receiver
) -> None:
    listen(world, endpoint)
    world.task("a"), world.task("passed over")
    says(endpoint, {"id": "a", "label": "yes"})
    ask_due()

    world.task("new")
    says(endpoint, {"id": "new", "label": "no"})
    let_fall_due(world)
    ask_due()
    let_fall_due(world)
    ask_due()

    asked = [[task["id"] for task in request.json["tasks"]] for request in endpoint.got]
    assert asked == [["a", "passed over"], ["new"]]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"<html>", "the answer is not JSON"),
        (b"[]", "the answer has no list of predictions"),
        (b'{"predictions": [1]}', "prediction 0 is not an object"),
        (b'{"predictions": [{"id": "a"}]}', "prediction 0 needs an id and a label, both text"),
        (b'{"predictions": [{"id": "z", "label": "yes"}]}', "'z' was not asked about"),
        (b'{"predictions": [{"id": "a", "label": "maybe"}]}', "'maybe', of prediction 0"),
        (
            b'{"predictions": [{"id": "a", "label": "yes"}, {"id": "a", "label": "no"}]}',
            "said something else",
        ),
        (
            b'{"predictions": [{"id": "a", "label": "yes", "confidence": 1.5}]}',
            "confidence 1.5 is not from 0 to 1",
        ),
        (
            b'{"predictions": [{"id": "a", "label": "yes", "confidence": NaN}]}',
            "confidence nan is not from 0 to 1",
        ),
    ],
)
def test_of_a_bad_answer_nothing_is_kept_but_what_is_wrong(
    world: World, endpoint: Receiver, body: bytes, why: str
) -> None:
    listen(world, endpoint)
    world.task("a")
    endpoint.answer = status(200, body)

    ask_due()

    assert kept(world) == []
    assert why in (state(world).last_error or "")


def test_a_model_that_fails_is_asked_again_later_and_then_forgiven(
    world: World, endpoint: Receiver
) -> None:
    listen(world, endpoint)
    world.task("a")
    endpoint.answer = status(500)
    for _ in range(2):
        ask_due()
        assert ask_due() == 0
        let_fall_due(world)
    assert (state(world).failures, state(world).last_error) == (2, "HTTP 500")

    says(endpoint, {"id": "a", "label": "yes"})
    ask_due()

    assert (state(world).failures, state(world).last_error) == (0, None)
    assert kept(world) == [("yes", None)]


def test_a_task_that_was_long_on_its_way_is_asked_about_too(
    world: World, endpoint: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    listen(world, endpoint)
    says(endpoint)
    ids = iter([new_id(), new_id()])  # as a file makes them that is in only after the next task
    world.task("late")
    ask_due()

    monkeypatch.setattr(imports, "new_id", lambda: next(ids))
    imports.add_lines(
        world.session, world.config, [TaskLine(1, "early", "{}")], imports.ImportReport()
    )
    let_fall_due(world)
    ask_due()

    asked = [[task["id"] for task in request.json["tasks"]] for request in endpoint.got]
    assert asked == [["late"], ["early", "late"]]


def test_a_model_is_asked_in_parts(
    world: World, endpoint: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    listen(world, endpoint)
    for name in "abcd":
        world.task(name, payload={"text": 40 * name})
    says(endpoint)
    monkeypatch.setattr(inquiries, "MOST_TASKS", 3)
    monkeypatch.setattr(inquiries, "MOST_BYTES", 60)

    ask_due()

    assert [[t["id"] for t in request.json["tasks"]] for request in endpoint.got] == [
        ["a", "b"],
        ["c", "d"],
    ]


def test_an_endpoint_inside_the_network_is_not_asked(
    world: World, endpoint: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CROWD_WEBHOOKS_ALLOW_PRIVATE", "false")
    listen(world, endpoint)
    world.task("a")

    ask_due()

    assert endpoint.got == []
    assert (state(world).last_error or "").startswith("not sent:")


def test_what_a_former_endpoint_says_is_not_kept(world: World, endpoint: Receiver) -> None:
    listen(world, endpoint)
    world.task("a")
    (inquiry,) = inquiries.claim(world.session, limit=1)
    listen(world, endpoint)

    inquiries.keep(world.session, inquiry, [inquiries.PredictionLine("a", "yes")])
    inquiries.note_failure(world.session, inquiry, "late")

    assert (kept(world), state(world).last_error) == ([], None)


def test_a_model_without_an_endpoint_or_of_a_finished_project_is_not_asked(
    world: World, endpoint: Receiver
) -> None:
    listen(world, endpoint)
    world.task("a")
    world.change(state="finished")
    assert ask_due() == 0

    world.change(state="running")
    who = world.session, world.requester, world.project_id, "resnet@3"
    inquiries.remove_endpoint(*who)

    assert ask_due() == 0
    with pytest.raises(NotFound):
        inquiries.remove_endpoint(*who)
    models.retire(*who)
    with pytest.raises(Conflict, match="retired"):
        inquiries.set_endpoint(*who, url=endpoint.url)
