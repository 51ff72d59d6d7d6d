"""One keep-alive connection of a client that trusts nothing: not the server, not its own clock."""

from __future__ import annotations

import http.client
import json
import socket
import struct
from dataclasses import dataclass, field
from typing import Any

#: A client's clock and caches are its own affair: nothing may depend on them.
WRONG_CLOCKS: tuple[dict[str, str], ...] = (
    {},
    {"Date": "Thu, 01 Jan 1970 00:00:00 GMT"},
    {"Date": "Sat, 01 Jan 2120 00:00:00 GMT", "If-Modified-Since": "Sat, 01 Jan 2120 00:00:00 GMT"},
    {"Date": "soon", "If-Unmodified-Since": "Thu, 01 Jan 1970 00:00:00 GMT", "If-None-Match": "*"},
)
LOST = (OSError, http.client.HTTPException)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. Status 0: the connection broke, and nobody knows what was done."""

    status: int = 0
    body: dict[str, Any] = field(default_factory=dict)
    replayed: bool = False

    @property
    def code(self) -> str:
        return str(self.body.get("code", ""))

    @property
    def is_final(self) -> bool:
        return 0 < self.status < 500


class Wire:
    """Sends and reads in two steps, so that two wires can ask at the same moment."""

    def __init__(self, port: int) -> None:
        self._http = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self._is_sent = False

    def ask(self, path: str, key: str, body: Any, headers: dict[str, str]) -> None:
        try:
            self._http.request(
                "POST",
                f"/api/v1{path}",
                json.dumps(body),
                {
                    "Authorization": f"Bearer {key}",
                    "Content-Type": "application/json",
                    **headers,
                },
            )
            self._is_sent = True
        except LOST:
            self.close()

    def reply(self) -> Reply:
        if not self._is_sent:
            return Reply()
        self._is_sent = False
        try:
            response = self._http.getresponse()
            body = json.loads(response.read() or b"{}")
            replayed = response.headers.get("Idempotent-Replayed") == "true"
            return Reply(response.status, body, replayed)
        except (*LOST, ValueError):
            self.close()
            return Reply()

    def reset(self) -> None:
        """Break off without listening: the server finds the connection reset."""
        if self._http.sock is not None:
            linger = struct.pack("ii", 1, 0)
            self._http.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close()

    def close(self) -> None:
        self._is_sent = False
        self._http.close()
