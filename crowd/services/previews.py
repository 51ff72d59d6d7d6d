"""A look at the first lines of a file, before its tasks come in."""

from __future__ import annotations

import io
import itertools
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO

import orjson
from sqlalchemy.orm import Session

from crowd.errors import Conflict, Invalid, TooLarge
from crowd.models import Operation
from crowd.services import imports, operations, projects, spool
from crowd.services.task_lines import (
    FIELDS,
    BadLine,
    LineProblem,
    TaskFile,
    TaskLine,
    check_header,
    is_text,
)
from crowd.services.tenants import Caller

#: Lines that are shown.
SHOWN = 10
#: One JSON document is read at once: beyond this many bytes it has to come line by line.
MAX_JSON_BYTES = 32_000_000


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file would become."""

    operation: Operation
    #: Of a CSV: its columns, and what each becomes: a field of a task, or of its payload.
    columns: Mapping[str, str]
    lines: Sequence[TaskLine | LineProblem]
    #: Why nothing of it can come in as it is.
    problem: str | None


def lines_of_json(file: IO[bytes]) -> IO[bytes]:
    """Turn a JSON array of tasks into lines. Raises Invalid, TooLarge."""
    content = file.read(MAX_JSON_BYTES + 1)
    if len(content) > MAX_JSON_BYTES:
        raise TooLarge(
            f"A JSON document may have {MAX_JSON_BYTES:,} bytes. Send one object a line (NDJSON)."
        )
    try:
        tasks = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise _unreadable(f"not JSON: {error}") from None
    if not isinstance(tasks, list):
        raise _unreadable("must be an array with an object for each task")
    return io.BytesIO(b"".join(orjson.dumps(task) + b"\n" for task in tasks))


def read(
    session: Session,
    caller: Caller,
    operation_id: uuid.UUID,
    *,
    columns: Mapping[str, str] | None = None,
) -> Preview:
    """Read the first lines of a file that waits. Raises NotFound, and Conflict for another.

    `columns` gives columns of a CSV other names, by which they become fields of a task.
    """
    operation = _waiting(session, caller, operation_id)
    file = spool.open_file(session, operation.id)
    assert operation.form is not None
    reader = TaskFile(file, operation.form)
    shown: dict[str, str] = {}
    if operation.form == "csv":
        header = reader.read_header()
        reader.header = named = _renamed(header, columns or {})
        if all(map(is_text, header)):
            shown = {column: _becomes(name) for column, name in zip(header, named, strict=True)}
    try:
        if reader.header is not None:
            check_header(reader.header)
    except BadLine as bad:
        return Preview(operation, shown, (), bad.problem)
    config = projects.in_force(session, operation.project_id)
    lines = [imports.checked(line, config) for line in itertools.islice(reader, SHOWN)]
    return Preview(operation, shown, lines, None if lines else "there is no line in it")


def start(
    session: Session,
    caller: Caller,
    operation_id: uuid.UUID,
    *,
    columns: Mapping[str, str] | None = None,
) -> Operation:
    """Import a file that waits, or go on with one that failed, from where it is.

    Raises NotFound, Conflict, and Invalid for columns by which nothing could come in.
    """
    operation = _waiting(session, caller, operation_id, lock=True)
    if operation.form == "csv" and operation.done == 0:
        _place_behind_header(session, operation, columns or {})
    operations.queue(session, caller, operation)
    return operation


def _place_behind_header(
    session: Session, operation: Operation, columns: Mapping[str, str]
) -> None:
    file = spool.open_file(session, operation.id)
    reader = TaskFile(file, "csv")
    named = _renamed(reader.read_header(), columns)
    try:
        check_header(named)
    except BadLine as bad:
        raise Invalid(bad.problem, errors={"columns": [bad.problem]}) from None
    operation.header, operation.line, operation.done = named, reader.line, file.tell()


def _waiting(
    session: Session, caller: Caller, operation_id: uuid.UUID, *, lock: bool = False
) -> Operation:
    operation = operations.find(session, caller, operation_id, lock=lock)
    if operation.kind != "import" or operation.state not in ("held", "failed"):
        raise Conflict(
            f"It is an {operation.kind} that is {operation.state}: only an import that is held, or "
            "that failed, waits for somebody."
        )
    return operation


def _renamed(header: Sequence[str], columns: Mapping[str, str]) -> list[str]:
    if unknown := sorted(columns.keys() - set(header)):
        raise Invalid(
            f"The file has no column {unknown[0]!r}.", errors={"columns": [f"unknown: {unknown}"]}
        )
    return [columns.get(name, name) for name in header]


def _becomes(name: str) -> str:
    return name if name in FIELDS else f"payload.{name}"


def _unreadable(why: str) -> Invalid:
    return Invalid(f"The file is {why}.", errors={"file": [why]})
