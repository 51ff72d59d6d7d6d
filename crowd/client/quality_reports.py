"""Reports on quality: how good a project's labels are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crowd.client.connection import Connection, body_of
from crowd.client.shapes import read


@dataclass(frozen=True, slots=True)
class QualityReport:
    #: From 1, by project.
    number: int
    created_at: datetime
    #: None: it is not written yet.
    written_at: datetime | None = None
    #: What stood when it was written.
    config_version: int | None = None
    guideline: int | None = None
    run_number: int | None = None
    #: Why it could not be written.
    error: str | None = None
    #: All of it, by section; None in lists and before it is written.
    content: Mapping[str, Any] | None = None


class QualityReports:
    """Reports on quality, each as of one moment."""

    def __init__(self, connection: Connection) -> None:
        self._api = connection

    def request(self, project_id: str) -> QualityReport:
        """Ask for a report; it is written in the background."""
        sent = self._api.send("POST", f"/projects/{project_id}/quality-reports")
        return read(QualityReport, body_of(sent))

    def list(self, project_id: str) -> Iterator[QualityReport]:
        """Read a project's reports, without what is in them, the newest first."""
        return self._api.pages(f"/projects/{project_id}/quality-reports", QualityReport)

    def get(self, project_id: str, number: int) -> QualityReport:
        """Read a report. Raises NotFound."""
        found = self._api.get(f"/projects/{project_id}/quality-reports/{number}")
        return read(QualityReport, found)

    def pdf(self, project_id: str, number: int) -> bytes:
        """Read a report as it is printed. Raises NotFound while it is not written yet."""
        sent = self._api.send("GET", f"/projects/{project_id}/quality-reports/{number}/pdf")
        return sent.content
