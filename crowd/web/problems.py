"""What goes wrong, said in a page; the API has its own shape for it."""

from __future__ import annotations

import structlog
from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from crowd.errors import CrowdError, NotFound

log = structlog.get_logger("crowd.web")
#: What is said of a key elsewhere, said to a person.
TITLES = {
    "missing_scope": "Your role does not allow this",
    "wrong_mode": "Not in a sandbox, or only there",
    "unauthenticated": "You are not signed in",
}


def register(console: Blueprint) -> None:
    """Answer refusals and faults with pages, and addresses that lead nowhere."""
    console.register_error_handler(CrowdError, refused)
    console.register_error_handler(Exception, failed)
    console.add_url_rule("/<path:missing>", "nowhere", nowhere)


def nowhere(missing: str) -> ResponseReturnValue:
    """Say that there is no such page."""
    raise NotFound(f"There is no page at /{missing}. The menu shows what there is.")


def refused(error: CrowdError) -> ResponseReturnValue:
    """Show a refusal as a page, or in place where only a part of a page was asked for."""
    title = TITLES.get(error.code, error.title)
    return _shown(error.status, title, error.detail, error.errors)


def failed(error: Exception) -> ResponseReturnValue:
    """Show a fault as a page; the log has the rest."""
    error = getattr(error, "original_exception", None) or error
    if isinstance(error, HTTPException):
        return _shown(error.code or 500, error.name, error.description or "", {})
    request_id = g.get("request_id")
    log.error("page failed", exc_info=error, path=request.path, request_id=request_id)
    said = f"It is logged as {request_id}. Nothing was changed; try again in a moment."
    return _shown(500, "Something went wrong on our side", said, {})


def _shown(status: int, title: str, detail: str, errors: object) -> ResponseReturnValue:
    context = {"status": status, "title": title, "detail": detail, "errors": errors}
    if "HX-Request" in request.headers:
        headers = {"HX-Retarget": "#messages", "HX-Reswap": "innerHTML"}
        return render_template("refusal.html", **context), status, headers
    return render_template("problem.html", **context), status
