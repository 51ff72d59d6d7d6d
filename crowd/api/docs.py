"""The documentation in a browser, from files served here."""

from __future__ import annotations

from pathlib import Path

import flask_swagger_ui
from flask import Blueprint, Response, render_template, send_from_directory

from crowd.api.errors import codes

blp = Blueprint("docs", __name__, url_prefix="/docs", template_folder="templates")

#: Only the files are used: the package's own page has scripts that our policy would refuse.
ASSETS = Path(flask_swagger_ui.__file__).parent / "dist"
# the page runs two files of ours and nothing else; Swagger UI sets styles as it draws
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'"
)


@blp.get("/")
def page() -> Response:
    """Show the API, ready to be tried."""
    response = Response(render_template("docs.html"))
    response.headers["Content-Security-Policy"] = POLICY
    return response


@blp.get("/errors")
def errors() -> Response:
    """Explain every code a problem can have: where its `type` points."""
    response = Response(render_template("errors.html", codes=codes()))
    response.headers["Content-Security-Policy"] = POLICY
    return response


@blp.get("/assets/<path:name>")
def asset(name: str) -> Response:
    """Serve one of Swagger UI's files."""
    return send_from_directory(ASSETS, name, max_age=86400)


@blp.get("/start.js")
def start() -> Response:
    """Point Swagger UI at the description of this server."""
    return Response(render_template("docs.js"), mimetype="text/javascript")
