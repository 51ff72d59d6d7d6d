"""Answers by the hundred, each with its own outcome."""

from __future__ import annotations

import uuid
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import func, select

from crowd.models import Answer
from crowd.services import projects
from tests.api.conftest import Api
from tests.factories import World, caller


def batch(world: World, marketplace: Api, count: int, **more: Any) -> Any:
    world.tasks(count)
    held = [world.hold("ann") for _ in range(count)]
    items = [{"assignment_id": str(each.id), "label": "yes"} for each in held]
    return marketplace("POST", "/answers", {"answers": items, **more})


def test_all_of_a_batch_are_taken(world: World, marketplace: Api) -> None:
    sent = batch(world, marketplace, 5)

    assert sent.status_code == 200
    assert [item["problem"] for item in sent.json["answers"]] == [None] * 5
    assert {item["answer"]["label"] for item in sent.json["answers"]} == {"yes"}


def test_a_bad_answer_keeps_no_good_one_out_and_never_hides(world: World, marketplace: Api) -> None:
    world.tasks(3)
    good, twice, wrong = (str(world.hold("ann").id) for _ in range(3))
    given = [(good, "yes"), (twice, "no"), (twice, "yes"), (wrong, "maybe"), (uuid.uuid4(), "yes")]

    sent = marketplace(
        "POST",
        "/answers",
        {"answers": [{"assignment_id": str(a), "label": label} for a, label in given]},
    )

    codes = [(item["problem"] or {}).get("code") for item in sent.json["answers"]]
    assert codes == [None, None, "already_answered", "unknown_label", "not_found"]
    kept = select(Answer.label).where(Answer.project_id == world.project_id)
    assert sorted(world.session.scalars(kept)) == ["no", "yes"]


def test_a_batch_goes_on_to_the_next(world: World, marketplace: Api) -> None:
    world.tasks(2)
    following = {"project_id": str(world.project_id), "annotator": "ann", "count": 2}

    sent = batch(world, marketplace, 2, next=following)

    assert len(sent.json["next"]["assignments"]) == 2


def test_an_answer_stands_though_nothing_can_follow(world: World, marketplace: Api) -> None:
    world.task()
    held = world.hold("ann")
    market = world.marketplace.tenant_id
    projects.close_to(world.session, world.requester, world.project_id, market)

    sent = marketplace("POST", f"/assignments/{held.id}/answer", {"label": "yes", "next": {}})

    assert sent.status_code == 201
    assert sent.json["next"]["reason"] == "not_available"


def test_two_annotators_answer_one_task_in_one_batch(world: World, marketplace: Api) -> None:
    task = world.task()
    held = [world.hold(name, named=[task.external_id]) for name in ("a", "b")]
    items = [{"assignment_id": str(each.id), "label": "yes"} for each in held]

    marketplace("POST", "/answers", {"answers": items})

    assert world.counters(task) == (2, 0, 2, "open")
    numbers = select(Answer.number).where(Answer.task_id == task.id)
    assert sorted(world.session.scalars(numbers)) == [1, 2]


def test_another_marketplaces_assignments_are_not_there(world: World, client: FlaskClient) -> None:
    world.task()
    held = world.hold("ann")
    _, token = caller(world.session, "marketplace")

    sent = Api(client, token)(
        "POST", "/answers", {"answers": [{"assignment_id": str(held.id), "label": "yes"}]}
    )

    assert sent.json["answers"][0]["problem"]["code"] == "not_found"
    stored = select(func.count()).select_from(Answer).where(Answer.task_id == held.task_id)
    assert world.session.scalar(stored) == 0
