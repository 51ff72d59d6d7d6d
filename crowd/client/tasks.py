"""Tasks one at a time, in bulk, and those whose answer is known."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from crowd.client.connection import Connection, body_of
from crowd.client.shapes import read

#: An import is answered when all of it is stored: that may take this long, in seconds.
IMPORT_TIMEOUT_S = 600.0
#: Tasks to import stay in memory up to this many bytes, then go to a temporary file.
SPOOLED = 1 << 20
NDJSON = "application/x-ndjson"


@dataclass(frozen=True, slots=True)
class Task:
    id: str
    external_id: str
    payload: Mapping[str, Any]
    priority: int
    #: "open", "resolved" or "disputed".
    state: str
    answered: int
    leased: int
    #: Answers asked for so far.
    wanted: int
    #: Answers it may ever take.
    cap: int
    created_at: datetime
    #: Tasks with the same word here belong on one page.
    batch: str | None = None
    #: The task_id by which marketplaces know it.
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """An answer to a task, as its requester sees it."""

    number: int
    annotator_id: str
    label: str
    submitted_at: datetime
    time_spent_s: float
    config_version: int
    #: It is taken out of account.
    excluded: bool = False


@dataclass(frozen=True, slots=True)
class LineProblem:
    line: int
    field: str
    problem: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of a file: its good lines are stored, each bad one has an entry here."""

    received: int
    created: int
    rejected: int
    #: The first 1,000; `rejected` counts them all.
    errors: tuple[LineProblem, ...] = ()


class Tasks:
    """Items to be answered."""

    def __init__(self, connection: Connection) -> None:
        self._api = connection

    def create(
        self, project_id: str, external_id: str, payload: Mapping[str, Any], **fields: Any
    ) -> Task:
        """Add one task; `fields` may be priority, batch, gold. Raises DuplicateExternalId."""
        body = {"external_id": external_id, "payload": payload, **fields}
        return read(Task, self._api.post(f"/projects/{project_id}/tasks", body))

    def list(
        self, project_id: str, *, state: str | None = None, external_id: str | None = None
    ) -> Iterator[Task]:
        """Read a project's tasks, of one state or all, or the one with an external_id."""
        query = {"state": state, "external_id": external_id}
        return self._api.pages(f"/projects/{project_id}/tasks", Task, **query)

    def get(self, task_id: str) -> Task:
        """Read a task. Raises NotFound."""
        return read(Task, self._api.get(f"/tasks/{task_id}"))

    def answers(self, task_id: str) -> Sequence[GivenAnswer]:
        """Read what annotators have said of a task, in the order in which it came."""
        return [
            read(GivenAnswer, one) for one in self._api.get(f"/tasks/{task_id}/answers")["items"]
        ]


class Imports:
    """Tasks in bulk."""

    def __init__(self, connection: Connection) -> None:
        self._api = connection

    def create(self, project_id: str, tasks: Iterable[Mapping[str, Any]]) -> ImportReport:
        """Add any number of tasks, each a mapping: external_id, payload, priority, batch, gold.

        They may come from a generator: at no time are they all in memory.
        """
        with tempfile.SpooledTemporaryFile(max_size=SPOOLED) as file:
            for task in tasks:
                file.write(json.dumps(task, ensure_ascii=False, allow_nan=False).encode() + b"\n")
            return self.send(project_id, file, NDJSON)

    def send(self, project_id: str, file: IO[bytes], content_type: str) -> ImportReport:
        """Add the tasks of an open NDJSON (application/x-ndjson) or CSV (text/csv) file.

        The file is read again when an attempt fails, so it must be one that can seek.
        """
        response = self._api.send(
            "POST",
            f"/projects/{project_id}/imports",
            file=file,
            headers={"Content-Type": content_type},
            timeout=IMPORT_TIMEOUT_S,
        )
        return read(ImportReport, body_of(response))
