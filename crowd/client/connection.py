"""HTTP as this API speaks it: JSON, problems, pages, and attempts that are safe to repeat."""

from __future__ import annotations

import json
import logging
import random
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any, TypeVar

import httpx

from crowd.client.problems import NotFound, Problem, Unreachable, Unreadable
from crowd.client.shapes import read

T = TypeVar("T")
Attempt = Callable[[], "httpx.Response | Problem | Unreachable"]
log = logging.getLogger("crowd.client")

#: Answers after which the same request may well succeed.
RETRIED = (429, 502, 503, 504)
#: Failures of the way there or back. The others (a bad address, a bad header) would only repeat.
LOST = (httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError, httpx.ProxyError)
FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 3.0
PAGE = 500


class Connection:
    """One tenant's way to the API; may be shared between threads."""

    def __init__(
        self,
        base_url: str,
        key: str,
        *,
        timeout: float,
        retry_for: float,
        transport: httpx.BaseTransport | None,
    ) -> None:
        if not base_url.startswith(("http://", "https://")):
            raise ValueError(f"base_url is like https://crowd.example.org, not {base_url!r}.")
        self._base = base_url.rstrip("/") + "/api/v1"
        self._headers = {
            "Authorization": f"Bearer {key.strip()}",
            "Accept": "application/json",
            "User-Agent": "crowd-client",
        }
        self._retry_for = retry_for
        # connections stay open, as many as there are threads that call at a time
        self._http = httpx.Client(timeout=timeout, transport=transport, limits=httpx.Limits())

    def close(self) -> None:
        """Hang up."""
        self._http.close()

    def get(self, path: str, **query: Any) -> Any:
        """Read one thing."""
        return body_of(self.send("GET", path, query=query))

    def post(self, path: str, body: Any = None) -> Any:
        """Make or do one thing."""
        return body_of(self.send("POST", path, body={} if body is None else body))

    def delete(self, path: str) -> None:
        """Take one thing away."""
        self.send("DELETE", path)

    def pages(self, path: str, shape: type[T], **query: Any) -> Iterator[T]:
        """Read every item of a list, a page at a time."""
        cursor = None
        while True:
            page = self.get(path, limit=PAGE, cursor=cursor, **query)
            for item in page["items"]:
                yield read(shape, item)
            cursor = page["next_cursor"]
            if cursor is None:
                return

    @contextmanager
    def stream(self, path: str, **query: Any) -> Iterator[httpx.Response]:
        """Open a response that is read while it arrives. Raises Unreachable if it breaks off."""
        response = self.send("GET", path, query=query, stream=True)
        try:
            yield response
        except httpx.HTTPError as error:
            raise Unreachable(f"GET {path} broke off: {error!r}") from error
        finally:
            response.close()

    def send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        file: IO[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        stream: bool = False,
    ) -> httpx.Response:
        """Send a request until it is answered or the time for that is over.

        Every attempt of a POST carries the same Idempotency-Key: done once, however often it
        arrives. Raises Problem, Unreachable.
        """
        sent = httpx.Headers({**self._headers, **(headers or {})})
        if method == "POST":
            sent["Idempotency-Key"] = uuid.uuid4().hex
        content: bytes | IO[bytes] | None = file
        if body is not None:
            sent["Content-Type"] = "application/json"
            content = json.dumps(body, allow_nan=False, separators=(",", ":")).encode()
        url = httpx.URL(self._base + path, params=_given(query))
        patience = {} if timeout is None else {"timeout": httpx.Timeout(timeout).as_dict()}

        def attempt() -> httpx.Response | Problem | Unreachable:
            if file is not None:
                file.seek(0)
            request = httpx.Request(method, url, headers=sent, content=content, extensions=patience)
            return self._attempt(request, stream)

        return self._until_answered(attempt, f"{method} {path}")

    def _until_answered(self, attempt: Attempt, what: str) -> httpx.Response:
        deadline = time.monotonic() + self._retry_for
        number = 0
        while not isinstance(outcome := attempt(), httpx.Response):
            # what an attempt whose answer was lost has deleted cannot be found by the next
            if number and what.startswith("DELETE") and isinstance(outcome, NotFound):
                return httpx.Response(204)
            pause = _pause(number, outcome)
            if pause is None or time.monotonic() + pause > deadline:
                raise outcome
            log.info("%s again in %.1f s: %s", what, pause, outcome)
            time.sleep(pause)
            number += 1
        return outcome

    def _attempt(
        self, request: httpx.Request, stream: bool
    ) -> httpx.Response | Problem | Unreachable:
        try:
            response = self._http.send(request, stream=stream)
            if response.is_success:
                return response
            response.read()
        except httpx.HTTPError as error:
            lost = Unreachable(f"{request.method} {request.url} is not answered: {error!r}")
            lost.__cause__ = error
            return lost
        return _problem(response)


def body_of(response: httpx.Response) -> Any:
    """Read a response as JSON. Raises Unreadable."""
    return json_of(response.content)


def json_of(text: str | bytes) -> Any:
    """Read JSON. Raises Unreadable."""
    try:
        return json.loads(text)
    except ValueError:
        raise Unreadable(f"Not JSON: {text[:200]!r}. Is base_url the API's?") from None


def _problem(response: httpx.Response) -> Problem:
    after = response.headers.get("Retry-After", "")
    seconds = float(after) if after.isdecimal() else None
    try:
        body = response.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):  # not from the API itself: something on the way has answered
        body = {"code": "not_from_the_api", "detail": response.text[:200]}
    return Problem.of({**body, "status": response.status_code}, seconds)


def _pause(number: int, outcome: Problem | Unreachable) -> float | None:
    """Choose how long to wait, in seconds; None when the same request would fail the same way.

    Clients that failed together must not come back together: hence the chance in it.
    """
    pause = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(number, 10)) * random.uniform(0.5, 1)
    if isinstance(outcome, Problem):
        return pause + (outcome.retry_after or 0) if outcome.status in RETRIED else None
    return pause if isinstance(outcome.__cause__, LOST) else None


def _given(query: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return {name: value for name, value in (query or {}).items() if value is not None} or None
