"""The folder of the embedded servers: who holds it, and where everything in it is."""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import tempfile
from pathlib import Path
from urllib.parse import quote

#: A Unix socket's path has at most 107 bytes; the longest name below a folder needs some 25.
MAX_SOCKET_FOLDER = 80


class ServerError(Exception):
    """A server does not start; the message says why and what to do."""


class Folder:
    """Paths and addresses below a data folder; the same for every process that knows the folder."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.postgres = self.path / "postgres"
        self.redis = self.path / "redis"
        self._password_file = self.path / "password"

    @property
    def sockets(self) -> Path:
        """Where the servers listen: in the folder, or a temporary one if that is too deep."""
        inside = self.path / "sockets"
        if len(os.fsencode(inside)) <= MAX_SOCKET_FOLDER:
            return inside
        digest = hashlib.sha256(os.fsencode(self.path)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"crowd-{digest}"

    @property
    def password(self) -> str:
        """The password of the embedded PostgreSQL. Raises ServerError before the first start."""
        try:
            return self._password_file.read_text()
        except FileNotFoundError:
            raise ServerError(
                f"No servers have been started in {self.path}. Run 'crowd up' first, or set "
                "CROWD_DATABASE_URL and CROWD_REDIS_URL to your own."
            ) from None

    @property
    def database_url(self) -> str:
        """The address of the embedded PostgreSQL."""
        return f"postgresql://crowd:{self.password}@/crowd?host={quote(str(self.sockets))}"

    @property
    def redis_url(self) -> str:
        """The address of the embedded Redis."""
        return f"unix://{quote(str(self.sockets))}/redis.sock"

    def create(self) -> None:
        """Make what is missing, for this user's eyes only."""
        for path in (self.path, self.redis):
            path.mkdir(parents=True, exist_ok=True)
        self.sockets.mkdir(mode=0o700, exist_ok=True)
        if self.sockets.stat().st_uid != os.geteuid():
            raise ServerError(f"{self.sockets} belongs to somebody else. Remove it.")
        if not self._password_file.exists():
            with open(self._password_file, "x", opener=_private) as file:
                file.write(secrets.token_hex(16))

    def lock(self) -> int:
        """Take the folder for this process; returns a descriptor to close in the end.

        Raises ServerError when another process has it.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(lock, 20, 0).decode() or "unknown"
            os.close(lock)
            raise ServerError(
                f"{self.path} is in use by process {holder}: 'crowd up' runs there already."
            ) from None
        os.ftruncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)
        return lock


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
