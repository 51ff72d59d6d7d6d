"""Examples: what annotators learn from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crowd.client.connection import Connection
from crowd.client.shapes import read


@dataclass(frozen=True, slots=True)
class Example:
    """An item, or a closed task, with what is right and why."""

    id: str
    #: What is right.
    label: str
    explanation: str
    created_at: datetime
    payload: Mapping[str, Any] | None = None
    task_id: str | None = None
    #: What it is taken for; None: anything else.
    confused_with: str | None = None


class Examples:
    """What annotators are shown who confuse labels, where a project coaches."""

    def __init__(self, connection: Connection) -> None:
        self._api = connection

    def add(self, project_id: str, label: str, *, explanation: str, **what: Any) -> Example:
        """Show an item (`payload`) or a closed task (`task_id`), perhaps `confused_with` a label.

        Raises NotFound, UnknownLabel, Invalid, and Conflict for what is gold or still open.
        """
        body = {"label": label, "explanation": explanation, **what}
        return read(Example, self._api.post(f"/projects/{project_id}/examples", body))

    def list(self, project_id: str) -> Iterator[Example]:
        """Read what is shown, the newest first."""
        return self._api.pages(f"/projects/{project_id}/examples", Example)

    def retire(self, example_id: str) -> None:
        """Show an example no more. Raises NotFound."""
        self._api.delete(f"/examples/{example_id}")
