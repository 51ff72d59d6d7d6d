"""Exports: labels as a file, streamed."""

from __future__ import annotations

import csv
import io
import json
import uuid
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from flask import Response, g

from crowd.api.auth import allow
from crowd.api.blueprint import Noun
from crowd.db import sessions, transaction
from crowd.schemas.results import ExportArgs
from crowd.services import exports, projects

blp = Noun("exports", __name__, description="Machine-ready datasets.")

#: Lines that go out in one piece.
LINES = 500
Row = dict[str, Any]


@blp.get("/projects/<uuid:project_id>/export")
@allow("results:read")
@blp.arguments(ExportArgs, location="query")
@blp.response(200, content_type="application/x-ndjson")
def export(args: dict[str, Any], project_id: uuid.UUID) -> Response:
    """Take home one line a task: label, confidence, posterior, run and configuration version."""
    with transaction() as session:
        projects.find(session, g.caller, project_id)
    write, mimetype = WRITERS[args["format"]]
    name = f'attachment; filename="labels.{args["format"]}"'
    return Response(
        _stream(project_id, write), mimetype=mimetype, headers={"Content-Disposition": name}
    )


def _stream(project_id: uuid.UUID, write: Callable[[Iterable[Row]], str]) -> Iterator[str]:
    if write is _csv:
        yield ",".join(exports.COLUMNS) + "\r\n"
    # the response outlives the view: the stream has a session of its own, for reading only
    with sessions() as session:
        rows = exports.labels(session, project_id)
        while piece := list(islice(rows, LINES)):
            yield write(piece)


def _ndjson(rows: Iterable[Row]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _csv(rows: Iterable[Row]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    for row in rows:
        cells = row | {"posterior": json.dumps(row["posterior"]) if row["posterior"] else None}
        writer.writerow([cells[name] for name in exports.COLUMNS])
    return text.getvalue()


WRITERS: dict[str, tuple[Callable[[Iterable[Row]], str], str]] = {
    "ndjson": (_ndjson, "application/x-ndjson"),
    "csv": (_csv, "text/csv"),
}
