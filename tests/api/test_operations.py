"""Long imports and exports, as a requester sees them."""

from __future__ import annotations

import json
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from crowd.models import OutboxEvent
from tests.api.conftest import Api
from tests.factories import World, caller
from workers.jobs import exports, imports

ASYNC = {"Prefer": "respond-async, wait=10"}


def upload(api: Api, world: World, content: bytes, form: str = "x-ndjson", **headers: str) -> Any:
    kind = "text/csv" if form == "csv" else f"application/{form}"
    return api(
        "POST",
        f"/projects/{world.project_id}/imports",
        data=content,
        content_type=kind,
        headers={**ASYNC, **headers},
    )


def work(world: World) -> None:
    """Let the workers do what waits for them."""
    for topic, job in (("import.requested", imports.go_on), ("export.requested", exports.go_on)):
        job(list(world.session.scalars(select(OutboxEvent.id).filter_by(topic=topic))))
    world.session.expire_all()


def test_an_import_in_the_background_is_followed_to_its_end(world: World, requester: Api) -> None:
    accepted = upload(requester, world, b'{"external_id": "a"}\n{"external_id": 7}\n')
    assert accepted.status_code == 202
    assert accepted.headers["Preference-Applied"] == "respond-async"
    address = accepted.headers["Location"].removeprefix("/api/v1")
    assert requester.get(address) == accepted.json
    assert (accepted.json["state"], accepted.json["done"]) == ("queued", 0)

    work(world)

    now = requester.get(address)
    assert (now["state"], now["created"], now["rejected"], now["file"]) == ("done", 1, 1, None)
    assert now["done"] == now["total"] == 40
    assert requester.get(f"{address}/errors")["items"] == [
        {"line": 2, "field": "external_id", "problem": "must be a string"}
    ]


def test_errors_come_in_pages_that_miss_nothing(world: World, requester: Api) -> None:
    operation = upload(requester, world, b"x,external_id\n" + b"1\n" * 5, "csv").json
    work(world)
    address, lines, cursor = f"/operations/{operation['id']}/errors?limit=2", [], ""

    while cursor is not None:
        page = requester.get(address + cursor)
        lines += [bad["line"] for bad in page["items"]]
        cursor = page["next_cursor"] and f"&cursor={page['next_cursor']}"

    assert lines == [2, 3, 4, 5, 6]


def test_without_the_preference_an_import_is_answered_with_its_report(
    world: World, requester: Api
) -> None:
    report = upload(requester, world, b'{"external_id": "a"}', Prefer="return=minimal")

    assert (report.status_code, report.json["created"]) == (200, 1)
    assert requester.get("/operations")["items"] == []


def test_an_export_is_written_and_fetched(world: World, requester: Api) -> None:
    task = world.task("t1")
    world.answer("a", task, "yes"), world.answer("b", task, "no")
    asked = {"what": "answers", "format": "csv"}
    started = requester("POST", f"/projects/{world.project_id}/exports", asked)
    address = started.headers["Location"].removeprefix("/api/v1")
    assert (started.status_code, started.json["total"], started.json["file"]) == (202, 2, None)
    assert requester("GET", f"{address}/file").status_code == 404

    work(world)

    assert requester.get(address)["file"] == f"/api/v1{address}/file"
    file = requester("GET", f"{address}/file")
    assert file.headers["Content-Length"] == str(len(file.data))
    assert file.headers["Content-Disposition"] == 'attachment; filename="answers.csv"'
    assert file.mimetype == "text/csv"
    streamed = requester("GET", f"/projects/{world.project_id}/export?what=answers&format=csv")
    assert streamed.data == file.data


def test_an_export_of_answers_has_who_when_and_what(world: World, requester: Api) -> None:
    task = world.task('a "quoted" \\ name\n', gold="yes")
    given = world.answer("ann", task, "no")
    address = f"/projects/{world.project_id}/export?what=answers"

    line = json.loads(requester("GET", address).text)

    assert (line["external_id"], line["label"], line["number"]) == (task.external_id, "no", 1)
    assert line["annotator_id"] == str(given.annotator_id)
    assert (line["task_id"], line["answer_id"]) == (str(task.id), str(given.id))
    assert line["submitted_at"].replace("Z", "+00:00").startswith(str(given.submitted_at)[:10])
    assert "ann" not in requester("GET", address).text.replace("annotator_id", "")
    table = requester("GET", f"{address}&format=csv").text
    assert '"a ""quoted"" \\ name\n"' in table
    assert given.submitted_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ") in table


def test_a_request_sent_again_starts_nothing_new(world: World, requester: Api) -> None:
    key = {"Idempotency-Key": "once"}
    asked = (f"/projects/{world.project_id}/exports", {"what": "results"})
    exported = [requester("POST", *asked, headers=key).json["id"] for _ in range(2)]
    again = {"Idempotency-Key": "twice"}
    imported = [upload(requester, world, b"{}", **again).json["id"] for _ in range(2)]

    listed = [operation["id"] for operation in requester.get("/operations")["items"]]
    assert listed == [exported[0], imported[0]] == [exported[1], imported[1]]


def test_a_cancelled_operation_says_so_and_stays(world: World, requester: Api) -> None:
    operation = upload(requester, world, b'{"external_id": "a"}').json

    stopped = requester("DELETE", f"/operations/{operation['id']}")
    work(world)

    assert (stopped.status_code, stopped.json["state"]) == (200, "cancelled")
    assert requester.get(f"/operations/{operation['id']}")["created"] == 0
    assert requester("DELETE", f"/operations/{operation['id']}").json["state"] == "cancelled"


def test_operations_of_others_do_not_exist(
    world: World, client: FlaskClient, requester: Api, marketplace: Api
) -> None:
    operation = upload(requester, world, b'{"external_id": 7}').json
    _, token = caller(world.session, "requester")
    stranger, address = Api(client, token), f"/operations/{operation['id']}"

    for path in (address, f"{address}/errors", f"{address}/file"):
        assert stranger("GET", path).status_code == 404
    assert stranger("DELETE", address).status_code == 404
    assert stranger("POST", f"/projects/{world.project_id}/exports", {}).status_code == 404
    assert upload(stranger, world, b"{}").status_code == 404
    assert stranger.get("/operations")["items"] == marketplace.get("/operations")["items"] == []
    assert requester.get(address)["state"] == "queued"


def test_what_cannot_be_exported_is_refused(world: World, requester: Api) -> None:
    project = f"/projects/{world.project_id}"

    for response in (
        requester("GET", f"{project}/export?what=secrets"),
        requester("POST", f"{project}/exports", {"what": "secrets"}),
    ):
        assert (response.status_code, response.json["code"]) == (422, "invalid")
        assert "what" in response.json["errors"]


def test_a_held_file_is_looked_at_and_then_imported(world: World, requester: Api) -> None:
    held = requester(
        "POST",
        f"/projects/{world.project_id}/imports?hold=true",
        data=b"id,text\n1,hi\n",
        content_type="text/csv",
    )
    address = held.headers["Location"].removeprefix("/api/v1")
    assert (held.status_code, held.json["state"]) == (202, "held")
    assert "external_id" in requester.get(f"{address}/preview")["problem"]

    started = requester("POST", f"{address}/start", {"columns": {"id": "external_id"}})
    work(world)

    assert (started.status_code, started.json["state"]) == (202, "queued")
    assert requester.get(f"/operations?project_id={world.project_id}")["items"][0]["created"] == 1
    assert requester("POST", f"{address}/start", {}).status_code == 409


def test_a_json_document_is_imported_too(world: World, requester: Api) -> None:
    report = upload(requester, world, b'[{"external_id": "a"}, {}]', "json", Prefer="")

    assert (report.json["created"], report.json["errors"][0]["line"]) == (1, 2)
