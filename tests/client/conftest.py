"""The client, against the application itself and against a server that follows a script."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from flask import Flask

from crowd.client import Client
from tests.factories import World


@pytest.fixture
def requester(app: Flask, world: World) -> Iterator[Client]:
    with _inside(app, world.requester_token) as client:
        yield client


@pytest.fixture
def marketplace(app: Flask, world: World) -> Iterator[Client]:
    with _inside(app, world.marketplace_token) as client:
        yield client


def _inside(app: Flask, token: str) -> Client:
    return Client("http://crowd", token, transport=httpx.WSGITransport(app=app))


@dataclass
class Reply:
    """What the scripted server says next; `hang_up` closes the connection instead."""

    status: int = 200
    body: Any = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    hang_up: bool = False
    #: Bytes announced beyond those that are sent.
    missing: int = 0


@dataclass
class Received:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: tuple[str, int]


class Scripted:
    """A real HTTP server that gives its replies in order, the last one for ever after."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []
        self.received: list[Received] = []
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._answering())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def says(self, *replies: Reply) -> None:
        self.replies = list(replies)

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def next_reply(self, received: Received) -> Reply:
        with self._lock:
            self.received.append(received)
            return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]

    def _answering(scripted) -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Answering(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                reply = scripted.next_reply(
                    Received(self.command, self.path, headers, body, self.client_address)
                )
                if reply.hang_up:
                    self.close_connection = True
                    return
                sent = (
                    reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
                )
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(sent) + reply.missing))
                self.end_headers()
                self.wfile.write(sent)
                self.close_connection = self.close_connection or reply.missing > 0

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815

            def log_message(self, *_: object) -> None: ...

        return Answering


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    server = Scripted()
    yield server
    server.close()


@pytest.fixture
def impatient(scripted: Scripted) -> Iterator[Client]:
    """A client of the scripted server that gives up after two seconds."""
    with client_of(scripted.url, retry_for=2.0) as client:
        yield client


def client_of(url: str, **patience: float) -> Client:
    return Client(url, "crowd_a_b", transport=httpx.HTTPTransport(), **patience)


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Pauses are noted, not made."""
    pauses: list[float] = []
    monkeypatch.setattr("crowd.client.connection.time.sleep", pauses.append)
    return pauses
