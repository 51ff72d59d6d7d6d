"""A tenant's connection to the API: JSON in and out, patient with a service that restarts."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx

#: How long a service may be away before we give up.
PATIENCE_S = 90.0


class Refused(Exception):
    """The API said no: a problem with its code."""

    def __init__(self, problem: dict[str, Any]) -> None:
        super().__init__(f"{problem.get('code')}: {problem.get('detail')}")
        self.code = problem.get("code")


class Client:
    """Speaks for one tenant. Not shared between threads."""

    def __init__(self, base_url: str, key: str) -> None:
        self._http = httpx.Client(
            base_url=f"{base_url}/api/v1",
            headers={"Authorization": f"Bearer {key}"},
            timeout=60,
            trust_env=False,
        )

    def close(self) -> None:
        """Hang up."""
        self._http.close()

    def get(self, path: str, **query: Any) -> Any:
        """Read one thing."""
        return self.send("GET", path, params=query).json()

    def post(self, path: str, body: Any = None) -> Any:
        """Make or do one thing. Every POST used here can be repeated without harm."""
        return self.send("POST", path, json={} if body is None else body).json()

    def pages(self, path: str, **query: Any) -> Iterator[dict[str, Any]]:
        """Read every item of a list."""
        cursor: dict[str, str] = {}
        while True:
            page = self.get(path, limit=500, **query, **cursor)
            yield from page["items"]
            if page["next_cursor"] is None:
                return
            cursor = {"cursor": page["next_cursor"]}

    def send(self, method: str, path: str, **request: Any) -> httpx.Response:
        """Send a request until it is answered. Raises Refused for a 4xx."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                response = self._http.request(method, path, **request)
                if response.status_code < 500:
                    break
                if time.monotonic() > deadline:
                    raise Refused(response.json())
            except httpx.TransportError:
                if time.monotonic() > deadline:
                    raise
            time.sleep(0.2)
        if response.is_error:
            raise Refused(response.json())
        return response
