"""The gate before the application: a request gets a thread only once all of it has arrived.

A thread that waits for a client is a thread that others wait for. Here bodies are read on one event
loop, within a limit and against a clock; what is whole goes on to one of a few threads.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any, Protocol

from crowd.errors import CrowdError, LengthRequired, Malformed, TimedOut, TooLarge

if TYPE_CHECKING:
    from granian._granian import RSGIHTTPProtocol as HTTPProtocol
    from granian.rsgi import Scope

#: What a body, or a long answer, must come or go at once patience is at its end, in bytes a second.
MIN_RATE = 20_000
#: Bodies on their way at one time; beyond that the one that has taken longest is given up.
MAX_ARRIVING = 512
#: Bodies up to this size stay in memory, in bytes.
SPOOLED = 1 << 20
#: Responses up to this size are sent in one piece, in bytes.
WHOLE = 1 << 18
#: What the gate found wrong with a body; the application refuses the request with it.
PROBLEM = "crowd.body_problem"


class Application(Protocol):
    """What the gate asks of an application beyond WSGI."""

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request (PEP 3333)."""

    def body_limit(self, environ: dict[str, Any]) -> int:
        """Tell how large the body of a request may be, in bytes."""

    def admits(self, environ: dict[str, Any]) -> bool:
        """Tell whether a caller may send a large body at all."""


class Gate:
    """An RSGI application in front of a WSGI one."""

    def __init__(
        self, app: Application, *, threads: int, usual_limit: int, patience_s: float
    ) -> None:
        self._app = app
        self._patience_s = patience_s
        self._threads = threads
        self._usual_limit = usual_limit
        self._arriving: dict[asyncio.Timeout, None] = {}

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Make the threads, in the process that will use them."""
        self._loop = loop
        self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="request")

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let running requests come to their end."""
        self._pool.shutdown(wait=True)

    async def __rsgi__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        """Read a request, have it answered, send the answer."""
        environ = _environ(scope)
        body: IO[bytes] = BytesIO()
        try:
            if scope.method not in ("GET", "HEAD"):
                body = await self._whole_body(environ, protocol)
        except CrowdError as problem:
            environ[PROBLEM] = problem
        with body:
            environ["wsgi.input"] = body
            await self._answer(environ, protocol)

    async def _answer(self, environ: dict[str, Any], protocol: HTTPProtocol) -> None:
        answer = await self._loop.run_in_executor(self._pool, _Answer, self._app, environ)
        if answer.rest is None:
            protocol.response_bytes(answer.status, answer.headers, answer.first)
            return
        try:
            stream = protocol.response_stream(answer.status, answer.headers)
            piece: bytes | None = answer.first
            while piece is not None:
                await asyncio.wait_for(stream.send_bytes(piece), self._time_for(WHOLE))
                piece = await self._loop.run_in_executor(self._pool, answer.next_piece)
        finally:
            await self._loop.run_in_executor(self._pool, answer.close)

    async def _whole_body(self, environ: dict[str, Any], protocol: HTTPProtocol) -> IO[bytes]:
        """Take in a body. Raises TooLarge, TimedOut, Malformed."""
        declared = environ.get("CONTENT_LENGTH")
        if declared == "0" or (declared is None and "HTTP_TRANSFER_ENCODING" not in environ):
            return BytesIO()
        if declared is None and self._app.body_limit(environ) > self._usual_limit:
            # the server cannot tell us; JSON that broke off is not JSON, lines that did are lines
            raise LengthRequired("Send the file's Content-Length: without, half of it looks whole.")
        limit = self._usual_limit
        if declared is not None and int(declared) > limit:
            limit = await self._raised_limit(environ, int(declared))
        spool = tempfile.SpooledTemporaryFile(max_size=SPOOLED)  # noqa: SIM115 - closed by __rsgi__
        try:
            size = await self._arrive(environ, protocol, spool, limit)
        except BaseException:
            spool.close()
            raise
        if declared is not None and size != int(declared):
            spool.close()
            raise Malformed("The body broke off before its end. Nothing was done; send it again.")
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        environ["CONTENT_LENGTH"] = str(size)
        spool.seek(0)
        return spool

    async def _arrive(
        self, environ: dict[str, Any], protocol: HTTPProtocol, spool: Any, limit: int
    ) -> int:
        """Read a body against the clock; returns its size."""
        began, size = self._loop.time(), 0
        try:
            async with asyncio.timeout(self._patience_s) as clock:
                self._make_room(clock)
                async for chunk in protocol:
                    size += len(chunk)
                    if size > limit:
                        limit = await self._raised_limit(environ, size)
                    spool.write(chunk)
                    clock.reschedule(began + self._time_for(size))
        except TimeoutError:
            took = self._loop.time() - began
            raise TimedOut(f"The body came too slowly: {size} bytes in {took:.0f} s.") from None
        finally:
            self._arriving.pop(clock, None)
        return size

    def _make_room(self, clock: asyncio.Timeout) -> None:
        """Give up the body that has taken longest, where one more is one too many."""
        self._arriving[clock] = None
        if len(self._arriving) > MAX_ARRIVING:
            oldest = next(iter(self._arriving))
            del self._arriving[oldest]
            oldest.reschedule(self._loop.time())

    def _time_for(self, size: int) -> float:
        return self._patience_s + size / MIN_RATE

    async def _raised_limit(self, environ: dict[str, Any], size: int) -> int:
        """Find out how much of a large body is welcome, before more of it is read."""
        limit: int = self._app.body_limit(environ)
        if size > limit:
            raise TooLarge(
                f"The body may have {limit} bytes at the most. Tasks in bulk go to "
                "/projects/{id}/imports, in parts where they are more."
            )
        probe = {**environ, "wsgi.input": BytesIO()}
        if not await self._loop.run_in_executor(self._pool, self._app.admits, probe):
            raise TooLarge("Show a valid key before you send so much.")
        return limit


class _Answer:
    """What the application answered: all of it where it is short, else its first piece."""

    def __init__(self, app: Any, environ: dict[str, Any]) -> None:
        self.status, self.headers = 500, list[tuple[str, str]]()
        self._body = app(environ, self._start)
        self.rest: Iterator[bytes] | None = iter(self._body)
        self.first = self.next_piece() or b""
        if self.rest is None:
            self.close()

    def _start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
        self.status = int(status[:3])
        # the server tells how long the connection lives
        self.headers = [(name.lower(), value) for name, value in headers]

    def next_piece(self) -> bytes | None:
        """Collect the next piece; None at the end."""
        if self.rest is None:
            return None
        pieces, size = list[bytes](), 0
        for chunk in self.rest:
            pieces.append(chunk)
            size += len(chunk)
            if size >= WHOLE:
                break
        else:
            self.rest = None
        return b"".join(pieces) or None

    def close(self) -> None:
        """Tell the application that its answer has gone out."""
        if (close := getattr(self._body, "close", None)) is not None:
            close()


_ALWAYS = {
    "SCRIPT_NAME": "",
    "wsgi.version": (1, 0),
    "wsgi.errors": sys.stderr,
    "wsgi.multithread": True,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
    "wsgi.input_terminated": True,
}


def _environ(scope: Scope) -> dict[str, Any]:
    host, _, port = scope.server.rpartition(":")
    environ = _ALWAYS | {
        "REQUEST_METHOD": scope.method,
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": host,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0],
        "wsgi.url_scheme": scope.scheme,
    }
    for name, value in scope.headers.items():
        name = name.upper().replace("-", "_")
        if name not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            name = f"HTTP_{name}"
        environ[name] = f"{environ[name]},{value}" if name in environ else value
    return environ
