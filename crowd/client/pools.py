"""Pools: groups of annotators whom projects let in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from crowd.client.connection import Connection, body_of
from crowd.client.shapes import read


@dataclass(frozen=True, slots=True)
class Pool:
    """Its entry rule: all these qualifications, and one of these marketplaces, where any are."""

    id: str
    name: str
    qualifications: tuple[str, ...]
    marketplaces: tuple[str, ...]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class PoolMember:
    """An annotator in a pool, or kept out of it by hand."""

    annotator_id: str
    admitted: bool
    reason: str | None = None
    #: When it was said by hand; None: it is in by the entry rule.
    created_at: datetime | None = None
    marketplace: str | None = None


class Pools:
    """Groups of annotators whom projects let in by their `pools`."""

    def __init__(self, connection: Connection) -> None:
        self._api = connection

    def create(
        self, name: str, *, qualifications: Sequence[str] = (), marketplaces: Sequence[str] = ()
    ) -> Pool:
        """Add a pool with its entry rule. Raises DuplicateName, Invalid."""
        rule = {"qualifications": list(qualifications), "marketplaces": list(marketplaces)}
        return read(Pool, self._api.post("/pools", {"name": name, **rule}))

    def list(self) -> Iterator[Pool]:
        """Read your pools."""
        return self._api.pages("/pools", Pool)

    def get(self, pool_id: str) -> Pool:
        """Read one of your pools. Raises NotFound."""
        return read(Pool, self._api.get(f"/pools/{pool_id}"))

    def change(self, pool_id: str, **rule: Sequence[str]) -> Pool:
        """Give a pool other `qualifications`, `marketplaces`, or both. Raises NotFound, Invalid."""
        body = {part: list(names) for part, names in rule.items()}
        return read(Pool, body_of(self._api.send("PATCH", f"/pools/{pool_id}", body=body)))

    def delete(self, pool_id: str) -> None:
        """Remove a pool. Raises NotFound, and Conflict while a project asks for it."""
        self._api.delete(f"/pools/{pool_id}")

    def members(self, pool_id: str, *, by_hand: bool = False) -> Iterator[PoolMember]:
        """Read who is in, or whom was said by hand, in or out. Raises NotFound."""
        return self._api.pages(f"/pools/{pool_id}/members", PoolMember, by_hand=by_hand)

    def admit(self, pool_id: str, annotator_id: str, *, reason: str) -> PoolMember:
        """Let an annotator in, whatever the entry rule says. Raises NotFound."""
        return self._put(pool_id, annotator_id, admitted=True, reason=reason)

    def keep_out(self, pool_id: str, annotator_id: str, *, reason: str) -> PoolMember:
        """Keep an annotator out, whatever the entry rule says. Raises NotFound."""
        return self._put(pool_id, annotator_id, admitted=False, reason=reason)

    def take_back(self, pool_id: str, annotator_id: str) -> None:
        """Take back what was said by hand: the entry rule alone decides. Raises NotFound."""
        self._api.delete(f"/pools/{pool_id}/members/{annotator_id}")

    def _put(self, pool_id: str, annotator_id: str, *, admitted: bool, reason: str) -> PoolMember:
        body = {"admitted": admitted, "reason": reason}
        address = f"/pools/{pool_id}/members/{annotator_id}"
        return read(PoolMember, body_of(self._api.send("PUT", address, body=body)))
