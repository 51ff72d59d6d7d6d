"""Webhooks, as their owners see them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from standardwebhooks import Webhook

from crowd.models import Tenant, WebhookDelivery, WebhookEndpoint
from crowd.services import attempts, deliveries, tenants
from crowd.services.webhooks import TOPICS
from tests.api.conftest import Api
from tests.factories import World, caller
from tests.receivers import receiving
from tests.services.test_deliveries import outcome
from workers.jobs import webhooks as jobs

URL = "https://93.184.215.14/hook"
GUIDE = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text()


def create(api: Api, url: str = URL, **fields: Any) -> Any:
    response = api("POST", "/webhooks", {"url": url, **fields})
    assert response.status_code == 201, response.text
    return response.json


def dead(world: World, endpoint_id: str) -> WebhookDelivery:
    delivery = deliveries.send_test(world.session, world.requester, endpoint_id)  # type: ignore[arg-type]
    attempts.record(world.session, {delivery.id: outcome(400)})
    return delivery


def test_a_secret_is_shown_once_when_it_is_made(requester: Api) -> None:
    created = create(requester, topics=["task.resolved"], description="ours")

    assert created["secret"].startswith("whsec_")
    shown = requester.get(f"/webhooks/{created['id']}")
    assert "secret" not in shown
    assert shown == {name: value for name, value in created.items() if name != "secret"}
    assert requester.get("/webhooks")["items"] == [shown]


def test_a_rotated_secret_is_another_and_the_old_one_has_a_day(requester: Api) -> None:
    created = create(requester)

    rotated = requester("POST", f"/webhooks/{created['id']}/rotate-secret").json

    assert rotated["secret"] != created["secret"]
    assert rotated["previous_secret_until"] > rotated["created_at"]


def test_an_endpoint_can_be_changed_disabled_and_removed(requester: Api) -> None:
    address = f"/webhooks/{create(requester)['id']}"

    changed = requester("PATCH", address, {"url": f"{URL}/2", "topics": ["project.paused"]})
    disabled = requester("PATCH", address, {"state": "disabled"})
    refused = requester("POST", f"{address}/test")

    assert (changed.json["url"], changed.json["topics"]) == (f"{URL}/2", ["project.paused"])
    assert disabled.json["disabled_reason"] == "disabled by its owner"
    assert (refused.status_code, refused.json["code"]) == (409, "webhook_disabled")
    assert requester("DELETE", address).status_code == 204
    assert requester("GET", address).status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"url": "https://127.0.0.1/"}, "url"),
        ({"url": "http://93.184.215.14/"}, "url"),
        ({"url": "https://169.254.169.254/latest/meta-data"}, "url"),
        ({"url": ""}, "url"),
        ({}, "url"),
        ({"url": URL, "topics": ["assignment.expired"]}, "topics"),
        ({"url": URL, "secret": "mine"}, "secret"),
    ],
)
def test_what_cannot_be_an_endpoint_is_refused_by_field(
    world: World, requester: Api, body: dict[str, Any], field: str
) -> None:
    response = requester("POST", "/webhooks", body)

    assert (response.status_code, response.json["code"]) == (422, "invalid")
    assert field in response.json["errors"]
    assert world.session.query(WebhookEndpoint).count() == 0


def test_an_endpoint_is_not_moved_inside_either(requester: Api) -> None:
    address = f"/webhooks/{create(requester)['id']}"

    assert requester("PATCH", address, {"url": "https://10.0.0.1/"}).status_code == 422
    assert requester("PATCH", address, {}).status_code == 422
    assert requester.get(address)["url"] == URL


def test_the_deliveries_of_an_endpoint_can_be_read_with_every_attempt(
    world: World, requester: Api
) -> None:
    address = f"/webhooks/{create(requester)['id']}"
    delivery = dead(world, address.rpartition("/")[2])
    requester("POST", f"{address}/test")

    newest, oldest = requester.get(f"{address}/deliveries")["items"]
    shown = requester.get(f"{address}/deliveries/{delivery.id}")

    assert (newest["state"], oldest["state"]) == ("pending", "dead")
    assert requester.get(f"{address}/deliveries?state=dead")["items"] == [oldest]
    assert shown["delivery"] == oldest
    assert json.loads(shown["body"])["type"] == "webhook.tested"
    assert shown["attempts"][0]["status"] == 400
    assert shown["attempts"][0]["response_excerpt"] == "said"


def test_dead_deliveries_can_be_replayed_one_by_one_or_all(world: World, requester: Api) -> None:
    address = f"/webhooks/{create(requester)['id']}"
    one, _ = (dead(world, address.rpartition("/")[2]) for _ in range(2))

    single = requester("POST", f"{address}/deliveries/{one.id}/replay")
    rest = requester("POST", f"{address}/replay", {"since": "2020-01-01T00:00:00Z"})
    naive = requester("POST", f"{address}/replay", {"since": "2020-01-01T00:00:00"})

    assert (single.status_code, single.json["state"]) == (202, "pending")
    assert (rest.status_code, rest.json) == (202, {"replayed": 1})
    assert (naive.status_code, list(naive.json["errors"])) == (422, ["since"])


def test_nothing_of_another_tenant_can_be_seen_or_touched(
    world: World, client: FlaskClient, requester: Api, marketplace: Api
) -> None:
    address = f"/webhooks/{create(requester)['id']}"
    one = dead(world, address.rpartition("/")[2])
    rival = Api(client, caller(world.session, "requester")[1])
    since = {"since": "2020-01-01T00:00:00Z"}
    calls: list[tuple[str, str, Any]] = [
        ("GET", "", None),
        ("PATCH", "", {"description": "mine"}),
        ("DELETE", "", None),
        ("POST", "/rotate-secret", None),
        ("POST", "/test", None),
        ("POST", "/replay", since),
        ("GET", "/deliveries", None),
        ("GET", f"/deliveries/{one.id}", None),
        ("POST", f"/deliveries/{one.id}/replay", None),
    ]

    for stranger in (rival, marketplace):
        seen = [stranger(method, address + path, body) for method, path, body in calls]
        assert [response.status_code for response in seen] == [404] * len(calls)
        assert stranger.get("/webhooks")["items"] == []
    assert requester.get(address)["description"] == ""
    assert requester.get(f"{address}/deliveries/{one.id}")["delivery"]["state"] == "dead"


def test_a_test_event_arrives_and_the_guides_own_code_verifies_it(
    app: Flask, requester: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "WEBHOOKS_ALLOW_PRIVATE", True)
    monkeypatch.setenv("CROWD_WEBHOOKS_ALLOW_PRIVATE", "true")
    (snippet,) = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    with receiving() as receiver:
        created = create(requester, receiver.url)
        sent = requester("POST", f"/webhooks/{created['id']}/test")
        jobs.deliver_due()

    (got,) = receiver.got
    shown: dict[str, Any] = {}
    exec(snippet, shown)
    shown["SECRET"] = created["secret"]
    assert shown["receive"](got.headers, got.body) == 204
    assert shown["receive"](got.headers, got.body) == 204
    assert shown["receive"](got.headers, got.body.replace("tested", "forged")) == 400
    assert len(shown["seen"]) == 1
    assert Webhook(created["secret"]).verify(got.body, got.headers)["type"] == "webhook.tested"
    address = f"/webhooks/{created['id']}/deliveries/{sent.json['id']}"
    assert requester.get(address)["delivery"]["state"] == "delivered"


def test_the_guide_names_every_topic_and_nobody_elses() -> None:
    tables = dict(re.findall(r"### For (\w+)s\n(.*?)(?=\n##)", GUIDE, re.DOTALL))

    for kind, topics in TOPICS.items():
        assert set(re.findall(r"^\| `([\w.]+)`", tables[kind], re.MULTILINE)) == set(topics)


def test_a_key_needs_the_scope(world: World, client: FlaskClient) -> None:
    tenant = world.session.get_one(Tenant, world.requester.tenant_id)
    _, token = tenants.create_key(world.session, tenant, name="r", scopes=["webhooks:read"])
    reader = Api(client, token)

    assert reader("GET", "/webhooks").status_code == 200
    assert reader("POST", "/webhooks", {"url": URL}).json["code"] == "missing_scope"


def test_the_metrics_tell_of_dead_deliveries(
    world: World, client: FlaskClient, requester: Api
) -> None:
    dead(world, create(requester)["id"])

    text = client.get("/metrics").text

    assert "crowd_webhook_deliveries_dead 1.0" in text
    assert "crowd_webhook_deliveries_pending 0.0" in text
