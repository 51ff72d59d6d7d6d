"""The annotation page's blueprint, its files, and how it tells that something went wrong."""

from __future__ import annotations

import hashlib
import uuid
from pathlib import Path
from typing import Any

import structlog
from flask import Blueprint, Response, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from crowd.api.errors import of_database, problem
from crowd.errors import CrowdError, NotFound, Unavailable
from crowd.web.prose import prose
from crowd.web.work import doorkeeper, words

log = structlog.get_logger("crowd.web")

STATIC = Path(__file__).parent / "static"
#: The files never change under one address: it holds what is in them.
YEAR_S = 365 * 24 * 3600

blp = Blueprint(
    "work",
    __name__,
    url_prefix="/work",
    template_folder="../templates",
    static_folder="static",
    static_url_path="static",
)
_STAMPS = {
    file.name: hashlib.sha256(file.read_bytes()).hexdigest()[:12] for file in STATIC.iterdir()
}


@blp.app_template_filter("prose")
def _prose(text: str) -> str:
    return prose(text)


@blp.context_processor
def _names() -> dict[str, Any]:
    return {"work_file": _file, "said_words": words.SAID}


def _file(name: str) -> str:
    return url_for("work.static", filename=name, v=_STAMPS[name])


@blp.after_request
def _keep_files(response: Response) -> Response:
    if response.direct_passthrough:
        kept = f"public, max-age={YEAR_S}, immutable" if "v" in request.args else "no-cache"
        response.headers["Cache-Control"] = kept
    return response


@blp.errorhandler(CrowdError)
def _refused(error: CrowdError) -> ResponseReturnValue:
    if doorkeeper.wants_json():
        response = problem(error.status, error.code, error.title, error.detail, error.errors)
    else:
        response = doorkeeper.page("work/refused.html", status=error.status, error=error)
    if error.status in (429, 503):
        response.headers["Retry-After"] = str(getattr(error, "retry_after_s", 1))
    return response


@blp.errorhandler(Exception)
def _failed(error: Exception) -> ResponseReturnValue:
    if isinstance(error, HTTPException):
        return _refused(NotFound("There is nothing at this address. Open your link again."))
    if isinstance(refusal := of_database(error), Unavailable):
        return _refused(Unavailable("We cannot reach our records just now. Try again in a moment."))
    if refusal is not None:
        return _refused(refusal)
    log.error("page failed", exc_info=error, path=request.path, request_id=g.get("request_id"))
    return _refused(_Fault("Something went wrong on our side. Try again in a moment."))


@blp.get("/")
@blp.get("/<path:missing>")
def nowhere(missing: str = "") -> ResponseReturnValue:
    """Say that there is nothing; whoever is lost within a visit is led back to its item."""
    parts = missing.split("/")
    try:
        visit_id = uuid.UUID(parts[1] if parts[0] == "v" and len(parts) > 2 else "")
    except ValueError:
        raise NotFound("There is nothing at this address. Open your link again.") from None
    return redirect(url_for("work.show", visit_id=visit_id), 303)


class _Fault(CrowdError):
    """What is no refusal, but a mistake of ours."""
