"""Large files pass through a web process without filling it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from sqlalchemy import func, select

from crowd.models import FileChunk, Task
from tests.api.conftest import Api
from tests.factories import World

LINES = 20_000
FILE_MB = 40.0


@pytest.fixture
def file(tmp_path: Path) -> Path:
    text = "x" * int(FILE_MB * 1e6 / LINES)
    with (tmp_path / "tasks.ndjson").open("w") as lines:
        for number in range(LINES):
            line = {"external_id": f"t{number}", "payload": {"text": text}}
            lines.write(json.dumps(line) + "\n")
    return tmp_path / "tasks.ndjson"


class Growth:
    """How far the memory of this process has risen above what it was, in MB."""

    def __init__(self) -> None:
        Path("/proc/self/clear_refs").write_text("5")
        self._before = self._peak()

    def __float__(self) -> float:
        return self._peak() - self._before

    def _peak(self) -> float:
        status = Path(f"/proc/{os.getpid()}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6


def upload(requester: Api, world: World, file: Path, **headers: str) -> int:
    with file.open("rb") as lines:
        return requester(
            "POST",
            f"/projects/{world.project_id}/imports",
            input_stream=lines,
            content_type="application/x-ndjson",
            headers=headers,
        ).status_code


@pytest.mark.parametrize(("preference", "status"), [("", 200), ("respond-async", 202)])
def test_an_import_does_not_grow_with_its_file(
    world: World, requester: Api, file: Path, preference: str, status: int
) -> None:
    growth = Growth()

    assert upload(requester, world, file, Prefer=preference) == status

    assert float(growth) < FILE_MB / 2
    stored = select(func.count()).select_from(Task if status == 200 else FileChunk)
    assert world.session.scalars(stored).one() >= FILE_MB


def test_an_export_does_not_grow_with_its_lines(world: World, requester: Api, file: Path) -> None:
    upload(requester, world, file)
    growth, size = Growth(), 0

    with requester("GET", f"/projects/{world.project_id}/export", buffered=False) as response:
        for piece in response.response:
            size += len(piece)

    assert size > LINES * 200
    assert float(growth) < size / 1e6 / 2
