"""Around every request: its id, its log line, its idempotency."""

from __future__ import annotations

import re
import time

import structlog
from flask import Flask, Response, g, request
from flask.typing import ResponseReturnValue

from crowd.db import new_id

log = structlog.get_logger("crowd.web")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


def register(app: Flask) -> None:
    """Give each request an id, the client's own where it sends one, and log how it ended."""
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> ResponseReturnValue | None:
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if _REQUEST_ID.fullmatch(given) else str(new_id())
    g.began = time.perf_counter()
    return None


def _end(response: Response) -> Response:
    response.headers["X-Request-Id"] = g.request_id
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    log.debug(
        "request",
        method=request.method,
        path=request.path,
        status=response.status_code,
        ms=round((time.perf_counter() - g.began) * 1000, 1),
        request_id=g.request_id,
    )
    return response
