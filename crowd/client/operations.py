"""Operations: what goes on in the background."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from crowd.client.connection import Connection, body_of
from crowd.client.shapes import read
from crowd.client.tasks import IMPORT_TIMEOUT_S


@dataclass(frozen=True, slots=True)
class Operation:
    """An import, an export, a bulk act or a what-if."""

    id: str
    #: "import", "export", "act" or "what_if".
    kind: str
    project_id: str
    #: "held", "queued", "running", "done", "failed" or "cancelled".
    state: str
    #: How far it is: bytes, lines or annotators, of so many in all.
    done: int
    total: int
    #: What it has read, done, and left out.
    received: int
    created: int
    rejected: int
    created_at: datetime
    #: Of the file; None: there is none.
    format: str | None = None
    #: Of an export: results, answers or predictions.
    what: str | None = None
    #: Of a bulk act: what is done.
    act: str | None = None
    #: What came of a what-if.
    result: Mapping[str, Any] | None = None
    #: Why it failed.
    error: str | None = None
    #: Where an export's file is fetched.
    file: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A line of an import, or an annotator of a bulk act, that was left out, and why."""

    line: int
    #: Of a bulk act: the annotator's id.
    field: str
    problem: str


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
    """What goes on in the background."""

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
        """Read what goes on in the background, or did, of a project or all: the oldest first."""
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
        """Stop an operation; what it has done stays. Raises NotFound."""
        return read(Operation, body_of(self._api.send("DELETE", f"/operations/{operation_id}")))

    def left_out(self, operation_id: str) -> Iterator[LeftOut]:
        """Read every line, or annotator, it has left out, and why. Raises NotFound."""
        return self._api.pages(f"/operations/{operation_id}/errors", LeftOut)
