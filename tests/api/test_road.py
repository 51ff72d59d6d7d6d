"""The way of one answer, call by call."""

from __future__ import annotations

import json

from tests.api.conftest import Api
from tests.factories import World


def test_a_project_is_made_configured_and_started(requester: Api) -> None:
    made = requester("POST", "/projects", {"name": "p", "labels": ["a", "b"]})
    assert (made.status_code, made.json["state"]) == (201, "draft")
    address, tag = f"/projects/{made.json['id']}", made.headers["ETag"]

    changed = requester(
        "PATCH", address, {"state": "running", "overlap_max": 5}, headers={"If-Match": tag}
    )

    assert (changed.json["state"], changed.json["config"]["overlap_max"]) == ("running", 5)
    versions = requester.get(f"{address}/config-versions")["items"]
    assert [(v["version"], v["overlap_max"]) for v in versions] == [(2, 5), (1, 10)]


def test_an_answer_comes_in_and_the_next_task_goes_out(world: World, marketplace: Api) -> None:
    world.tasks(2)
    marketplace("POST", "/annotators", {"external_id": "ann"})
    work = {"project_id": str(world.project_id), "annotator": "ann"}
    first = marketplace("POST", "/assignments", work).json["assignments"][0]

    sent = marketplace(
        "POST", f"/assignments/{first['id']}/answer", {"label": "yes", "next": {"count": 5}}
    )

    assert sent.status_code == 201
    assert sent.json["answer"]["label"] == "yes"
    following = sent.json["next"]["assignments"]
    assert [a["task_id"] != first["task_id"] for a in following] == [True]


def test_a_marketplace_sees_the_question_and_not_how_it_is_decided(
    world: World, marketplace: Api
) -> None:
    project = marketplace.get(f"/projects/{world.project_id}")

    assert project["config"].keys() == {
        "version", "answer_type", "question", "labels", "lease_seconds", "requires",
        "deadline_at", "price", "currency", "review_seconds", "guideline", "must_accept",
        "pay_excluded", "feedback", "interface", "number",
    }  # fmt: skip


def test_an_assignment_can_be_read_extended_and_given_back(world: World, marketplace: Api) -> None:
    world.task()
    address = f"/assignments/{world.hold('a').id}"

    assert marketplace.get(address)["state"] == "leased"
    assert marketplace("POST", f"{address}/extend").status_code == 200
    assert marketplace("POST", f"{address}/return").json["state"] == "returned"


def test_ndjson_keeps_the_good_lines_and_names_the_bad_ones(world: World, requester: Api) -> None:
    world.task("taken")
    lines = [
        b'{"external_id": "good", "payload": {"text": "hi"}, "gold": "yes"}',
        b'{"external_id": 7}',
        b'{"external_id": "x", "colour": 1}',
        b"\xff\xfe",
        b"",
        b'{"external_id": "y", "gold": "maybe"}',
        b'{"external_id": "taken"}',
        b'{"external_id": "good"}',
        b'{"external_id": "nul", "payload": {"a": "\\u0000"}}',
        b'{"external_id": "half", "payload": {"a": "\\ud800"}}',
        b'{"external_id": "nan", "payload": {"a": NaN}}',
        b'{"external_id": "deep", "payload": ' + b'{"a":' * 5000 + b"1" + b"}" * 5001,
    ]

    report = requester(
        "POST",
        f"/projects/{world.project_id}/imports",
        data=b"\n".join(lines),
        content_type="application/x-ndjson",
    )

    assert (report.json["received"], report.json["created"]) == (11, 1)
    assert [(e["line"], e["field"]) for e in report.json["errors"]] == [
        (2, "external_id"), (3, "colour"), (4, "line"), (6, "gold"), (7, "external_id"),
        (8, "external_id"), (9, "payload"), (10, "payload"), (11, "line"), (12, "line"),
    ]  # fmt: skip


def test_csv_columns_become_the_payload(world: World, requester: Api) -> None:
    file = 'external_id,text,priority\none,"a, b",3\ntwo,c,high\nthree\n'

    report = requester(
        "POST", f"/projects/{world.project_id}/imports", data=file, content_type="text/csv"
    )

    assert [(e["line"], e["field"]) for e in report.json["errors"]] == [
        (3, "priority"),
        (4, "line"),
    ]
    task = requester.get(f"/projects/{world.project_id}/tasks?external_id=one")["items"][0]
    assert (task["payload"], task["priority"]) == ({"text": "a, b"}, 3)


def test_lists_come_in_pages_that_miss_nothing(world: World, requester: Api) -> None:
    made = [str(task.id) for task in world.tasks(5)]
    address, seen, cursor = f"/projects/{world.project_id}/tasks?limit=2", [], ""

    while cursor is not None:
        page = requester.get(address + cursor)
        seen += [task["id"] for task in page["items"]]
        cursor = page["next_cursor"] and f"&cursor={page['next_cursor']}"

    assert seen == made


def test_an_export_has_a_line_for_every_task(world: World, requester: Api) -> None:
    world.task("known", gold="no")
    world.task("unknown")
    address = f"/projects/{world.project_id}/export"

    lines = [json.loads(line) for line in requester("GET", address).text.splitlines()]
    table = requester("GET", f"{address}?format=csv").text.splitlines()

    assert [(x["external_id"], x["label"], x["source"]) for x in lines] == [
        ("known", "no", "gold"),
        ("unknown", None, "consensus"),
    ]
    assert table[0].startswith("external_id,label,confidence")
    assert len(table) == 3


def test_gold_is_put_and_retired(world: World, requester: Api) -> None:
    address = f"/tasks/{world.task().id}/gold"

    assert requester("PUT", address, {"label": "yes"}).status_code == 200
    assert requester("PUT", address, {"label": "no"}).json["label"] == "no"
    assert requester("DELETE", address).status_code == 204
    assert requester("DELETE", address).status_code == 404


def test_a_leased_gold_task_looks_like_any_other(world: World, marketplace: Api) -> None:
    world.change(gold={"policy": "first", "first": 1, "share": 0})
    world.task("x1", gold="yes"), world.tasks(2)
    world.annotator("ann")
    work = {"project_id": str(world.project_id), "annotator": "ann", "count": 2}

    gold, plain = marketplace("POST", "/assignments", work).json["assignments"]

    differing = {key for key in gold if gold[key] != plain[key]}
    assert gold.keys() == plain.keys()
    assert differing == {"id", "task_id"}


def test_health_is_told_without_a_key(client: object) -> None:
    assert client.get("/healthz").json == {"status": "ok"}  # type: ignore[attr-defined]
    assert client.get("/readyz").json["status"] == "ok"  # type: ignore[attr-defined]
    assert "crowd_outbox_lag_seconds" in client.get("/metrics").text  # type: ignore[attr-defined]
