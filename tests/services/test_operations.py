"""Long imports and exports, part by part."""

from __future__ import annotations

import io
import json
from collections import Counter

import pytest
from sqlalchemy import func, select, update

from crowd.db import seconds
from crowd.models import AuditEntry, FileChunk, Operation, OutboxEvent, Task
from crowd.services import imports, operations, outbox, rejected_lines, spool
from tests.factories import World
from workers.jobs import exports as export_jobs
from workers.jobs import imports as import_jobs


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "PART_LINES", 3)
    monkeypatch.setattr(operations, "PART_LINES", 2)
    monkeypatch.setattr(spool, "CHUNK_BYTES", 50)


def ndjson(names: list[str]) -> bytes:
    return b"".join(json.dumps({"external_id": name}).encode() + b"\n" for name in names)


def importing(world: World, content: bytes, form: str = "ndjson") -> Operation:
    return operations.start_import(
        world.session, world.requester, world.project_id, form, io.BytesIO(content)
    )


def exporting(world: World, what: str = "results", form: str = "ndjson") -> Operation:
    return operations.start_export(
        world.session, world.requester, world.project_id, what=what, form=form
    )


def finish(world: World, operation: Operation) -> Operation:
    while operations.go_on(world.session, operation.id):
        pass
    return operation


def events(world: World, topic: str) -> list[int]:
    query = select(OutboxEvent.id).filter_by(topic=topic, project_id=world.project_id)
    return list(world.session.scalars(query))


def names(world: World) -> list[str]:
    query = select(Task.external_id).filter_by(project_id=world.project_id).order_by(Task.id)
    return list(world.session.scalars(query))


def bad_lines(world: World, operation: Operation) -> list[tuple[int, str]]:
    page = rejected_lines.one_page_of(
        world.session, world.requester, operation.id, after=None, limit=500
    )
    return [(bad.line, bad.field) for bad in page.items]


def content_of(world: World, operation: Operation) -> bytes:
    query = select(FileChunk.content).filter_by(operation_id=operation.id)
    return b"".join(world.session.scalars(query.order_by(FileChunk.number)))


def test_an_import_goes_on_behind_the_part_that_was_done(world: World) -> None:
    wanted = [f"t{number}" for number in range(10)]
    operation = importing(world, ndjson(wanted))

    assert operations.go_on(world.session, operation.id)
    assert (names(world), operation.line, operation.state) == (wanted[:3], 3, "running")
    finish(world, operation)

    assert names(world) == wanted
    assert (operation.received, operation.created, operation.rejected) == (10, 10, 0)
    assert (operation.state, operation.done) == ("done", operation.total)


def test_a_part_that_fails_leaves_no_trace_and_is_done_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    operation = importing(world, ndjson([f"t{number}" for number in range(7)]))
    operations.go_on(world.session, operation.id)
    with monkeypatch.context() as patch:
        patch.setattr(operations, "_reject", lambda *_: 1 / 0)
        import_jobs.go_on(events(world, "import.requested"))
    assert len(names(world)) == 3

    import_jobs.go_on(events(world, "import.requested"))
    import_jobs.go_on(events(world, "import.requested"))

    world.session.refresh(operation)
    assert Counter(names(world)).most_common(1)[0][1] == 1
    assert (len(names(world)), operation.state, operation.tries) == (7, "done", 0)
    assert events(world, "import.requested") == []


def test_what_fails_again_and_again_is_given_up(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    operation = importing(world, ndjson(["t"]))
    monkeypatch.setattr(operations, "_reject", lambda *_: 1 / 0)

    for _ in range(operations.MAX_TRIES):
        import_jobs.go_on(events(world, "import.requested"))

    world.session.refresh(operation)
    assert (operation.state, names(world)) == ("failed", [])
    assert "our side" in (operation.error or "")
    assert events(world, "import.requested") == []


def test_every_bad_line_of_a_long_file_is_named(world: World) -> None:
    world.task("taken")
    lines = [b'{"external_id": "a"}', b"{", b'{"external_id": "a"}', b"", b'{"external_id": "b"}']
    lines += [b'{"external_id": "taken"}', b'{"external_id": "c", "gold": "maybe"}']

    operation = finish(world, importing(world, b"\n".join(lines)))

    assert bad_lines(world, operation) == [
        (2, "line"),
        (3, "external_id"),
        (6, "external_id"),
        (7, "gold"),
    ]
    assert (operation.received, operation.created, operation.rejected) == (6, 2, 4)


def test_a_csv_is_gone_on_with_under_its_header(world: World) -> None:
    rows = "".join(f'{number},"line one\nline two"\n' for number in range(5))

    operation = finish(world, importing(world, f"external_id,text\n{rows}5\n".encode(), "csv"))

    payloads = list(world.session.scalars(select(Task.payload).filter_by(external_id="4")))
    assert names(world) == ["0", "1", "2", "3", "4"]
    assert payloads == [{"text": "line one\nline two"}]
    assert bad_lines(world, operation) == [(12, "line")]


def test_a_csv_without_the_column_fails_and_says_so(world: World) -> None:
    operation = finish(world, importing(world, b"id\n1\n", "csv"))

    assert (operation.state, names(world)) == ("failed", [])
    assert "external_id" in (operation.error or "")


def test_a_file_is_let_go_of_when_it_is_imported(world: World) -> None:
    operation = importing(world, ndjson(["a", "b", "c", "d"]))
    assert len(content_of(world, operation)) == operation.total == operation.size

    finish(world, operation)

    assert (content_of(world, operation), operation.size) == (b"", 0)
    noted = select(AuditEntry.change).filter_by(
        subject_id=world.project_id, action="tasks.imported"
    )
    assert world.session.scalars(noted).one()["created"] == 4


def test_an_export_in_parts_is_the_export_in_one(world: World) -> None:
    for number in range(5):
        task = world.task(f'say "{number}" \\ é, ok', gold="yes" if number == 1 else None)
        world.answer("a", task, "yes"), world.answer("b", task, "no")

    for what, lines in (("results", 5), ("answers", 10)):
        for form in ("ndjson", "csv"):
            operation = finish(world, exporting(world, what, form))
            whole = operations.exports.lines(world.session, world.project_id, what, form)

            written = content_of(world, operation)
            assert written == operations.exports.header(what, form) + b"".join(whole)
            assert (operation.done, operation.total) == (lines, lines)
            assert operation.size == len(written)


def test_an_export_of_nothing_is_an_empty_file(world: World) -> None:
    table = finish(world, exporting(world, "answers", "csv"))
    lines = finish(world, exporting(world, "answers"))

    assert content_of(world, table).startswith(b"external_id,annotator_id,label")
    assert content_of(world, lines) == b""
    assert table.state == lines.state == "done"


def test_a_turn_that_is_over_asks_for_another(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.jobs.parts.TURN_S", 1e-9)
    world.tasks(5)
    operation = exporting(world)
    told = events(world, "export.requested")
    outbox.take_due(world.session, limit=100, redeliver_after_s=15)

    export_jobs.go_on(told)

    world.session.expire_all()
    event = world.session.get_one(OutboxEvent, told[0])
    assert event.due_at <= world.session.scalars(select(func.now())).one()
    assert event.deliveries == 0
    assert (operation.state, operation.done) == ("running", 2)


def test_a_cancelled_import_stops_and_keeps_what_it_has(world: World) -> None:
    operation = importing(world, ndjson([f"t{number}" for number in range(7)]))
    operations.go_on(world.session, operation.id)

    operations.cancel(world.session, world.requester, operation.id)
    import_jobs.go_on(events(world, "import.requested"))

    assert (operation.state, len(names(world))) == ("cancelled", 3)
    assert content_of(world, operation) == b""


def test_an_operation_is_forgotten_a_week_after_its_end(world: World) -> None:
    old, new, going_on = (exporting(world, form="csv") for _ in range(3))
    finish(world, old), finish(world, new)
    week_ago = func.now() - seconds(7 * 24 * 3600 + 1)
    world.session.execute(update(Operation).filter_by(id=old.id).values(finished_at=week_ago))

    operations.forget_old(world.session)

    left = world.session.scalars(select(Operation.id).filter_by(project_id=world.project_id))
    assert set(left) == {new.id, going_on.id}
