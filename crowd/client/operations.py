"""Operations: what goes on in the background."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crowd.client.connection import Connection
from crowd.client.shapes import read


@dataclass(frozen=True, slots=True)
class Operation:
    """An import, an export, a bulk act or a what-if."""

    id: str
    #: "import", "export", "act" or "what_if".
    kind: str
    project_id: str
    #: "queued", "running", "done", "failed" or "cancelled".
    state: str
    #: How far it is: bytes, lines or annotators, of so many in all.
    done: int
    total: int
    #: What it has done, and left out.
    created: int
    rejected: int
    created_at: datetime
    #: Of a bulk act: what is done.
    act: str | None = None
    #: What came of a what-if.
    result: Mapping[str, Any] | None = None
    error: str | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A line of an import, or an annotator of a bulk act, that was left out, and why."""

    line: int
    #: Of a bulk act: the annotator's id.
    field: str
    problem: str


class Operations:
    """What goes on in the background."""

    def __init__(self, connection: Connection) -> None:
        self._api = connection

    def list(self) -> Iterator[Operation]:
        """Read what goes on in the background, or did: the oldest first."""
        return self._api.pages("/operations", Operation)

    def get(self, operation_id: str) -> Operation:
        """See how far an operation is. Raises NotFound."""
        return read(Operation, self._api.get(f"/operations/{operation_id}"))

    def cancel(self, operation_id: str) -> None:
        """Stop an operation; what it has done stays. Raises NotFound."""
        self._api.delete(f"/operations/{operation_id}")

    def left_out(self, operation_id: str) -> Iterator[LeftOut]:
        """Read every line, or annotator, it has left out, and why. Raises NotFound."""
        return self._api.pages(f"/operations/{operation_id}/errors", LeftOut)
