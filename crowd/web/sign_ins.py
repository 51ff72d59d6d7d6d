"""Getting into the console, and out of it."""

from __future__ import annotations

import hashlib

from flask import Blueprint, Response, current_app, g, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from crowd.db import transaction
from crowd.errors import RateLimited, Unauthenticated
from crowd.quotas import Quotas
from crowd.schemas.sign_ins import SignInArgs
from crowd.services import sign_ins, users
from crowd.web import pages

blp = Blueprint("sign_ins", __name__)

#: Wrong passwords for one user, and from one address, in a window; beyond that nobody is let in.
USER_TRIES, ADDRESS_TRIES, WINDOW_S = 10, 50, 600


@blp.get("/sign-in")
@pages.open_to_all
def ask() -> ResponseReturnValue:
    """Ask for address and password."""
    return pages.page("sign_in.html", after=request.args.get("after", ""))


@blp.post("/sign-in")
@pages.open_to_all
def sign_in() -> ResponseReturnValue:
    """Let a user in by password."""
    given = pages.load(SignInArgs)
    limits = [(_user(given["email"]), USER_TRIES), (_address(), ADDRESS_TRIES)]
    for subject, tries in limits:
        if (left := _tries().spend(subject, tries, amount=0)).refused:
            said = f"Too many wrong passwords. Try again in {-(-left.reset_s // 60)} minutes."
            raise RateLimited(said, retry_after_s=left.reset_s)
    with transaction() as session:
        user = users.with_email(session, given["email"])
    # no connection is held while the hash is computed
    if not sign_ins.is_right(user, given["password"]) or user is None:
        for subject, tries in limits:
            _tries().spend(subject, tries)
        refusal = sign_ins.refusal()
        return pages.page("sign_in.html", 401, refusal=refusal, **_typed(given))
    with transaction() as session:
        _, token = sign_ins.open_for(session, user, browser=_browser(), address=_address())
    return pages.enter(_on(given["after"]), token)


@blp.get("/sign-in/<token>")
@pages.open_to_all
def offer(token: str) -> ResponseReturnValue:
    """Show that a link lets one in: those that only look, as mail programs do, do not use it up."""
    return pages.page("sign_in_link.html", token=token)


@blp.post("/sign-in/<token>")
@pages.open_to_all
def follow(token: str) -> ResponseReturnValue:
    """Let a user in by a link, once."""
    try:
        with transaction() as session:
            user = sign_ins.follow_link(session, token)
            _, made = sign_ins.open_for(session, user, browser=_browser(), address=_address())
    except Unauthenticated as refusal:
        return pages.page("sign_in.html", 401, refusal=refusal, after="")
    return pages.enter(_on(""), made)


@blp.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """Let this browser go."""
    with transaction() as session:
        sign_ins.end(session, g.visit.user, g.visit.sign_in.id)
    return pages.leave(make_response(redirect(url_for("console.sign_ins.ask"), 303)))


def _on(after: str) -> Response:
    """Go where the user wanted to go: only to a page of ours."""
    ours = after.startswith(f"{pages.PREFIX}/") and "\\" not in after
    return make_response(redirect(after if ours else url_for("console.projects.index"), 303))


def _typed(given: dict[str, str]) -> dict[str, str]:
    return {"email": given["email"], "after": given["after"]}


def _tries() -> Quotas:
    tries = current_app.extensions.get("sign_in_tries")
    if tries is None:
        tries = Quotas(current_app.config["REDIS_URL"], WINDOW_S)
        current_app.extensions["sign_in_tries"] = tries
    return tries


def _user(email: str) -> str:
    return "sign-in:" + hashlib.sha256(email.strip().lower().encode(errors="replace")).hexdigest()


def _address() -> str:
    return request.remote_addr or "unknown"


def _browser() -> str:
    return request.headers.get("User-Agent", "")[:200]
