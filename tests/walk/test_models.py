"""A model at its endpoint beside an annotator, in the whole service."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from crowd.client import Client
from tests.receivers import Receiver, receiving, status
from tests.walk.conftest import Service, free_port

GOLD, ORDINARY = 30, 30


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.setenv("CROWD_WEBHOOKS_ALLOW_PRIVATE", "true")
    service = Service(tmp_path / "data", free_port())
    service.start()
    yield service
    service.stop()


@pytest.fixture
def model() -> Iterator[Receiver]:
    """An endpoint that is right about everything."""
    with receiving() as receiver:

        def answer(request: BaseHTTPRequestHandler) -> None:
            tasks = receiver.got[-1].json["tasks"]
            told = [{"id": task["id"], "label": task["payload"]["is"]} for task in tasks]
            status(200, json.dumps({"predictions": told}).encode())(request)

        receiver.answer = answer
        yield receiver


def wait_until(done: Callable[[], bool], seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_good_model_closes_tasks_with_one_answer(service: Service, model: Receiver) -> None:
    requester, marketplace = service.key("Acme", "requester"), service.key("Bees", "marketplace")
    with Client(service.base_url, requester) as acme, Client(service.base_url, marketplace) as bees:
        project = start(acme, model.url)
        wait_until(lambda: acme.models.list(project)[0].is_listened_to)
        bees.annotators.register("ann")
        for _ in bees.work(project, "ann", lambda lease: str(lease.payload["is"])):
            pass
        wait_until(lambda: acme.projects.progress(project).waiting == 0)

        progress = acme.projects.progress(project)
        resolved = list(acme.results.list(project, state="resolved"))

    assert progress.answers == GOLD + ORDINARY
    # all but about a fifth, which is drawn: the model goes on being measured on these
    assert progress.resolved == len(resolved) > (GOLD + ORDINARY) / 2
    for result in resolved:
        assert result.consensus.models is not None
        assert (result.label, result.consensus.answers_seen) == (truth(result.external_id), 1)


def start(acme: Client, endpoint: str) -> str:
    """Start a project whose model is asked for predictions; half of its tasks are gold."""
    routing = {"use": "routing", "blind_share": 0.2}
    wish = {"overlap_min": 3, "target_confidence": 0.8, "models": routing}
    project = acme.projects.create("pets", ["cat", "dog"], **wish).id
    for number in range(GOLD + ORDINARY):
        gold = {"gold": truth(str(number))} if number < GOLD else {}
        acme.tasks.create(project, str(number), {"is": truth(str(number))}, **gold)
    acme.models.register(project, "resnet@3")
    acme.models.set_endpoint(project, "resnet@3", endpoint)
    acme.projects.open_to(project, acme.projects.marketplaces()[0].id)
    acme.projects.start(project)
    return project


def truth(name: str) -> str:
    return ("cat", "dog")[int(name) % 2]
