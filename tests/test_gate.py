"""The gate's own rules, on an event loop and without a network."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest

from crowd.errors import TimedOut
from crowd.gate import PROBLEM, WHOLE, Gate


@dataclass
class Scope:
    headers: dict[str, str]
    method: str = "POST"
    path: str = "/"
    query_string: str = ""
    server: str = "127.0.0.1:80"
    client: str = "127.0.0.1:9"
    http_version: str = "1.1"
    scheme: str = "http"


@dataclass
class Sent:
    """What a server would be told to send."""

    pieces: AsyncIterator[bytes]
    said: list[Any] = field(default_factory=list)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self.pieces

    def response_bytes(self, status: int, headers: Any, body: bytes) -> None:
        self.said = [status, body]

    def response_stream(self, status: int, headers: Any) -> Sent:
        self.said = [status]
        return self

    async def send_bytes(self, piece: bytes) -> None:
        self.said.append(piece)


class Echo:
    """Answers with what it was sent, or with the code of what was wrong with it."""

    def __init__(self, answer: Iterable[bytes] | None = None) -> None:
        self.answer = answer

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        start("200 OK", [])
        if (problem := environ.get(PROBLEM)) is not None:
            return [problem.code.encode()]
        return self.answer if self.answer is not None else [environ["wsgi.input"].read()]

    def body_limit(self, environ: dict[str, Any]) -> int:
        return 10

    def admits(self, environ: dict[str, Any]) -> bool:
        return True


async def pieces(*given: bytes, pause_s: float = 0) -> AsyncIterator[bytes]:
    for piece in given:
        yield piece
        await asyncio.sleep(pause_s)


def ask(gate: Gate, sent: Sent, **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return gate.__rsgi__(Scope(named), sent)  # type: ignore[arg-type]


async def gate_for(app: Echo, patience_s: float = 5) -> Gate:
    gate = Gate(app, threads=2, usual_limit=10, patience_s=patience_s)
    gate.__rsgi_init__(asyncio.get_running_loop())
    return gate


def test_of_too_many_bodies_on_their_way_the_slowest_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("crowd.gate.MAX_ARRIVING", 3)

    async def scene() -> list[Sent]:
        gate = await gate_for(Echo())
        slow = [Sent(pieces(b"a", b"b", pause_s=0.3)) for _ in range(5)]
        async with asyncio.TaskGroup() as group:
            for sent in slow:
                group.create_task(ask(gate, sent, content_length="2"))
        gate.__rsgi_del__(gate._loop)
        return slow

    told = [sent.said for sent in asyncio.run(scene())]

    given_up = [200, TimedOut.code.encode()]
    assert told == [given_up, given_up, [200, b"ab"], [200, b"ab"], [200, b"ab"]]


def test_a_body_may_take_longer_while_it_keeps_coming(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crowd.gate.MIN_RATE", 10)

    async def scene(pause_s: float) -> Sent:
        gate = await gate_for(Echo(), patience_s=0.1)
        sent = Sent(pieces(*[b"xx"] * 5, pause_s=pause_s))
        await ask(gate, sent, content_length="10")
        gate.__rsgi_del__(gate._loop)
        return sent

    assert asyncio.run(scene(0.1)).said == [200, b"x" * 10]
    assert asyncio.run(scene(0.6)).said == [200, b"timed_out"]


def test_a_long_answer_goes_out_piece_by_piece_and_is_closed() -> None:
    class Long:
        closed = False

        def __iter__(self) -> Any:
            return iter([b"x" * WHOLE, b"", b"y" * WHOLE, b"z"])

        def close(self) -> None:
            self.closed = True

    long = Long()

    async def scene() -> Sent:
        gate = await gate_for(Echo(long))
        sent = Sent(pieces())
        await ask(gate, sent)
        gate.__rsgi_del__(gate._loop)
        return sent

    assert asyncio.run(scene()).said == [200, b"x" * WHOLE, b"y" * WHOLE, b"z"]
    assert long.closed


def test_an_answer_whose_client_has_left_is_closed_all_the_same() -> None:
    class Left(Sent):
        async def send_bytes(self, piece: bytes) -> None:
            raise ConnectionError

    class Long:
        closed = False

        def __iter__(self) -> Any:
            return iter([b"x" * WHOLE, b"y"])

        def close(self) -> None:
            self.closed = True

    long = Long()

    async def scene() -> None:
        gate = await gate_for(Echo(long))
        with pytest.raises(ConnectionError):
            await ask(gate, Left(pieces()))
        gate.__rsgi_del__(gate._loop)

    asyncio.run(scene())
    assert long.closed
