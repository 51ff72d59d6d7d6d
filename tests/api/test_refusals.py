"""Bad input: a clear problem, the right status, and nothing changed."""

from __future__ import annotations

import io
import uuid
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from crowd.models import Answer, Task
from crowd.services import assignments
from tests.api.conftest import Api
from tests.factories import World, caller


def assert_problem(response: Any, status: int, code: str, field: str | None = None) -> None:
    assert (response.status_code, response.json["code"]) == (status, code), response.text
    assert response.mimetype == "application/problem+json"
    assert response.json["detail"]
    assert response.json["request_id"] == response.headers["X-Request-Id"]
    if field is not None:
        assert field in response.json["errors"]


def count(world: World, model: Any) -> int:
    counted = select(func.count()).select_from(model).filter_by(project_id=world.project_id)
    return world.session.scalars(counted).one()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"labels": ["a", "b"]}, "name"),
        ({"name": "p", "labels": ["a"]}, "labels"),
        ({"name": "p", "labels": ["a", "a"]}, "labels"),
        ({"name": "p", "labels": "ab"}, "labels"),
        ({"name": "p", "labels": ["a", 7]}, "labels"),
        ({"name": "p", "labels": ["a", "b"], "colour": 1}, "colour"),
        ({"name": "p", "labels": ["a", "b"], "overlap_min": 0}, "overlap_min"),
        ({"name": "p", "labels": ["a", "b"], "overlap_min": "3"}, "overlap_min"),
        ({"name": "p", "labels": ["a", "b"], "overlap_min": 11}, "overlap_min"),
        ({"name": "p", "labels": ["a", "b"], "target_confidence": 1}, "target_confidence"),
        ({"name": "p", "labels": ["a", "b"], "target_confidence": "NaN"}, "target_confidence"),
        ({"name": "p", "labels": ["a", "b"], "method": "magic"}, "method"),
        (
            {"name": "p", "labels": ["a", "b"], "expected_shares": [0.5, 0.4]},
            "expected_shares",
        ),
        (
            {"name": "p", "labels": ["a", "b"], "expected_shares": [0.5, 0.3, 0.2]},
            "expected_shares",
        ),
        ({"name": "x" * 201, "labels": ["a", "b"]}, "name"),
        ([1, 2], "_schema"),
    ],
)
def test_a_project_that_makes_no_sense_is_refused(requester: Api, body: Any, field: str) -> None:
    assert_problem(requester("POST", "/projects", body), 422, "invalid", field)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"\xff",
        b'{"name": NaN}',
        b'{"name": "\\u0000"}',
        b'{"name": "\\ud800"}',
        b"[" * 9999,
    ],
)
def test_a_body_that_is_not_json_is_refused(requester: Api, raw: bytes) -> None:
    response = requester("POST", "/projects", data=raw, content_type="application/json")

    assert_problem(response, 400, "malformed")


def test_another_content_type_is_refused(requester: Api, world: World) -> None:
    form = requester("POST", "/projects", data={"name": "p"})
    file = requester(
        "POST", f"/projects/{world.project_id}/imports", data=b"x", content_type="image/png"
    )

    assert_problem(form, 415, "unsupported_media_type")
    assert_problem(file, 415, "unsupported_media_type")


def test_a_body_of_fifty_megabytes_is_refused(requester: Api) -> None:
    response = requester(
        "POST", "/projects", data=b" " * 50_000_000, content_type="application/json"
    )

    assert_problem(response, 413, "too_large")


def test_a_large_body_that_does_not_say_its_length_is_refused(requester: Api) -> None:
    endless = io.BytesIO(b'{"name": "p", "labels": ["a", "b"]' + b" " * 3_000_000 + b"}")

    response = requester(
        "POST",
        "/projects",
        input_stream=endless,
        content_type="application/json",
        environ_overrides={"wsgi.input_terminated": True},
    )

    assert_problem(response, 413, "too_large")


def test_without_a_valid_key_nothing_is_told(client: FlaskClient) -> None:
    for headers in ({}, {"Authorization": "Bearer crowd_x_y"}, {"Authorization": "Basic eDp5"}):
        response = client.get("/api/v1/projects", headers=headers)

        assert_problem(response, 401, "unauthenticated")
        assert response.headers["WWW-Authenticate"] == "Bearer"


def test_a_key_without_the_scope_is_refused(marketplace: Api) -> None:
    response = marketplace("POST", "/projects", {"name": "p", "labels": ["a", "b"]})

    assert_problem(response, 403, "missing_scope")
    assert "projects:write" in response.json["detail"]


def test_what_belongs_to_others_does_not_exist(world: World, client: FlaskClient) -> None:
    task = world.task()
    held = world.hold("a")
    _, stranger = caller(world.session, "requester")
    _, elsewhere = caller(world.session, "marketplace")
    other, outside = Api(client, stranger), Api(client, elsewhere)
    project = f"/projects/{world.project_id}"

    for address in (project, f"{project}/progress", f"{project}/export", f"/tasks/{task.id}"):
        assert_problem(other("GET", address), 404, "not_found")
    assert_problem(outside("GET", project), 404, "not_found")
    answer = outside("POST", f"/assignments/{held.id}/answer", {"label": "yes"})
    assert_problem(answer, 404, "not_found")


def test_bad_answers_change_nothing(world: World, marketplace: Api) -> None:
    task = world.task()
    address = f"/assignments/{world.hold('a').id}/answer"

    assert_problem(marketplace("POST", address, {"label": "x"}), 422, "unknown_label", "label")
    assert_problem(marketplace("POST", address, {"label": 1}), 422, "invalid", "label")
    assert_problem(marketplace("POST", address, {}), 422, "invalid", "label")
    assert_problem(marketplace("POST", address, {"label": "yes", "x": 1}), 422, "invalid", "x")
    missing = f"/assignments/{uuid.uuid4()}/answer"
    assert_problem(marketplace("POST", missing, {"label": "yes"}), 404, "not_found")

    assert count(world, Answer) == 0
    assert world.counters(task) == (2, 1, 0, "open")


def test_an_answer_is_taken_once(world: World, marketplace: Api) -> None:
    world.task()
    address = f"/assignments/{world.hold('a').id}/answer"

    assert marketplace("POST", address, {"label": "yes"}).status_code == 201
    assert_problem(marketplace("POST", address, {"label": "yes"}), 409, "already_answered")

    assert count(world, Answer) == 1


def test_an_expired_lease_whose_slot_is_taken_is_gone(world: World, marketplace: Api) -> None:
    world.change(overlap_min=1)
    world.task()
    held = world.hold("a")
    world.let_expire(held.id)
    assignments.expire_due(world.session, limit=10)
    world.lease("b")

    response = marketplace("POST", f"/assignments/{held.id}/answer", {"label": "yes"})

    assert_problem(response, 410, "assignment_expired")


def test_names_that_are_taken_are_refused(world: World, requester: Api, marketplace: Api) -> None:
    world.task("t"), world.annotator("a")
    task = requester("POST", f"/projects/{world.project_id}/tasks", {"external_id": "t"})
    annotator = marketplace("POST", "/annotators", {"external_id": "a"})
    twice = [requester("POST", "/projects", {"name": "p", "labels": ["a", "b"]}) for _ in range(2)]

    assert_problem(task, 409, "duplicate_external_id", "external_id")
    assert_problem(annotator, 409, "duplicate_external_id", "external_id")
    assert_problem(twice[1], 409, "duplicate_name")
    assert count(world, Task) == 1


def test_a_change_must_know_what_it_changes(world: World, requester: Api) -> None:
    address = f"/projects/{world.project_id}"
    stale = {"If-Match": '"0-draft"'}

    assert_problem(requester("PATCH", address, {"state": "paused"}), 428, "version_required")
    old = requester("PATCH", address, {"state": "paused"}, headers=stale)
    assert_problem(old, 412, "stale_version")


def test_a_csv_without_the_column_is_refused_whole(world: World, requester: Api) -> None:
    response = requester(
        "POST",
        f"/projects/{world.project_id}/imports",
        data="id,text\n1,a\n",
        content_type="text/csv",
    )

    assert_problem(response, 422, "invalid", "external_id")
    assert count(world, Task) == 0


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=501", "limit=x", "cursor=!", "colour=1", "state=x"]
)
def test_a_query_that_makes_no_sense_is_refused(world: World, requester: Api, query: str) -> None:
    response = requester("GET", f"/projects/{world.project_id}/tasks?{query}")

    assert_problem(response, 422, "invalid", query.partition("=")[0])


def test_text_no_database_can_hold_is_refused(world: World, requester: Api) -> None:
    response = requester("GET", f"/projects/{world.project_id}/tasks?external_id=%00")

    assert_problem(response, 422, "invalid")


def test_an_unknown_address_or_method_is_a_problem_too(requester: Api) -> None:
    assert_problem(requester("GET", "/nothing"), 404, "not_found")
    assert_problem(requester("GET", "/projects/not-an-id"), 404, "not_found")
    assert_problem(requester("DELETE", "/projects"), 405, "method_not_allowed")
