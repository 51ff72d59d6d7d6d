"""The annotation page's blueprint, its files, and how it tells that something went wrong."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue

from crowd.api.errors import problem
from crowd.errors import CrowdError
from crowd.web.prose import prose
from crowd.web.work import doorkeeper, words

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
    if error.status == 429:
        response.headers["Retry-After"] = str(getattr(error, "retry_after_s", 1))
    return response
