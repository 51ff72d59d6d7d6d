"""A client that costs next to nothing: a socket, a request as bytes, a response as JSON."""

from __future__ import annotations

import socket
from typing import Any, Self

import orjson


class Connection:
    """One kept-alive connection with one key."""

    def __init__(self, address: tuple[str, int], key: str) -> None:
        self._socket = socket.create_connection(address)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._head = (
            f"Host: {address[0]}\r\nAuthorization: Bearer {key}\r\n"
            "Content-Type: application/json\r\nContent-Length: "
        )

    def post(self, path: str, body: Any) -> tuple[int, Any]:
        """Send JSON; gives the status and what came back."""
        content = orjson.dumps(body)
        head = f"POST /api/v1{path} HTTP/1.1\r\n{self._head}{len(content)}\r\n\r\n"
        self._socket.sendall(head.encode() + content)
        received = b""
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += self._more()
        lines = received[:end].lower().split(b"\r\n")
        length = next(int(x[15:]) for x in lines if x.startswith(b"content-length:"))
        parts, have = [received[end + 4 :]], len(received) - end - 4
        while have < length:
            parts.append(self._more())
            have += len(parts[-1])
        return int(lines[0].split()[1]), orjson.loads(b"".join(parts))

    def _more(self) -> bytes:
        chunk = self._socket.recv(1 << 18)
        if not chunk:
            raise ConnectionError("the server hung up")
        return chunk

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
