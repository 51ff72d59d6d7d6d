"""The files that pages load: all of them served here, and named by what is in them."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from flask import Blueprint, Flask, url_for

STATIC = Path(__file__).parent / "static"
A_YEAR_S = 365 * 24 * 3600


class MissingAssets(Exception):
    """What the console loads has not been built; the message says how."""


def register(app: Flask) -> None:
    """Serve the files, and let templates name them by `asset('console.css')`."""
    files = Blueprint("static", __name__, static_folder=str(STATIC), static_url_path="/static")
    app.register_blueprint(files)
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = A_YEAR_S
    app.jinja_env.globals["asset"] = asset


def asset(name: str) -> str:
    """Name a file by its path and a part of its hash: a changed one is another to a browser."""
    return url_for("static.static", filename=name, v=_version(name))


@cache
def _version(name: str) -> str:
    try:
        return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    except FileNotFoundError:
        raise MissingAssets(
            f"{name} is missing: run 'python crowd/web/vendor/build.py' (make does so by itself)."
        ) from None
