"""What goes wrong, said in a page; the API has its own shape for it."""

from __future__ import annotations

from typing import Any

import structlog
from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from crowd.api.errors import of_database
from crowd.db import transaction
from crowd.errors import CrowdError, NotFound
from crowd.services import projects

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
    retry_after_s = getattr(error, "retry_after_s", 1) if error.status in (429, 503) else None
    return _shown(error.status, title, error.detail, error.errors, retry_after_s)


def failed(error: Exception) -> ResponseReturnValue:
    """Show a fault as a page; the log has the rest."""
    error = getattr(error, "original_exception", None) or error
    if isinstance(error, HTTPException):
        return _shown(error.code or 500, error.name, error.description or "", {})
    if (refusal := of_database(error)) is not None:
        return refused(refusal)
    request_id = g.get("request_id")
    log.error("page failed", exc_info=error, path=request.path, request_id=request_id)
    said = f"It is logged as {request_id}. Nothing was changed; try again in a moment."
    return _shown(500, "Something went wrong on our side", said, {})


def _shown(
    status: int, title: str, detail: str, errors: object, retry_after_s: int | None = None
) -> ResponseReturnValue:
    context = {"status": status, "title": title, "detail": detail, "errors": errors}
    headers = {} if retry_after_s is None else {"Retry-After": str(retry_after_s)}
    if "HX-Request" in request.headers:
        # morphed: what is said again and again is read out once
        where = {"HX-Retarget": "#messages", "HX-Reselect": ".refusal"}
        headers |= {**where, "HX-Reswap": "innerMorph"}
        return render_template("refusal.html", **context), status, headers
    context["project"] = project = _project() if status < 500 else None
    g.is_in_no_project = project is None
    return render_template("problem.html", **context), status, headers


def _project() -> Any:
    """Find the project at whose pages something was refused; None: there is none to go on in."""
    visit, project_id = g.get("visit"), (request.view_args or {}).get("project_id")
    if project_id is None or visit is None or visit.caller is None:
        return None
    try:
        with transaction() as session:
            return projects.find(session, visit.caller, project_id).project
    except (CrowdError, SQLAlchemyError):
        return None
