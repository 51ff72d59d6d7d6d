"""One signed HTTP request to an address a stranger chose: checked, and bounded in every way.

The connection goes to the very address that was checked; host name, certificate and SNI stay those
of the URL. No proxy of the environment is used, no redirect followed.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any

import httpcore
import httpx
from standardwebhooks import Webhook

from crowd.services import destinations
from crowd.services.attempts import Outcome
from crowd.services.deliveries import Claimed

#: From looking the name up to the last byte of the answer.
TIMEOUT_S = 5.0
#: Read of an answer at the most, and kept of it.
MAX_ANSWER_BYTES, EXCERPT = 4096, 1000
AGENT = "Crowd-Webhooks/1"
_FAILURES = (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException)


def send(
    claimed: Claimed,
    *,
    allow_private: bool,
    timeout_s: float = TIMEOUT_S,
    most_bytes: int = MAX_ANSWER_BYTES,
    kept: int = EXCERPT,
) -> Outcome:
    """Make one attempt; whatever happens is in the outcome.

    Of the answer up to `most_bytes` are read, and so many characters `kept`.
    """
    started_at, began = datetime.now(UTC), time.monotonic()
    network = _CheckedNetwork(allow_private, began + timeout_s)
    status, error, excerpt, retry_after_s = None, None, None, None
    try:
        destinations.parse(claimed.url, allow_private=allow_private)
        with _post(claimed, started_at, network, timeout_s) as response:
            status = response.status
            retry_after_s = _retry_after_s(response)
            excerpt = _beginning(response, most_bytes)[:kept]
        error = _refusal(status)
    except destinations.Refused as refused:
        error = f"not sent: {refused}"
    except Exception as failure:  # one odd receiver must not end the job of all the others
        late = time.monotonic() >= network.ends_at or isinstance(failure, httpcore.TimeoutException)
        error = f"no answer within {timeout_s:g} s" if late else _said(failure)
    finally:
        network.close()
    duration_s = time.monotonic() - began
    return Outcome(started_at, duration_s, status, error, excerpt, retry_after_s)


def headers(claimed: Claimed, at: datetime) -> dict[str, str]:
    """Sign a message with each secret that is valid."""
    message_id = str(claimed.delivery_id)
    signatures = (Webhook(secret).sign(message_id, at, claimed.body) for secret in claimed.secrets)
    return {
        "content-type": "application/json",
        "user-agent": AGENT,
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
        "connection": "close",
    }


class _CheckedNetwork(httpcore.NetworkBackend):
    """Connects to an address that was checked, and cuts the line when the time is over.

    Time-outs of single reads and writes would let a peer go on for ever, a byte at a time.
    """

    def __init__(self, allow_private: bool, ends_at: float) -> None:
        self.ends_at = ends_at
        self._allow_private = allow_private
        self._line: socket.socket | None = None
        self._cutter: threading.Timer | None = None

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            addresses = destinations.public_addresses(
                host, port, allow_private=self._allow_private, timeout_s=self._left()
            )
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from None
        stream = self._connect(addresses, port)
        # a second handle on the same line: TLS takes the first one over
        self._line = stream.get_extra_info("socket").dup()
        self._cutter = threading.Timer(self._left(), self._cut)
        self._cutter.daemon = True
        self._cutter.start()
        return stream

    def _connect(self, addresses: Iterable[str], port: int) -> httpcore.NetworkStream:
        left = list(addresses)
        while True:
            address = left.pop(0)
            try:
                # an address that swallows packets leaves time for the others
                share = self._left() / (len(left) + 1)
                return httpcore.SyncBackend().connect_tcp(address, port, timeout=share)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if not left:
                    raise

    def close(self) -> None:
        """Let go of the line, and of the alarm."""
        if self._cutter is not None:
            self._cutter.cancel()
        if self._line is not None:
            self._line.close()

    def _left(self) -> float:
        return max(0.001, self.ends_at - time.monotonic())

    def _cut(self) -> None:
        with suppress(OSError):
            if self._line is not None:
                self._line.shutdown(socket.SHUT_RDWR)


@contextmanager
def _post(
    claimed: Claimed, at: datetime, network: httpcore.NetworkBackend, timeout_s: float
) -> Iterator[httpcore.Response]:
    limits: Any = {"timeout": dict.fromkeys(("connect", "read", "write", "pool"), timeout_s)}
    with (
        httpcore.ConnectionPool(ssl_context=_tls(), network_backend=network) as pool,
        pool.stream(
            "POST",
            claimed.url,
            headers=list(headers(claimed, at).items()),
            content=claimed.body.encode(),
            extensions=limits,
        ) as response,
    ):
        yield response


@lru_cache
def _tls() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=True)


def _beginning(response: httpcore.Response, most_bytes: int) -> str:
    """Read the first bytes of an answer; that they break off changes nothing about its status."""
    read = b""
    with suppress(*_FAILURES):
        for chunk in response.iter_stream():
            read += chunk
            if len(read) >= most_bytes:
                break
    # a database holds no NUL in a text
    return read[:most_bytes].decode(errors="replace").replace("\x00", "�")


def _refusal(status: int) -> str | None:
    if 200 <= status < 300:
        return None
    if 300 <= status < 400:
        return f"HTTP {status}: redirects are not followed; register the final address"
    return f"HTTP {status}"


def _retry_after_s(response: httpcore.Response) -> float | None:
    """Read Retry-After: seconds, or a date (RFC 9110)."""
    said = next((v for k, v in response.headers if k.lower() == b"retry-after"), b"").decode(
        "ascii", "replace"
    )
    if said.strip().isdecimal():
        return float(said[:9])
    try:
        until = parsedate_to_datetime(said)
        return max(0.0, (until - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None


def _said(failure: Exception) -> str:
    return f"no answer: {str(failure) or type(failure).__name__}"
