"""The annotators of a marketplace."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from crowd.client.connection import Connection
from crowd.client.shapes import read


@dataclass(frozen=True, slots=True)
class Annotator:
    id: str
    #: Your own name for it; None once it has been erased.
    external_id: str | None
    kind: str
    #: "active" or "blocked".
    state: str
    created_at: datetime


class Annotators:
    """The people, or models, who answer."""

    def __init__(self, connection: Connection) -> None:
        self._api = connection

    def register(
        self, external_id: str, *, kind: str = "human", pools: Iterable[str] = ()
    ) -> Annotator:
        """Register an annotator under your own name for it. Raises DuplicateExternalId."""
        body = {"external_id": external_id, "kind": kind, "pools": list(pools)}
        return read(Annotator, self._api.post("/annotators", body))

    def get(self, annotator_id: str) -> Annotator:
        """Read one of your annotators. Raises NotFound."""
        return read(Annotator, self._api.get(f"/annotators/{annotator_id}"))

    def list(self, *, pool: str | None = None) -> Iterator[Annotator]:
        """Read all your annotators, or those of one pool."""
        return self._api.pages("/annotators", Annotator, pool=pool)

    def block(self, annotator_id: str, *, reason: str) -> Annotator:
        """Keep an annotator from work; what it holds goes to others. Raises NotFound."""
        body = {"reason": reason}
        return read(Annotator, self._api.post(f"/annotators/{annotator_id}/block", body))

    def unblock(self, annotator_id: str) -> Annotator:
        """Let an annotator work again. Raises NotFound."""
        return read(Annotator, self._api.post(f"/annotators/{annotator_id}/unblock"))
