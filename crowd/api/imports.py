"""Files of tasks."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator

from flask import g, request

from crowd.api.auth import allow
from crowd.api.blueprint import Noun
from crowd.api.bodies import body_file
from crowd.db import transaction
from crowd.errors import Invalid, UnsupportedMediaType
from crowd.schemas.task_lines import BadLine, ParsedTask, read_csv, read_ndjson
from crowd.schemas.tasks import ImportOut
from crowd.services import imports
from crowd.services.imports import ImportReport, LineProblem, TaskLine

blp = Noun("imports", __name__, description="Tasks in bulk.")

Reader = Callable[[Iterable[bytes]], Iterator[tuple[int, ParsedTask | BadLine]]]
READERS: dict[str, Reader] = {
    "application/x-ndjson": read_ndjson,
    "application/jsonl": read_ndjson,
    "text/csv": read_csv,
}
#: A line without an end is read no further than this.
MAX_LINE_BYTES = 1_100_000


@blp.post("/projects/<uuid:project_id>/imports")
@allow("tasks:write")
@blp.doc(
    requestBody={
        "required": True,
        "content": {kind: {"schema": {"type": "string"}} for kind in READERS},
    }
)
@blp.response(200, ImportOut)
def create(project_id: uuid.UUID) -> ImportReport:
    """Add the tasks of an NDJSON or CSV file. Good lines are kept, each bad one is reported.

    A line has `external_id`, `payload`, and perhaps `priority` and `gold`. In CSV, every column
    without such a name is a field of the payload. All is stored in one step at the end: an upload
    that breaks off has changed nothing, and sending a file twice adds nothing.
    """
    reader = READERS.get(request.mimetype)
    if reader is None:
        raise UnsupportedMediaType(f"Send a file as one of: {', '.join(READERS)}.")
    file = body_file()
    lines = reader(iter(lambda: file.readline(MAX_LINE_BYTES), b""))
    with transaction() as session:
        try:
            return imports.import_tasks(session, g.caller, project_id, _told(lines))
        except BadLine as problem:
            raise Invalid(problem.problem, errors={problem.field: [problem.problem]}) from None


def _told(lines: Iterator[tuple[int, ParsedTask | BadLine]]) -> Iterator[TaskLine | LineProblem]:
    for number, line in lines:
        if isinstance(line, BadLine):
            yield LineProblem(number, line.field, line.problem)
        else:
            yield TaskLine(number, line.external_id, line.payload, line.priority, line.gold)
