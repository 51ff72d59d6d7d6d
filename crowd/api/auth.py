"""Who is asking, and whether the key allows it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import cleandoc
from typing import Any

from flask import Flask, g, request

from crowd.db import transaction
from crowd.errors import MissingScope, Unauthenticated
from crowd.services import tenants


def register(app: Flask, prefix: str) -> None:
    """Ask for a key on every route of the API but its description."""

    @app.before_request
    def _authenticate() -> None:
        if not request.path.startswith(prefix) or request.path == f"{prefix}/openapi.json":
            return
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer" or not token:
            raise Unauthenticated("Send your key as 'Authorization: Bearer <key>'.")
        with transaction() as session:
            g.caller = tenants.authenticate(session, token.strip())


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
