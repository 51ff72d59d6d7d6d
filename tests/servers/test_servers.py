"""The embedded PostgreSQL and Redis."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
import redis

from config import Settings, load_settings
from crowd.servers import ServerError, Servers, addresses, postgres, process

HOLD = """
import sys, time
from dataclasses import replace
from pathlib import Path
from config import load_settings
from crowd.servers import Servers
with Servers(replace(load_settings(), data_dir=Path(sys.argv[1]))) as servers:
    print("up", flush=True)
    time.sleep(600)
"""


def settings_in(folder: Path) -> Settings:
    return replace(load_settings(), data_dir=folder, database_url=None, redis_url=None)


def execute(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement)  # type: ignore[call-overload]
        return cursor.fetchall() if cursor.description else []


def until(holds: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def hold(folder: Path) -> subprocess.Popen[str]:
    """Run the servers under another process, which can then be killed."""
    command = [sys.executable, "-c", HOLD, str(folder)]
    holder = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "up\n"
    return holder


def kill(holder: subprocess.Popen[str]) -> None:
    holder.kill()
    holder.communicate()


def test_what_was_stored_is_there_after_a_restart(data_dir: Path) -> None:
    with Servers(settings_in(data_dir), durable=False) as servers:
        execute(servers.database_url, "CREATE TABLE kept AS SELECT 1 AS n")
        with redis.Redis.from_url(servers.redis_url) as server:
            server.set("kept", "1")

    with Servers(settings_in(data_dir), durable=False) as servers:
        assert execute(servers.database_url, "SELECT n FROM kept") == [(1,)]
        with redis.Redis.from_url(servers.redis_url) as server:
            assert server.get("kept") == b"1"


def test_servers_go_with_a_killed_parent_and_come_back_with_every_row(data_dir: Path) -> None:
    holder = hold(data_dir)
    database_url, redis_url = addresses(settings_in(data_dir))
    execute(database_url, "CREATE TABLE kept AS SELECT 1 AS n")

    kill(holder)

    with Servers(settings_in(data_dir), durable=False) as servers:
        assert (servers.database_url, servers.redis_url) == (database_url, redis_url)
        assert execute(servers.database_url, "SELECT n FROM kept") == [(1,)]


def test_a_killed_server_is_started_again(data_dir: Path) -> None:
    with Servers(settings_in(data_dir), durable=True) as servers:
        execute(servers.database_url, "CREATE TABLE kept AS SELECT 1 AS n")
        pid = int((data_dir / "postgres" / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)
        until(lambda: bool(servers.restart_dead()))

        assert execute(servers.database_url, "SELECT n FROM kept") == [(1,)]


def test_a_file_left_by_a_crash_does_not_keep_the_server_from_starting(data_dir: Path) -> None:
    with Servers(settings_in(data_dir), durable=False):
        left = (data_dir / "postgres" / "postmaster.pid").read_text()
    own = left.replace(left.split()[0], str(os.getpid()), 1)
    (data_dir / "postgres" / "postmaster.pid").write_text(own)

    with Servers(settings_in(data_dir), durable=False) as servers:
        assert execute(servers.database_url, "SELECT 1") == [(1,)]


def test_a_folder_has_one_holder_at_a_time(data_dir: Path) -> None:
    with (
        Servers(settings_in(data_dir), durable=False),
        pytest.raises(ServerError, match=f"in use by process {os.getpid()}"),
    ):
        Servers(settings_in(data_dir)).start()


def test_a_deep_folder_is_no_trouble(tmp_path: Path) -> None:
    deep = tmp_path / ("long" * 20) / ("deep" * 20)

    with Servers(settings_in(deep), durable=False) as servers:
        assert execute(servers.database_url, "SELECT 1") == [(1,)]


def test_a_command_beside_servers_never_started_says_what_to_do(data_dir: Path) -> None:
    with pytest.raises(ServerError, match="crowd up"):
        addresses(settings_in(data_dir))


@pytest.mark.parametrize(
    ("limit", "kept"), [("4294967296\n", 512 << 20), ("200000000\n", 128 << 20), ("max\n", None)]
)
def test_pages_get_their_share_of_what_a_container_may_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, kept: int | None
) -> None:
    (tmp_path / "memory.max").write_text(limit)
    monkeypatch.setattr(postgres, "MEMORY_LIMIT", tmp_path / "memory.max")
    monkeypatch.setattr(os, "sysconf", lambda name: 4096 if name == "SC_PAGE_SIZE" else 1 << 24)

    assert postgres.for_pages() == (kept or postgres.MOST_FOR_PAGES)


def test_a_server_of_the_operators_own_is_used_as_it_is(data_dir: Path) -> None:
    settings = replace(
        settings_in(data_dir), database_url="postgresql://x/y", redis_url="redis://z"
    )

    with Servers(settings) as servers:
        assert (servers.database_url, servers.redis_url) == ("postgresql://x/y", "redis://z")

    assert not data_dir.exists()


def test_anybody_can_run_the_servers_not_only_root(data_dir: Path) -> None:
    script = HOLD.replace("time.sleep(600)", "print(__import__('os').geteuid())")
    somebody = [sys.executable, "-I", process.LAUNCH, str(os.getpid()), "9"]
    unroot = "1" if os.geteuid() == 0 else "0"

    done = subprocess.run(
        [*somebody, unroot, "--", sys.executable, "-c", script, str(data_dir)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert done.stderr == ""
    assert int(done.stdout.split()[1]) != 0
