"""Who is asking, and whether the key allows it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from inspect import cleandoc
from typing import Any

from flask import Flask, after_this_request, current_app, g, request
from flask.wrappers import Response

from crowd.api.limits import MAX_KNOWN, Limits
from crowd.db import transaction
from crowd.errors import MissingScope, Unauthenticated
from crowd.services import tenants
from crowd.services.tenants import Caller


class KnownKeys:
    """Callers whose key was valid a moment ago: most requests need not look it up again."""

    def __init__(self, kept_s: float) -> None:
        self._kept_s = kept_s
        #: By a hash of the token, so that no memory dump holds one: when to ask again, and who.
        self._callers: dict[bytes, tuple[float, Caller]] = {}

    def caller(self, token: str, digest: bytes) -> Caller:
        """Find out who holds a token, by its hash where that is known. Raises Unauthenticated."""
        if not token:
            raise Unauthenticated("Send your key as 'Authorization: Bearer <key>'.")
        now = time.monotonic()
        until, caller = self._callers.get(digest, (0.0, None))
        if caller is None or until <= now:
            with transaction() as session:
                caller = tenants.authenticate(session, token)
            if len(self._callers) >= MAX_KNOWN:
                self._callers.clear()
            self._callers[digest] = now + self._kept_s, caller
        return caller


def register(app: Flask, prefix: str) -> None:
    """Ask for a key, within its limits, on every route of the API but its description."""

    known = KnownKeys(app.config["KEYS_KEPT_S"])

    @app.before_request
    def _authenticate() -> None:
        if not request.path.startswith(prefix) or request.path == f"{prefix}/openapi.json":
            return
        limits: Limits = current_app.extensions["limits"]
        token, address = _token(), request.remote_addr or ""
        digest = hashlib.sha256(token.encode(errors="replace")).digest()
        limits.admit(digest, address)
        try:
            g.caller = known.caller(token, digest)
        except Unauthenticated:
            limits.turn_away(digest, address)
            raise
        limits.welcome(digest, g.caller)
        _note_use(g.caller)


def _token() -> str:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def _note_use(caller: Caller) -> None:
    """Remember once an hour that the key is in use, after the client has its response."""
    key_id, last = caller.key_id, caller.key_last_used_at
    if key_id is None or (last and datetime.now(UTC) - last < tenants.USE_NOTED_EVERY):
        return

    def note() -> None:
        with transaction() as session:
            tenants.note_use(session, key_id)

    @after_this_request
    def _later(response: Response) -> Response:
        response.call_on_close(note)
        return response


def allow(scope: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let a view be called with a key that has the scope; it stands in the view's description."""

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def checked(*args: Any, **kwargs: Any) -> Any:
            if scope not in g.caller.scopes:
                raise MissingScope(
                    f"This needs the scope {scope!r}. Ask your operator for a key that has it."
                )
            return view(*args, **kwargs)

        doc = cleandoc(view.__doc__ or "")
        checked.__doc__ = f"{doc}\n\nScope: `{scope}`."
        return checked

    return decorate
