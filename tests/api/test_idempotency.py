"""A POST that is sent again is answered again and done once."""

from __future__ import annotations

from sqlalchemy import update

from crowd.models import StoredResponse
from crowd.services.idempotency import KEPT_FOR
from tests.api.conftest import Api
from tests.factories import World

PROJECT = {"name": "once", "labels": ["a", "b"]}
KEY = {"Idempotency-Key": "k1"}


def test_the_same_request_gets_the_same_response(requester: Api) -> None:
    first = requester("POST", "/projects", PROJECT, headers=KEY)
    again = requester("POST", "/projects", PROJECT, headers=KEY)

    assert (again.status_code, again.json) == (201, first.json)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers


def test_the_same_key_with_another_body_is_refused(requester: Api) -> None:
    requester("POST", "/projects", PROJECT, headers=KEY)

    other = requester("POST", "/projects", {**PROJECT, "name": "other"}, headers=KEY)

    assert (other.status_code, other.json["code"]) == (409, "idempotency_key_reused")


def test_keys_of_different_callers_do_not_meet(
    world: World, requester: Api, marketplace: Api
) -> None:
    requester("POST", "/projects", PROJECT, headers=KEY)

    assert marketplace("POST", "/annotators", {"external_id": "a"}, headers=KEY).status_code == 201


def test_a_refused_request_may_be_mended_and_sent_again(requester: Api) -> None:
    assert requester("POST", "/projects", {}, headers=KEY).status_code == 422

    assert requester("POST", "/projects", PROJECT, headers=KEY).status_code == 201


def test_a_lease_is_not_handed_out_twice(world: World, marketplace: Api) -> None:
    world.tasks(2)
    world.annotator("a")
    work = {"project_id": str(world.project_id), "annotator": "a"}

    first, again = (marketplace("POST", "/assignments", work, headers=KEY) for _ in range(2))

    assert first.json == again.json


def test_an_import_is_done_once(world: World, requester: Api) -> None:
    address, file = f"/projects/{world.project_id}/imports", "external_id\none\n"

    reports = [
        requester("POST", address, data=file, content_type="text/csv", headers=KEY)
        for _ in range(2)
    ]

    assert [report.json["created"] for report in reports] == [1, 1]


def test_a_day_later_the_key_is_free(world: World, requester: Api) -> None:
    requester("POST", "/projects", PROJECT, headers=KEY)
    world.session.execute(
        update(StoredResponse).values(created_at=StoredResponse.created_at - 2 * KEPT_FOR)
    )

    assert (
        requester("POST", "/projects", {**PROJECT, "name": "new"}, headers=KEY).status_code == 201
    )
