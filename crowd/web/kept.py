"""What a form holds whose sign-in has ended meanwhile: shown again, to be sent once more."""

from __future__ import annotations

from flask import make_response, render_template, request
from flask.typing import ResponseReturnValue

from crowd.api.bodies import FILES

#: What no page repeats; it is typed again.
SECRET = {"form_token", "password", "again"}


def is_from_here() -> bool:
    """Tell whether the browser says that a page of ours has sent the form: silence is not enough.

    Where it names another site the request has been refused already.
    """
    return "Origin" in request.headers or "Sec-Fetch-Site" in request.headers


def show_again(status: int) -> ResponseReturnValue:
    """Show what a form held. Nothing of it is done before its sender, signed in, says so."""
    # a file that nobody may send has not been read
    given = [] if request.endpoint in FILES else request.form.items(multi=True)
    fields = [(name, value) for name, value in given if name not in SECRET]
    page = make_response(render_template("kept.html", fields=fields), status)
    page.headers["Cache-Control"] = "no-store"
    return page
