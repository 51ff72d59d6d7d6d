"""Webhooks of the whole service, with a worker that dies while a message is in its hands."""

from __future__ import annotations

import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import httpx
import pytest
from standardwebhooks import Webhook

from tests.receivers import Receiver, receiving, status
from tests.walk.conftest import Service, free_port


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.setenv("CROWD_WEBHOOKS_ALLOW_PRIVATE", "true")
    service = Service(tmp_path / "data", free_port())
    service.start()
    yield service
    service.stop()


def wait_for(receiver: Receiver, count: int, seconds: float) -> float:
    began = time.monotonic()
    while len(receiver.got) < count:
        assert time.monotonic() - began < seconds, receiver.got
        time.sleep(0.01)
    return time.monotonic() - began


def test_a_message_in_the_hands_of_a_killed_worker_is_sent_again(service: Service) -> None:
    def slow(request: BaseHTTPRequestHandler) -> None:
        time.sleep(2)
        status(204)(request)

    key = service.key("R", "requester")
    client = httpx.Client(
        base_url=f"{service.base_url}/api/v1",
        headers={"Authorization": f"Bearer {key}"},
        trust_env=False,
    )
    with client, receiving() as receiver:
        made = client.post("/webhooks", json={"url": receiver.url}).json()
        address = f"/webhooks/{made['id']}"
        client.post(f"{address}/test")
        assert wait_for(receiver, 1, seconds=10) < 5

        receiver.answer = slow
        sent = client.post(f"{address}/test").json()
        wait_for(receiver, 2, seconds=10)
        service.kill("workers worker webhooks")
        receiver.answer = status(204)
        wait_for(receiver, 3, seconds=60)

        deadline = time.monotonic() + 5
        while client.get(f"{address}/deliveries?state=pending").json()["items"]:
            assert time.monotonic() < deadline
            time.sleep(0.05)

    assert [got.headers["webhook-id"] for got in receiver.got[1:]] == [sent["id"]] * 2
    assert Webhook(made["secret"]).verify(receiver.got[2].body, receiver.got[2].headers)
    assert "ok   webhooks    0 pending, 0 dead" in service.crowd("doctor")
