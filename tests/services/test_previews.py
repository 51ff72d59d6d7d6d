"""A look at the first lines of a file, before its tasks come in."""

from __future__ import annotations

import io
from typing import Any

import pytest
from sqlalchemy import func, select, update

from crowd.db import seconds
from crowd.errors import Conflict, Invalid
from crowd.models import Operation, OutboxEvent, Task
from crowd.services import imports, operations, previews, spool
from tests.factories import World
from tests.services.test_operations import bad_lines, finish, names
from workers.jobs import imports as import_jobs

CSV = "id,text,right\n1,hé,yes\n2,ho,maybe\n3,hi,\n".encode()
COLUMNS = {"id": "external_id", "right": "gold"}


def held(world: World, content: bytes, form: str = "csv") -> Operation:
    asking = world.session, world.requester, world.project_id
    return operations.start_import(*asking, form, io.BytesIO(content), hold=True)


def look(world: World, operation: Operation, **named: Any) -> previews.Preview:
    return previews.read(world.session, world.requester, operation.id, **named)


def start(world: World, operation: Operation, **named: Any) -> Operation:
    return previews.start(world.session, world.requester, operation.id, **named)


def test_nothing_of_a_held_file_comes_in_until_it_is_started(world: World) -> None:
    operation = held(world, b'{"external_id": "a"}\n{"external_id": 2}\n', "ndjson")
    asked = select(OutboxEvent.id).filter_by(topic="import.requested")
    assert world.session.scalar(asked) is None

    preview = look(world, operation)

    assert [getattr(line, "external_id", "?") for line in preview.lines] == ["a", "?"]
    assert (preview.problem, names(world)) == (None, [])
    start(world, operation)
    import_jobs.go_on(list(world.session.scalars(asked)))
    world.session.expire_all()
    assert (operation.state, names(world)) == ("done", ["a"])


def test_columns_get_the_names_that_tasks_need(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "PART_LINES", 1)
    monkeypatch.setattr(spool, "CHUNK_BYTES", 7)
    operation = held(world, CSV)
    assert "needs a column external_id" in (look(world, operation).problem or "")

    preview = look(world, operation, columns=COLUMNS)
    finish(world, start(world, operation, columns=COLUMNS))

    assert preview.columns == {"id": "external_id", "text": "payload.text", "right": "gold"}
    assert preview.problem is None
    assert (names(world), bad_lines(world, operation)) == (["1", "3"], [(3, "gold")])
    payload = select(Task.payload).filter_by(project_id=world.project_id, external_id="1")
    assert world.session.scalar(payload) == {"text": "hé"}


def test_a_known_answer_that_the_project_does_not_take_is_seen_at_once(world: World) -> None:
    lines = look(world, held(world, CSV), columns=COLUMNS).lines

    assert [getattr(line, "gold", None) for line in lines] == ["yes", None, None]
    assert getattr(lines[1], "problem", "").startswith("'maybe' is not one of: yes, no")


@pytest.mark.parametrize("content", [b"\x00\x01\x02\xff", b"external_id,te\xffxt\n1,2\n", b""])
def test_what_is_no_text_is_said_to_be_none(world: World, content: bytes) -> None:
    operation = held(world, content)

    preview = look(world, operation)

    assert (preview.columns, list(preview.lines)) == ({}, [])
    assert preview.problem is not None
    with pytest.raises(Invalid):
        start(world, operation)


def test_columns_that_help_nothing_are_refused_and_the_file_waits_on(world: World) -> None:
    operation = held(world, CSV)

    for columns in ({}, {"name": "external_id"}, {"id": "external_id", "text": "external_id"}):
        with pytest.raises(Invalid):
            start(world, operation, columns=columns)

    assert (operation.state, operation.done) == ("held", 0)


def test_a_file_whose_header_was_of_no_use_can_be_gone_on_with(world: World) -> None:
    asking = world.session, world.requester, world.project_id
    operation = finish(world, operations.start_import(*asking, "csv", io.BytesIO(CSV)))
    assert operation.state == "failed"

    finish(world, start(world, operation, columns=COLUMNS))

    assert (operation.state, operation.error, operation.created) == ("done", None, 2)


def test_what_failed_in_the_middle_goes_on_from_there(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "PART_LINES", 1)
    monkeypatch.setattr(operations, "MAX_TRIES", 1)
    operation = start(world, held(world, CSV), columns=COLUMNS)
    operations.go_on(world.session, operation.id)
    assert not operations.note_error(world.session, operation.id)

    finish(world, start(world, operation))

    assert (operation.received, operation.created, names(world)) == (3, 2, ["1", "3"])


def test_only_what_waits_can_be_started(world: World) -> None:
    operation = held(world, CSV)
    start(world, operation, columns=COLUMNS)

    with pytest.raises(Conflict, match="queued"):
        start(world, operation, columns=COLUMNS)
    with pytest.raises(Conflict, match="queued"):
        look(world, operation)


def test_a_file_that_nobody_goes_on_with_is_let_go_of_after_a_day(world: World) -> None:
    old, new = held(world, CSV), held(world, CSV)
    yesterday = func.now() - seconds(24 * 3600 + 1)
    world.session.execute(update(Operation).filter_by(id=old.id).values(created_at=yesterday))

    operations.forget_old(world.session)

    kept = operations.newest_of(world.session, world.requester, world.project_id, "import")
    assert [operation.id for operation in kept] == [new.id]


def test_a_held_file_can_be_cancelled(world: World) -> None:
    operation = held(world, CSV)

    operations.cancel(world.session, world.requester, operation.id)

    assert (operation.state, operation.size) == ("cancelled", 0)


def test_a_json_document_is_taken_as_lines() -> None:
    lines = previews.lines_of_json(io.BytesIO('[{"external_id": "é"}, 7]'.encode()))

    assert lines.read() == '{"external_id":"é"}\n7\n'.encode()


@pytest.mark.parametrize("content", [b"{", b'{"external_id": "a"}', b"\xff"])
def test_a_document_that_is_no_list_of_tasks_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid, match=r"JSON|array"):
        previews.lines_of_json(io.BytesIO(content))
