"""Bans: annotators who get no work of a requester's at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from crowd.client.connection import Connection
from crowd.client.shapes import read


@dataclass(frozen=True, slots=True)
class Ban:
    """That an annotator gets no work of a requester's; for a marketplace without reasons."""

    id: str
    annotator_id: str
    created_at: datetime
    reason: str | None = None
    lifted_at: datetime | None = None
    lifted_reason: str | None = None


class Bans:
    """Annotators who get no work of a requester's at all."""

    def __init__(self, connection: Connection) -> None:
        self._api = connection

    def impose(self, annotator_id: str, *, reason: str) -> Ban:
        """Keep an annotator from all projects, also from those to come. Raises NotFound, Conflict.

        What it holds is returned at once.
        """
        return read(Ban, self._api.post("/bans", {"annotator_id": annotator_id, "reason": reason}))

    def list(
        self, *, annotator_id: str | None = None, in_force: bool | None = None
    ) -> Iterator[Ban]:
        """Read your bans, the newest first; lifted ones too."""
        wish = {"annotator_id": annotator_id, "in_force": in_force}
        return self._api.pages("/bans", Ban, **wish)

    def lift(self, ban_id: str, *, reason: str) -> Ban:
        """Let an annotator work again. Raises NotFound, Conflict."""
        return read(Ban, self._api.post(f"/bans/{ban_id}/lift", {"reason": reason}))

    def of_annotator(self, annotator_id: str) -> Iterator[Ban]:
        """Read, as a marketplace, the bans of one of your annotators. Raises NotFound."""
        return self._api.pages(f"/annotators/{annotator_id}/bans", Ban)
