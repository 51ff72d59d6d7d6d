"""Labels, how sure they are and why; and the dataset as a file."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from crowd.client.connection import Connection, json_of
from crowd.client.shapes import read


@dataclass(frozen=True, slots=True)
class Decision:
    """What the engine said of a task at one time."""

    version: int
    state: str
    label: str | None
    confidence: float
    posterior: Mapping[str, float]
    answers_seen: int
    reason: str
    run_number: int
    config_version: int
    created_at: datetime
    #: What models said, and what people alone would have come to; None: no model had a say.
    models: Mapping[str, Any] | None = None
    #: The ruling that it is; None: the engine's own.
    ruling_id: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """The newest decision about a task. Gold has its known label, and the crowd's beside it."""

    task_id: str
    external_id: str
    state: str
    label: str | None
    confidence: float
    #: "consensus", "ruling" or "gold".
    source: str
    consensus: Decision


@dataclass(frozen=True, slots=True)
class Label:
    """One line of an export."""

    task_id: str
    external_id: str
    state: str
    label: str | None = None
    confidence: float | None = None
    source: str | None = None
    answers: int = 0
    posterior: Mapping[str, float] | None = None
    run: int | None = None
    config_version: int | None = None
    #: What models said, and what people alone would have come to; None: no model had a say.
    models: Mapping[str, Any] | None = None
    #: Why and by whom, a user or a key, where a ruling stands.
    ruling_reason: str | None = None
    ruling_comment: str | None = None
    ruled_by: str | None = None
    ruled_at: datetime | None = None


class Results:
    """What the engine made of the answers."""

    def __init__(self, connection: Connection) -> None:
        self._api = connection

    def list(self, project_id: str, *, state: str | None = None) -> Iterator[Result]:
        """Read the newest result of each task that has one."""
        return self._api.pages(f"/projects/{project_id}/results", Result, state=state)

    def versions(self, task_id: str) -> Sequence[Decision]:
        """Read every decision there has been about a task, the newest first."""
        found = self._api.get(f"/tasks/{task_id}/results")["items"]
        return [read(Decision, item) for item in found]


class Exports:
    """Machine-ready datasets, read while they arrive."""

    def __init__(self, connection: Connection) -> None:
        self._api = connection

    def labels(self, project_id: str) -> Iterator[Label]:
        """Read one label a task, in constant memory. Raises Unreachable if it breaks off."""
        with self._api.stream(f"/projects/{project_id}/export", format="ndjson") as response:
            for line in response.iter_lines():
                yield read(Label, json_of(line))

    def download(self, project_id: str, path: str | os.PathLike[str], *, format: str) -> None:
        """Write an export ("ndjson" or "csv") to a file, which appears only when it is whole."""
        part = Path(f"{os.fspath(path)}.part")
        with (
            self._api.stream(f"/projects/{project_id}/export", format=format) as response,
            part.open("wb") as file,
        ):
            for piece in response.iter_bytes():
                file.write(piece)
        part.replace(path)
