"""Long files when workers are killed, or two have the same message: real processes and commits."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, select

from crowd.db import transaction
from crowd.models import FileChunk, Operation, RejectedLine, Task
from crowd.services import imports, operations
from tests.factories import World

NAMES = [f"t{number}" for number in range(400)]
#: A worker with small parts, so that it can be killed between and within many of them.
WORKER = """
import sys, uuid
from crowd import db
from crowd.db import transaction
from crowd.services import imports, operations
imports.PART_LINES = operations.PART_LINES = 5
db.connect(sys.argv[1])
while True:
    with transaction() as session:
        if not operations.go_on(session, uuid.UUID(sys.argv[2])):
            break
"""


@pytest.fixture
def world(committed: Engine, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(imports, "PART_LINES", 5)
    monkeypatch.setattr(operations, "PART_LINES", 5)
    with transaction() as session:
        return World(session)


def start_import(world: World) -> uuid.UUID:
    """Import four hundred tasks; every tenth line is followed by one that is none."""
    lines = [json.dumps({"external_id": name}) + "\n" for name in NAMES]
    lines = [line + "{\n" * (number % 10 == 0) for number, line in enumerate(lines)]
    file = io.BytesIO("".join(lines).encode())
    with transaction() as session:
        return operations.start_import(
            session, world.requester, world.project_id, "ndjson", file
        ).id


def start_export(world: World) -> uuid.UUID:
    operation_id = start_import(world)
    finish(operation_id)
    with transaction() as session:
        return operations.start_export(
            session, world.requester, world.project_id, what="results", form="ndjson"
        ).id


def finish(operation_id: uuid.UUID) -> None:
    more = True
    while more:
        with transaction() as session:
            more = operations.go_on(session, operation_id)


def kill_some(engine: Engine, operation_id: uuid.UUID) -> None:
    """kill -9 of three workers, one after the other, each once it has done something."""
    url = engine.url.render_as_string(hide_password=False)
    for _ in range(3):
        before = state_of(operation_id).done
        worker = subprocess.Popen([sys.executable, "-c", WORKER, url, str(operation_id)])
        deadline = time.monotonic() + 60
        while state_of(operation_id).done == before and worker.poll() is None:
            assert time.monotonic() < deadline
        worker.kill()
        worker.wait()


def at_once(_: Engine, operation_id: uuid.UUID) -> None:
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(finish, [operation_id] * 4))


def state_of(operation_id: uuid.UUID) -> Operation:
    with transaction() as session:
        return session.get_one(Operation, operation_id)


@pytest.mark.parametrize("disturb", [kill_some, at_once])
def test_an_import_has_every_line_once(
    world: World, committed: Engine, disturb: Callable[[Engine, uuid.UUID], None]
) -> None:
    operation_id = start_import(world)

    disturb(committed, operation_id)
    finish(operation_id)

    operation = state_of(operation_id)
    with transaction() as session:
        tasks = session.scalars(select(Task.external_id).order_by(Task.id)).all()
        bad = session.scalars(select(RejectedLine.line).order_by(RejectedLine.line)).all()
    assert sorted(tasks) == sorted(NAMES)
    assert bad == [2 + 11 * number for number in range(40)]
    assert (operation.received, operation.created, operation.rejected) == (440, 400, 40)
    assert operation.state == "done"


@pytest.mark.parametrize("disturb", [kill_some, at_once])
def test_an_export_has_every_line_once(
    world: World, committed: Engine, disturb: Callable[[Engine, uuid.UUID], None]
) -> None:
    operation_id = start_export(world)

    disturb(committed, operation_id)
    finish(operation_id)

    operation = state_of(operation_id)
    with transaction() as session:
        chunks = session.scalars(select(FileChunk.content).order_by(FileChunk.number)).all()
    lines = b"".join(chunks).splitlines()
    assert sorted(json.loads(line)["external_id"] for line in lines) == sorted(NAMES)
    assert (operation.done, operation.size) == (400, len(b"".join(chunks)))
