"""Rate limits: each key has its quota; strangers are turned away before the database is asked.

https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
"""

from __future__ import annotations

import ipaddress
from typing import NamedTuple

from flask import Flask, Response, g

from config import Settings
from crowd.errors import RateLimited
from crowd.quotas import Allowance, Quotas
from crowd.services.tenants import Caller

#: Tokens remembered for having been good.
MAX_KNOWN = 10_000


class Known(NamedTuple):
    """A key that opened the door, and its quota."""

    key: str
    quota: int


class Limits:
    """Counts the requests of keys, and those refused for want of a key by address.

    A token that has been good is counted before it is looked up again, so that a flood costs no
    query. It also passes where its address is refused: a neighbour cannot lock it out. To be known
    here opens nothing: each request is authenticated all the same. Tokens come as their hashes.
    """

    def __init__(
        self, quotas: Quotas, *, key_quota: int, stranger_quota: int, guest_quota: int
    ) -> None:
        self._quotas = quotas
        self._guest_quota = guest_quota
        self._key_quota = key_quota
        self._stranger_quota = stranger_quota
        self._known: dict[bytes, Known] = {}

    def admit(self, token: bytes, address: str) -> None:
        """Count a request before anything is looked up. Raises RateLimited."""
        if known := self._known.get(token):
            g.counted = True
            self._spend(known)
            return
        allowance = self._quotas.spend(_network(address), self._stranger_quota, amount=0)
        if allowance.refused:
            g.allowance = allowance
            raise RateLimited(
                "Too many requests without a valid key came from your address. Check the key, "
                "then wait.",
                retry_after_s=allowance.reset_s,
            )

    def welcome(self, token: bytes, caller: Caller) -> None:
        """Remember that a token was good, and count its first request. Raises RateLimited."""
        known = Known(f"key:{caller.key_id}", caller.rate_limit or self._key_quota)
        if len(self._known) >= MAX_KNOWN:
            self._known.clear()
        self._known[token] = known
        if not g.pop("counted", False):
            self._spend(known)

    def admit_guest(self, subject: str, address: str) -> None:
        """Count a request from the annotation page, by its visit or address. Raises RateLimited.

        Before it is known who asks: where too many came from its address in vain, nothing is.
        """
        for name, quota, amount in (
            (_network(address), self._stranger_quota, 0),
            (subject, self._guest_quota, 1),
        ):
            allowance = self._quotas.spend(name, quota, amount)
            if allowance.refused:
                raise RateLimited(
                    "That was too fast. Wait a few seconds, then go on.",
                    retry_after_s=allowance.reset_s,
                )

    def turn_away(self, token: bytes, address: str) -> None:
        """Count a request without a valid key against its address."""
        self._known.pop(token, None)
        self._quotas.spend(_network(address), self._stranger_quota)

    def _spend(self, known: Known) -> None:
        g.allowance = allowance = self._quotas.spend(known.key, known.quota)
        if allowance.refused:
            raise RateLimited(
                f"The key has made its {allowance.quota} requests of these {allowance.window_s} s.",
                retry_after_s=allowance.reset_s,
            )


def register(app: Flask, settings: Settings, redis_url: str) -> None:
    """Count requests, and tell each caller what it has left."""
    app.extensions["limits"] = Limits(
        Quotas(redis_url, settings.rate_window_s),
        key_quota=settings.rate_limit,
        stranger_quota=settings.bad_key_limit,
        guest_quota=settings.visit_limit,
    )
    app.after_request(_tell)


def _tell(response: Response) -> Response:
    left: Allowance | None = g.get("allowance")
    if left is not None:
        name = "key" if "caller" in g or "counted" in g else "default"
        response.headers["RateLimit-Policy"] = f'"{name}";q={left.quota};w={left.window_s}'
        response.headers["RateLimit"] = f'"{name}";r={left.remaining};t={left.reset_s}'
    return response


def _network(address: str) -> str:
    """Name whom an address belongs to: with IPv6, whoever has one has a whole /64."""
    try:
        parsed = ipaddress.ip_address(address.strip("[]"))
    except ValueError:
        return "address:unknown"
    if parsed.version == 4:
        return f"address:{parsed}"
    return f"address:{ipaddress.ip_network((parsed, 64), strict=False).network_address}"
