"""What annotators read and accept before they work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crowd.client.connection import Connection
from crowd.client.shapes import read


@dataclass(frozen=True, slots=True)
class Guideline:
    version: int
    #: Markdown, by a stranger: never render it as trusted HTML.
    body: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Acceptance:
    project_id: str
    annotator_id: str
    version: int
    created_at: datetime


class Guidelines:
    """The guideline of a project, version by version."""

    def __init__(self, connection: Connection) -> None:
        self._api = connection

    def add(self, project_id: str, body: str) -> Guideline:
        """Keep the next version; it is in force once the project's `guideline` names it."""
        return read(Guideline, self._api.post(f"/projects/{project_id}/guidelines", {"body": body}))

    def list(self, project_id: str) -> list[Guideline]:
        """Read every version, the newest first."""
        found = self._api.get(f"/projects/{project_id}/guidelines")
        return [read(Guideline, one) for one in found["items"]]

    def in_force(self, project_id: str) -> Guideline:
        """Read what annotators are to be shown. Raises NotFound where there is none."""
        return read(Guideline, self._api.get(f"/projects/{project_id}/guideline"))

    def accept(self, project_id: str, annotator: str, version: int) -> Acceptance:
        """Say that an annotator has accepted the version in force. Raises NotFound, Conflict."""
        body = {"annotator": annotator, "version": version}
        return read(
            Acceptance, self._api.post(f"/projects/{project_id}/guideline/acceptances", body)
        )
