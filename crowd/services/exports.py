"""What a requester takes home: every label with how sure it is and why, and every answer.

The database writes the lines itself (COPY), so that neither it nor we ever hold more than a few.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

#: Bytes that go out in one piece.
PIECE_BYTES = 1 << 17
#: Before and after every id there is.
FIRST, LAST = uuid.UUID(int=0), uuid.UUID(int=2**128 - 1)


@dataclass(frozen=True, slots=True)
class Export:
    """One kind of file: name → SQL of its columns, and where they come from."""

    columns: dict[str, str]
    source: str
    #: The table that has a row for each line, and its alias.
    rows: str
    alias: str

    def lines(self, form: str) -> str:
        """Select the lines of a project, those after one id up to another, in the order of ids."""
        column = _csv_column if form == "csv" else "{1} AS {0}".format
        columns = ", ".join(column(name, sql) for name, sql in self.columns.items())
        key = self.alias
        return (
            f"SELECT {columns} FROM {self.source} WHERE {key}.project_id = %(project)s "
            f"AND {key}.id > %(after)s AND {key}.id <= %(upto)s ORDER BY {key}.id"
        )


def _csv_column(name: str, sql: str) -> str:
    # JSON has times as RFC 3339 wants them, text has not
    if name.endswith("_at"):
        sql = f"""to_char({sql} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
    return f"{sql} AS {name}"


EXPORTS = {
    "results": Export(
        columns={
            "external_id": "t.external_id",
            "label": "coalesce(g.label, r.label)",
            "confidence": "CASE WHEN g.label IS NULL THEN r.confidence ELSE 1 END",
            "state": "t.state",
            "source": "CASE WHEN g.label IS NOT NULL THEN 'gold' "
            "WHEN r.ruling_id IS NOT NULL THEN 'ruling' ELSE 'consensus' END",
            "reason": "r.reason",
            # why and by whom, a user or a key, where a ruling stands; its label may be null: none
            # is right
            "ruling_reason": "u.reason",
            "ruling_comment": "u.comment",
            "ruled_by": "coalesce(u.user_id, u.api_key_id)",
            "ruled_at": "u.created_at",
            "answers": "t.answered",
            # what models said of it, and what people alone would have come to
            "models": "r.models",
            "posterior": "r.posterior",
            "run": "r.run_number",
            "config_version": "r.config_version",
            "task_id": "t.id",
        },
        source="tasks t LEFT JOIN results r ON r.task_id = t.id AND r.version = t.result_version "
        "LEFT JOIN gold g ON g.task_id = t.id AND g.retired_at IS NULL "
        "LEFT JOIN rulings u ON u.id = r.ruling_id",
        rows="tasks",
        alias="t",
    ),
    "answers": Export(
        columns={
            "external_id": "t.external_id",
            # a pseudonym: whose it is, only the marketplace knows
            "annotator_id": "a.annotator_id",
            "label": "a.label",
            "unsure": "a.unsure",
            "comment": "a.comment",
            "number": "a.number",
            "leased_at": "a.leased_at",
            "submitted_at": "a.submitted_at",
            "time_spent_s": "a.time_spent_s",
            "config_version": "a.config_version",
            "guideline": "c.guideline",
            "excluded": "e.answer_id IS NOT NULL",
            # whether its annotator was shown what a model says; null: there was nothing to show
            "prediction": "p.label",
            "prediction_shown": "s.is_shown",
            "task_id": "a.task_id",
            "answer_id": "a.id",
        },
        source="answers a JOIN tasks t ON t.id = a.task_id "
        "JOIN project_configs c ON c.project_id = a.project_id AND c.version = a.config_version "
        "LEFT JOIN excluded_answers e ON e.answer_id = a.id "
        "LEFT JOIN shown_predictions s ON s.assignment_id = a.assignment_id "
        "LEFT JOIN predictions p ON p.id = s.prediction_id",
        rows="answers",
        alias="a",
    ),
    # what models may learn from
    "predictions": Export(
        columns={
            "external_id": "t.external_id",
            "model": "m.external_id",
            "prediction": "p.label",
            "confidence": "p.confidence",
            "state": "t.state",
            "label": "coalesce(g.label, r.label)",
            "certainty": "CASE WHEN g.label IS NULL THEN r.confidence ELSE 1 END",
            "source": "CASE WHEN g.label IS NOT NULL THEN 'gold' "
            "WHEN r.ruling_id IS NOT NULL THEN 'ruling' ELSE 'consensus' END",
            "differs": "p.label <> coalesce(g.label, r.label)",
            "payload": "t.payload",
            "task_id": "p.task_id",
        },
        source="predictions p JOIN tasks t ON t.id = p.task_id "
        "JOIN annotators m ON m.id = p.annotator_id "
        "LEFT JOIN results r ON r.task_id = t.id AND r.version = t.result_version "
        "LEFT JOIN gold g ON g.task_id = t.id AND g.retired_at IS NULL",
        rows="predictions",
        alias="p",
    ),
}


def header(what: str, form: str) -> bytes:
    """Write what stands before the first line."""
    return ",".join(EXPORTS[what].columns).encode() + b"\n" if form == "csv" else b""


def lines(
    session: Session,
    project_id: uuid.UUID,
    what: str,
    form: str,
    *,
    after: uuid.UUID = FIRST,
    upto: uuid.UUID = LAST,
) -> Iterator[bytes]:
    """Stream lines of NDJSON or CSV, in pieces; all are of one moment."""
    query = EXPORTS[what].lines(form)
    if form == "ndjson":
        query = f"SELECT row_to_json(line) FROM ({query}) line"
    copy = f"COPY ({query}) TO STDOUT (FORMAT {'csv' if form == 'csv' else 'text'})"
    bounds = {"project": project_id, "after": after, "upto": upto}
    cursor: Any = session.connection().connection.cursor()
    with cursor, cursor.copy(copy, bounds) as rows:
        for piece in _pieces(rows):
            # COPY's text format doubles backslashes; JSON has nothing else that it would escape
            yield piece if form == "csv" else piece.replace(rb"\\", b"\\")


def bound(
    session: Session, project_id: uuid.UUID, what: str, *, after: uuid.UUID, most: int
) -> tuple[uuid.UUID | None, int]:
    """Find the last id of the next lines and how many they are; (None, 0) when there are none."""
    table = EXPORTS[what].rows
    query = (
        f"SELECT id, count(*) OVER () FROM (SELECT id FROM {table} WHERE project_id = :project "
        "AND id > :after ORDER BY id LIMIT :most) part ORDER BY id DESC LIMIT 1"
    )
    found = session.execute(text(query), {"project": project_id, "after": after, "most": most})
    row = found.first()
    return (row[0], row[1]) if row else (None, 0)


def count(session: Session, project_id: uuid.UUID, what: str) -> int:
    """Count the lines of a whole export, as of now."""
    query = f"SELECT count(*) FROM {EXPORTS[what].rows} WHERE project_id = :project"
    counted: int = session.execute(text(query), {"project": project_id}).scalar_one()
    return counted


def _pieces(rows: Iterator[bytes]) -> Iterator[bytes]:
    gathered = bytearray()
    for row in rows:
        gathered += row
        if len(gathered) >= PIECE_BYTES:
            yield bytes(gathered)
            gathered.clear()
    yield bytes(gathered)
