"""Qualifications, and the standards of skill from which they follow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from crowd.client.connection import Connection, body_of
from crowd.client.shapes import read


@dataclass(frozen=True, slots=True)
class Qualification:
    name: str
    annotator_id: str
    #: How it came to be: "granted" by hand, "tested" or "derived" from skill.
    origin: str
    created_at: datetime
    #: None: it does not end.
    expires_at: datetime | None = None
    #: The attempt at a training that was passed.
    attempt_id: str | None = None
    #: The standard that is met.
    standard_id: str | None = None


@dataclass(frozen=True, slots=True)
class Standard:
    """A qualification that follows from skill in a project."""

    id: str
    project_id: str
    qualification: str
    #: Gained once the lower end of the accuracy's 95 % interval is at least this.
    reach: float
    #: Lost once its upper end is below this.
    keep: float
    least_answers: int
    least_gold: int
    #: Annotators who hold the qualification by it.
    held_by: int
    created_at: datetime
    retired_at: datetime | None = None


class Qualifications:
    """What annotators are held to be fit for."""

    def __init__(self, connection: Connection) -> None:
        self._api = connection

    def grant(
        self, annotator_id: str, name: str, *, expires_at: datetime | None = None
    ) -> Qualification:
        """Hold an annotator to be qualified; a second time moves the end. Raises NotFound."""
        body = {} if expires_at is None else {"expires_at": expires_at.isoformat()}
        return read(
            Qualification,
            body_of(self._api.send("PUT", _address(annotator_id, name), body=body)),
        )

    def of_annotator(self, annotator_id: str) -> Sequence[Qualification]:
        """Read what an annotator has of you. Raises NotFound."""
        found = self._api.get(f"/annotators/{annotator_id}/qualifications")["items"]
        return [read(Qualification, item) for item in found]

    def revoke(self, annotator_id: str, name: str) -> None:
        """Hold an annotator to be qualified no more, however it came to be. Raises NotFound."""
        self._api.delete(_address(annotator_id, name))


class Standards:
    """Qualifications that follow from skill."""

    def __init__(self, connection: Connection) -> None:
        self._api = connection

    def create(
        self, project_id: str, qualification: str, *, reach: float, **terms: Any
    ) -> Standard:
        """Have a qualification follow from skill. Raises NotFound, DuplicateName, Invalid."""
        body = {"qualification": qualification, "reach": reach, **terms}
        return read(Standard, self._api.post(f"/projects/{project_id}/standards", body))

    def list(self, project_id: str, *, retired: bool = False) -> Iterator[Standard]:
        """Read a project's standards in force, or those retired. Raises NotFound."""
        return self._api.pages(f"/projects/{project_id}/standards", Standard, retired=retired)

    def retire(self, standard_id: str) -> None:
        """End one, and the qualifications that follow from it. Raises NotFound."""
        self._api.delete(f"/standards/{standard_id}")


def _address(annotator_id: str, name: str) -> str:
    return f"/annotators/{annotator_id}/qualifications/{quote(name, safe='')}"
