"""Who is at the annotation page: its cookie, its forms, its policy.

A visit's cookie goes to the visit's own pages alone, so that visits in two windows keep apart. In
a frame of MTurk's it has to be one that a page inside another's may have.
"""

from __future__ import annotations

import hashlib
import hmac
import uuid
from collections.abc import Sequence
from typing import Any

from flask import Response, current_app, g, render_template, request

from crowd.api.limits import Limits
from crowd.db import transaction
from crowd.errors import MissingScope, Unauthenticated
from crowd.services import visits
from crowd.services.visits import LASTS, Guest

COOKIE = "visit"
PROLIFIC_END = "https://app.prolific.com/submissions/complete"


def let_in(response: Response, visit_id: uuid.UUID, token: str, *, framed: bool) -> None:
    """Give a browser the key to a visit."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(LASTS.total_seconds()),
        path=f"/work/v/{visit_id}/",
        httponly=True,
        secure=framed or request.is_secure,
        samesite="None" if framed else "Lax",
        partitioned=framed,
    )


def check(visit_id: uuid.UUID) -> Guest:
    """Find out who is asking, within limits. Raises Unauthenticated, MissingScope, RateLimited."""
    limits: Limits = current_app.extensions["limits"]
    limits.admit_guest(f"visit:{visit_id}", request.remote_addr or "")
    token = request.cookies.get(COOKIE, "")
    try:
        with transaction() as session:
            guest = visits.authenticate(session, visit_id, token)
    except Unauthenticated:
        limits.turn_away(b"", request.remote_addr or "")
        raise
    g.guest, g.form_key = guest, form_key(token)
    if request.method == "POST":
        _require_own_form(g.form_key)
    return guest


def form_key(token: str) -> str:
    """Make what a form of the visit's own pages holds, and no other page can know."""
    return hmac.new(token.encode(), b"form", hashlib.sha256).hexdigest()


def _require_own_form(key: str) -> None:
    given = request.form.get("form_key", "")
    elsewhere = request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none")
    if elsewhere or not hmac.compare_digest(given.encode(errors="replace"), key.encode()):
        raise MissingScope("This form is too old, or not from this page. Load the page again.")


def page(
    template: str, *, status: int = 200, origins: Sequence[str] = (), **names: Any
) -> Response:
    """Render a page of a visit, or of a link; `origins`: the hosts its media come from."""
    guest: Guest | None = g.get("guest")
    framed = names.pop("framed", guest is not None and guest.source == "mturk")
    names = {"guest": guest, "form_key": g.get("form_key"), "origins": origins, **names}
    response = Response(render_template(template, **names), status)
    ancestors = current_app.config["MTURK_ORIGINS"] if framed else ("'none'",)
    submits = [guest.submit_to] if guest is not None and guest.submit_to else []
    policy = {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", *origins],
        "media-src": origins or ["'none'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'", *submits],
        "base-uri": ["'none'"],
        "frame-ancestors": ancestors,
    }
    response.headers["Content-Security-Policy"] = "; ".join(
        f"{name} {' '.join(allowed)}" for name, allowed in policy.items()
    )
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
    response.headers["X-Robots-Tag"] = "noindex"
    if not framed:
        response.headers["X-Frame-Options"] = "DENY"
    return response


def wants_json() -> bool:
    """Tell whether the page's own script is asking."""
    return request.headers.get("Accept", "").startswith("application/json")
