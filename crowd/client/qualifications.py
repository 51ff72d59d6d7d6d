"""Qualifications: whom a requester holds to be fit for what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from crowd.client.connection import Connection, body_of
from crowd.client.shapes import read


@dataclass(frozen=True, slots=True)
class Qualification:
    name: str
    annotator_id: str
    #: How it came to be: "granted" by hand, or "tested".
    origin: str
    created_at: datetime
    #: None: it does not end.
    expires_at: datetime | None = None
    #: The attempt at a training that was passed.
    attempt_id: str | None = None


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


def _address(annotator_id: str, name: str) -> str:
    return f"/annotators/{annotator_id}/qualifications/{quote(name, safe='')}"
