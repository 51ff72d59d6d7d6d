"""Imports and exports that go on in the background."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from crowd.client.connection import Connection, body_of
from crowd.client.shapes import read
from crowd.client.tasks import IMPORT_TIMEOUT_S, LineProblem


@dataclass(frozen=True, slots=True)
class Operation:
    id: str
    #: "import" or "export".
    kind: str
    project_id: str
    format: str
    #: "held", "queued", "running", "done", "failed" or "cancelled".
    state: str
    #: Bytes read of an import's file, lines written of an export's; and what it will be in the end.
    done: int
    total: int
    received: int
    created: int
    rejected: int
    created_at: datetime
    #: Of an export: results, answers or predictions.
    what: str | None = None
    #: Why it failed.
    error: str | None = None
    #: Where an export's file is fetched.
    file: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """A task as a line would become it, or what is wrong with the line."""

    line: int
    external_id: str | None = None
    payload: Mapping[str, Any] | None = None
    priority: int = 0
    batch: str | None = None
    gold: str | None = None
    field: str | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """The first lines of a file that waits."""

    #: Of a CSV: what each column becomes.
    columns: Mapping[str, str]
    lines: tuple[PreviewLine, ...]
    #: Why nothing can come in as it is.
    problem: str | None = None


class Operations:
    """Imports and exports that go on in the background."""

    def __init__(self, connection: Connection) -> None:
        self._api = connection

    def start_import(
        self, project_id: str, file: IO[bytes], content_type: str, *, hold: bool = False
    ) -> Operation:
        """Hand in an NDJSON, CSV or JSON file, to be imported in the background; with `hold`,
        once its first lines have been looked at.
        """
        response = self._api.send(
            "POST",
            f"/projects/{project_id}/imports",
            query={"hold": str(hold).lower()},
            file=file,
            headers={"Content-Type": content_type, "Prefer": "respond-async"},
            timeout=IMPORT_TIMEOUT_S,
        )
        return read(Operation, body_of(response))

    def list(self, project_id: str | None = None) -> Iterator[Operation]:
        """Read your operations, of a project or all, the oldest first."""
        return self._api.pages("/operations", Operation, project_id=project_id)

    def get(self, operation_id: str) -> Operation:
        """See how far an operation is. Raises NotFound."""
        return read(Operation, self._api.get(f"/operations/{operation_id}"))

    def preview(self, operation_id: str) -> Preview:
        """Look at the first lines of an import that is held. Raises Conflict for another."""
        return read(Preview, self._api.get(f"/operations/{operation_id}/preview"))

    def start(self, operation_id: str, *, columns: Mapping[str, str] | None = None) -> Operation:
        """Begin an import that is held, or go on with one that failed.

        `columns` gives columns of a CSV other names, as {"id": "external_id"}.
        """
        body = {"columns": dict(columns or {})}
        return read(Operation, self._api.post(f"/operations/{operation_id}/start", body))

    def cancel(self, operation_id: str) -> Operation:
        """Stop an operation; tasks it has imported stay."""
        return read(Operation, body_of(self._api.send("DELETE", f"/operations/{operation_id}")))

    def errors(self, operation_id: str) -> Iterator[LineProblem]:
        """Read every line an import has left out."""
        return self._api.pages(f"/operations/{operation_id}/errors", LineProblem)
