"""Every refusal leaves as application/problem+json; no stack trace ever does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from flask import Flask, Response, g, request
from sqlalchemy.exc import DataError, DBAPIError, InterfaceError, OperationalError
from werkzeug.exceptions import HTTPException

from crowd.errors import CrowdError, Invalid, Unavailable

log = structlog.get_logger("crowd.web")

#: What the framework's own refusals are called, and what to do about them.
FRAMEWORK = {
    400: ("malformed", "The body is not JSON."),
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "The address exists, but not with this method."),
    408: ("timed_out", "The request took too long to arrive."),
    413: ("too_large", "The body is too large. Tasks in bulk go to /projects/{id}/imports."),
    415: ("unsupported_media_type", "Send JSON with 'Content-Type: application/json'."),
    422: ("invalid", "See `errors` for what is wrong with which field."),
}


def register(app: Flask) -> None:
    """Answer every exception with a problem."""
    app.register_error_handler(CrowdError, _refused)
    app.register_error_handler(HTTPException, _refused_by_framework)
    app.register_error_handler(DBAPIError, _refused_by_database)
    app.register_error_handler(Exception, _failed)


def codes() -> list[tuple[int, str, str]]:
    """List every code there is, as (status, code, what it means), by status."""
    ours = [(kind.status, kind.code, kind.title) for kind in _kinds(CrowdError)]
    framework = [(status, code, detail) for status, (code, detail) in FRAMEWORK.items()]
    by_code = {code: (status, code, said) for status, code, said in [*framework, *ours]}
    by_code["internal_error"] = (500, "internal_error", "A fault of ours; it is logged.")
    return sorted(by_code.values())


def _kinds(kind: type[CrowdError]) -> list[type[CrowdError]]:
    return [found for sub in kind.__subclasses__() for found in [sub, *_kinds(sub)]]


def problem_of(error: CrowdError) -> dict[str, Any]:
    """Describe a refusal as the body of a problem (RFC 9457)."""
    return _body(error.status, error.code, error.title, error.detail, error.errors)


def _body(
    status: int, code: str, title: str, detail: str, errors: Mapping[str, Any] | None
) -> dict[str, Any]:
    body: dict[str, Any] = {
        "type": f"/docs/errors#{code}",
        "title": title,
        "status": status,
        "code": code,
        "detail": detail,
        "request_id": g.get("request_id"),
    }
    return {**body, "errors": errors} if errors else body


def problem(
    status: int, code: str, title: str, detail: str, errors: Mapping[str, Any] | None = None
) -> Response:
    """Make a problem response (RFC 9457)."""
    body = _body(status, code, title, detail, errors)
    # escaped to ASCII: a refused body may hold what no encoding can carry
    return Response(json.dumps(body), status, mimetype="application/problem+json")


def _refused(error: CrowdError) -> Response:
    response = problem(error.status, error.code, error.title, error.detail, error.errors)
    if error.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    if error.status in (429, 503):
        response.headers["Retry-After"] = str(getattr(error, "retry_after_s", 1))
    return response


def _refused_by_framework(error: HTTPException) -> Response:
    if error.response is not None or error.code is None or error.code < 400:
        return error.get_response(request.environ)  # type: ignore[return-value]
    status = error.code
    title = HTTPStatus(status).phrase
    code, detail = FRAMEWORK.get(status, (title.lower().replace(" ", "_"), error.description))
    messages = getattr(error, "data", {}).get("messages", {})
    # webargs sorts by where the field came from; the field is what the client knows
    errors = {name: why for place in messages.values() for name, why in _named(place)}
    response = problem(status, code, title, detail or title, errors)
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def _named(place: Any) -> list[tuple[str, Any]]:
    return list(place.items()) if isinstance(place, dict) else [("body", place)]


def _refused_by_database(error: DBAPIError) -> Response:
    refusal = of_database(error)
    return _failed(error) if refusal is None else _refused(refusal)


def of_database(error: Exception) -> CrowdError | None:
    """Say what a database's error means for who asked; None: it is a fault of ours."""
    if isinstance(error, DataError):
        return Invalid("A value cannot be stored: out of range, or not valid text.")
    if isinstance(error, OperationalError | InterfaceError):
        log.error("database unavailable", error=str(error.orig), request_id=g.get("request_id"))
        return Unavailable("The database does not answer. Try again in a moment.")
    return None


def _failed(error: Exception) -> Response:
    log.error("request failed", exc_info=error, path=request.path, request_id=g.get("request_id"))
    detail = "Something went wrong on our side. Tell us the request_id if it happens again."
    return problem(500, "internal_error", "Internal error", detail)
