"""What every page of the console has in common: who is there, the policy, forms, the layout."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Response,
    abort,
    g,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from crowd.api.bodies import PROBE
from crowd.db import transaction
from crowd.errors import MissingScope, Unauthenticated
from crowd.services import sign_ins, users
from crowd.services.sign_ins import Visit
from crowd.services.tenants import INSTALLATION, Caller
from crowd.web import forms, kept, lists, navigation, problems
from crowd.web.items import Item

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])

#: How views read forms and queries.
load = forms.load

PREFIX = "/console"
COOKIE = "crowd_sign_in"
NOTICE = "crowd_notice"
NOBODY_YET = "You do not work for any tenant yet. Ask an operator to invite you."
#: Nothing runs or loads that is not a file of ours; no page is shown inside another.
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}


def console() -> Blueprint:
    """Make the blueprint that holds every page: each is looked at by these guards."""
    blp = Blueprint("console", __name__, url_prefix=PREFIX, template_folder="templates")
    blp.before_request(_refuse_strangers)
    blp.before_request(_let_in)
    blp.after_request(_protect)
    blp.context_processor(_surroundings)
    problems.register(blp)
    return blp


def open_to_all(view: View) -> View:
    """Let a view be called by somebody who is not signed in."""
    view.is_open = True  # type: ignore[attr-defined]
    return view


def requires(scope: str) -> Callable[[View], View]:
    """Let a view be called by those whose role has a scope; others are told whom to ask."""

    def decorate(view: View) -> View:
        view.scope = scope  # type: ignore[attr-defined]
        return view

    return decorate


def page(template: str, status: int = 200, **context: Any) -> ResponseReturnValue:
    """Render a page."""
    return render_template(template, **context), status


def back(endpoint: str, said: str = "", **values: Any) -> ResponseReturnValue:
    """Go on to a page after a change, and say there in a line what was done."""
    response = make_response(redirect(url_for(endpoint, **values), 303))
    if said:
        response.set_cookie(NOTICE, said, max_age=60, httponly=True, samesite="Lax", path=PREFIX)
    return response


def enter(response: Response, token: str) -> Response:
    """Give the browser its sign-in: no script can read it, no other site can use it."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(sign_ins.LONGEST.total_seconds()),
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
    )
    return response


def leave(response: Response) -> Response:
    """Take the browser its sign-in."""
    response.delete_cookie(COOKIE)
    return response


def caller() -> Caller:
    """Tell for whom the user is at work. Raises MissingScope where that is nobody yet."""
    found: Caller | None = g.visit.caller
    if found is None:
        raise MissingScope(NOBODY_YET)
    return found


def allow_media(item: Item) -> None:
    """Let this page load the media of an item, from their hosts and no others."""
    if item.origins:
        hosts = " ".join(item.origins)
        g.policy = {**POLICY, "img-src": f"{POLICY['img-src']} {hosts}", "media-src": hosts}


def _refuse_strangers() -> None:
    """Refuse a change that another site asks for, whatever the cookie says."""
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    origin = request.headers.get("Origin")
    if site not in ("same-origin", "none") or (
        origin is not None and urlsplit(origin).netloc != request.host
    ):
        abort(403, "The request came from another site. Open the page here and try again.")


def _let_in() -> ResponseReturnValue | None:
    view = navigation.view_of(request.endpoint)
    is_open = getattr(view, "is_open", False)
    token = request.cookies.get(COOKIE, "")
    g.visit = None
    try:
        with transaction() as session:
            g.visit = sign_ins.look_up(session, token)
    except Unauthenticated:
        return None if is_open else _to_sign_in()
    g.form_token = _form_token(token)
    # a large form is asked for its token once it has come in; who signs in anew has none yet
    is_change = request.method not in ("GET", "HEAD", "OPTIONS") and not is_open
    if is_change and PROBE not in request.environ:
        given = request.form.get("form_token") or request.headers.get("X-Form-Token", "")
        if not hmac.compare_digest(given.encode(errors="replace"), g.form_token.encode()):
            return _from_another_sign_in()
    scope = getattr(view, "scope", None)
    if scope is not None and not navigation.may(g.visit, scope):
        raise MissingScope(_lacking(g.visit, scope))
    return None


def _to_sign_in() -> ResponseReturnValue:
    if "HX-Request" in request.headers:
        # a part of a page must not become the sign-in form, nor take away what is typed beside it
        raise Unauthenticated("Your sign-in has ended. What you have typed here is not lost.")
    if request.method == "POST" and PROBE not in request.environ and kept.is_from_here():
        return kept.show_again(401)
    after = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("console.sign_ins.ask", after=after), 303)


def _from_another_sign_in() -> ResponseReturnValue:
    if "HX-Request" in request.headers or not kept.is_from_here():
        abort(403, "The form is from another sign-in. Reload the page and try again.")
    return kept.show_again(403)


def _lacking(visit: Visit, scope: str) -> str:
    """Say whose role would do, and who gives roles."""
    if scope in INSTALLATION:
        return "Only an administrator of the installation may do this."
    if visit.tenant is None:
        return NOBODY_YET
    enough = [role for role, scopes in users.ROLES[visit.tenant.kind].items() if scope in scopes]
    if not enough:
        return f"At a {visit.tenant.kind} nobody may do this: it takes {scope}."
    with transaction() as session:
        names = users.names_with(session, visit.tenant.id, "operator")
    whom = f"operators: ask {' or '.join(names)}" if names else "the installation's administrator"
    said = f"It takes the role {' or '.join(enough)}; yours is {', '.join(visit.roles) or 'none'}."
    return f"{said} Roles are given by {whom}."


def _form_token(token: str) -> str:
    """Derive what every form carries: known to whoever holds the cookie, and to no other site."""
    return hashlib.sha256(b"form:" + token.encode(errors="replace")).hexdigest()


def _protect(response: Response) -> Response:
    policy = g.get("policy", POLICY)
    said = "; ".join(f"{name} {value}" for name, value in policy.items())
    response.headers["Content-Security-Policy"] = said
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    if (
        NOTICE in request.cookies
        and response.status_code == 200
        and response.mimetype == "text/html"
    ):
        response.delete_cookie(NOTICE, path=PREFIX)
    return response


def _surroundings() -> dict[str, Any]:
    visit: Visit | None = g.get("visit")
    return {
        "visit": visit,
        "form_token": g.get("form_token", ""),
        "notice": request.cookies.get(NOTICE),
        "menu": navigation.menu(visit) if visit else (),
        "next_address": lists.next_address,
        "has": lambda endpoint: navigation.view_of(f"console.{endpoint}") is not None,
        "may": lambda scope: visit is not None and navigation.may(visit, scope),
    }
