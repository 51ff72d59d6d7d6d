"""Clients that are slow, send too much, or leave in the middle: over real sockets."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.walk.conftest import Service, free_port


class Impatient(Service):
    @property
    def env(self) -> dict[str, str]:
        return {**super().env, "CROWD_HEADERS_TIMEOUT_S": "2", "CROWD_BODY_PATIENCE_S": "4"}


@dataclass
class Server:
    port: int
    token: str
    project: str

    @property
    def http(self) -> httpx.Client:
        return httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}/api/v1",
            headers={"Authorization": f"Bearer {self.token}"},
            trust_env=False,
            timeout=30,
        )

    def send(self, head: str, body: bytes = b"", token: str | None = None) -> socket.socket:
        """Send a request by hand; it need not be a whole one."""
        client = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        key = f"Authorization: Bearer {token or self.token}\r\nHost: here\r\n"
        client.sendall(f"{head}\r\n{key}\r\n".encode() + body)
        return client

    def imports(self, length: str) -> str:
        path = f"/api/v1/projects/{self.project}/imports"
        return f"POST {path} HTTP/1.1\r\nContent-Type: text/csv\r\n{length}"

    def tasks(self) -> int:
        with self.http as http:
            found: int = http.get(f"/projects/{self.project}/progress").json()["tasks"]
        return found


POST = "POST /api/v1/projects HTTP/1.1\r\nContent-Type: application/json"
JSON = {"Content-Type": "application/json"}
CHUNKED = "Transfer-Encoding: chunked"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    service = Impatient(tmp_path_factory.mktemp("slow") / "data", free_port())
    service.start()
    token = service.key("Acme", "requester")
    body = {"name": "slow", "labels": ["a", "b"]}
    with Server(service.port, token, "").http as http:
        project = http.post("/projects", json=body).json()["id"]
    yield Server(service.port, token, project)
    assert service.stop() == 0


def answer(client: socket.socket) -> tuple[int, dict[str, Any]]:
    """Read a response to its end."""
    with client, client.makefile("rb") as file:
        status = int(file.readline().split()[1])
        headers = dict(
            line.strip().lower().split(b": ", 1) for line in iter(file.readline, b"\r\n")
        )
        body = json.loads(file.read(int(headers[b"content-length"])))
    assert headers[b"content-type"] == b"application/problem+json"
    return status, body


def test_a_body_that_says_it_is_too_large_is_refused_before_it_is_sent(server: Server) -> None:
    status, problem = answer(server.send(f"{POST}\r\nContent-Length: 50000000"))

    assert (status, problem["code"]) == (413, "too_large")
    assert "imports" in problem["detail"]


def test_a_body_that_does_not_say_is_refused_once_it_is_too_large(server: Server) -> None:
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"

    # sixteen make a megabyte and some; what would come after them is never sent
    status, problem = answer(server.send(f"{POST}\r\n{CHUNKED}", chunk * 16))

    assert (status, problem["code"]) == (413, "too_large")


def test_a_body_in_chunks_is_read(server: Server) -> None:
    body = json.dumps({"name": "chunks", "labels": ["a", "b"]}).encode()

    with server.http as http:
        made = http.post("/projects", content=iter([body[:9], body[9:]]), headers=JSON)

    assert made.status_code == 201


def test_a_slow_body_is_given_up(server: Server) -> None:
    began = time.monotonic()

    status, problem = answer(server.send(f"{POST}\r\nContent-Length: 1000", b"{"))

    assert (status, problem["code"]) == (408, "timed_out")
    assert 1.5 < time.monotonic() - began < 15


def test_a_body_that_drips_is_given_up_too(server: Server) -> None:
    client = server.send(f"{POST}\r\nContent-Length: 1000", b"{")
    for _ in range(14):
        client.sendall(b" ")
        time.sleep(0.25)

    assert answer(client)[0] == 408


def test_slow_headers_are_hung_up_on(server: Server) -> None:
    client = socket.create_connection(("127.0.0.1", server.port), timeout=20)
    client.sendall(b"GET /healthz HTTP/1.1\r\nHost: h")
    began = time.monotonic()

    with client:
        assert b"200" not in client.recv(1000)
    assert 1.5 < time.monotonic() - began < 15


def test_sixty_four_slow_clients_keep_nobody_waiting(server: Server) -> None:
    slow = [server.send(f"{POST}\r\nContent-Length: 1000", b"{") for _ in range(64)]
    began = time.monotonic()

    with server.http as http:
        statuses = [http.get("/projects").status_code for _ in range(20)]
    took = time.monotonic() - began

    assert statuses == [200] * 20
    # before they are given up: nobody waited for them
    assert took < 4
    assert [answer(client)[0] for client in slow] == [408] * 64


def test_an_upload_that_breaks_off_changes_nothing(server: Server) -> None:
    before = server.tasks()
    client = server.send(server.imports("Content-Length: 100"), b"external_id\none\ntwo\n")
    client.shutdown(socket.SHUT_WR)

    status, problem = answer(client)

    assert (status, problem["code"]) == (400, "malformed")
    assert server.tasks() == before


def test_a_file_must_say_how_long_it_is(server: Server) -> None:
    # the end of a chunked body that broke off cannot be told from a real one
    status, problem = answer(server.send(server.imports(CHUNKED), b"5\r\nabcde\r\n"))

    assert (status, problem["code"]) == (411, "length_required")


def test_a_large_file_is_taken_from_those_who_may(server: Server) -> None:
    lines = "".join(f"large-{i},{'x' * 1000}\n" for i in range(3000))
    file = f"external_id,text\n{lines}".encode()

    with server.http as http:
        report = http.post(
            f"/projects/{server.project}/imports",
            content=file,
            headers={"Content-Type": "text/csv"},
        ).json()
        exported = http.get(f"/projects/{server.project}/export").text.splitlines()

    assert report["created"] == 3000
    assert len(exported) == server.tasks()
    assert all(json.loads(line)["external_id"] for line in exported)


def test_a_stranger_s_large_file_is_refused_before_it_is_sent(server: Server) -> None:
    head = server.imports("Content-Length: 1000000000")

    status, problem = answer(server.send(head, token="crowd_nobody_x"))

    assert (status, problem["code"]) == (401, "unauthenticated")


def test_addresses_reach_the_application_as_they_are_written(server: Server) -> None:
    with server.http as http:
        names = ["ä b/c%", "plus+&="]
        for name in names:
            body = {"external_id": name}
            assert http.post(f"/projects/{server.project}/tasks", json=body).status_code == 201
        found = [
            http.get(f"/projects/{server.project}/tasks", params={"external_id": name}).json()
            for name in names
        ]
        nothing = http.get("/n%C3%B6/x")

    assert [page["items"][0]["external_id"] for page in found] == names
    assert nothing.status_code == 404


def test_a_large_answer_arrives_whole(server: Server) -> None:
    with server.http as http:
        address = f"http://127.0.0.1:{server.port}/docs/assets/swagger-ui-bundle.js"
        script = http.get(address, headers={"Accept-Encoding": "identity"})

    assert len(script.content) == int(script.headers["content-length"]) > 1_000_000


def test_answers_without_a_body_have_none(server: Server) -> None:
    with server.http as http:
        head = http.head("/projects")
        made = http.post("/keys", json={"name": "k"}).json()
        gone = http.delete(f"/keys/{made['id']}")

    assert (head.status_code, head.content) == (200, b"")
    assert (gone.status_code, gone.content) == (204, b"")
