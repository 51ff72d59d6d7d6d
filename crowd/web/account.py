"""What users change about themselves: the password, the browsers, for whom they are at work."""

from __future__ import annotations

import uuid

from flask import Blueprint, g
from flask.typing import ResponseReturnValue

from crowd.db import transaction
from crowd.errors import Invalid
from crowd.schemas.sign_ins import PasswordArgs, TenantChoiceArgs
from crowd.services import sign_ins, users
from crowd.web import pages

blp = Blueprint("account", __name__)


@blp.get("/account")
def show() -> ResponseReturnValue:
    """Show a user what is known of it, and where it is signed in."""
    with transaction() as session:
        user = g.visit.user
        browsers = sign_ins.open_of(session, user)
        return pages.page(
            "account.html", browsers=browsers, tenants=users.tenants_of(session, user)
        )


@blp.post("/account/password")
def set_password() -> ResponseReturnValue:
    """Take a new password; every other browser of the user is let go."""
    given = pages.load(PasswordArgs)
    if given["password"] != given["again"]:
        raise Invalid("The two passwords differ.", errors={"again": ["differs from the first"]})
    hashed = sign_ins.hashed(given["password"])
    with transaction() as session:
        sign_ins.set_password(session, g.visit.user, hashed, but=g.visit.sign_in.id)
    return pages.back("console.account.show", "The password is set.")


@blp.post("/account/browsers/<uuid:sign_in_id>/end")
def end_browser(sign_in_id: uuid.UUID) -> ResponseReturnValue:
    """Sign out in another browser."""
    with transaction() as session:
        sign_ins.end(session, g.visit.user, sign_in_id)
    return pages.back("console.account.show", "Signed out there.")


@blp.post("/account/tenant")
def choose_tenant() -> ResponseReturnValue:
    """Work for another tenant from now on."""
    given = pages.load(TenantChoiceArgs)
    with transaction() as session:
        sign_ins.enter(session, g.visit, given["tenant_id"])
    return pages.back("console.projects.index")
