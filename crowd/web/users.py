"""People at the console, and what each may do."""

from __future__ import annotations

import uuid

from flask import Blueprint, current_app, request
from flask.typing import ResponseReturnValue

from crowd.db import transaction
from crowd.errors import CrowdError
from crowd.schemas.fields import PageArgs
from crowd.schemas.users import UserChangeIn, UserIn
from crowd.services import sign_ins, users
from crowd.web import pages

blp = Blueprint("users", __name__)


@blp.get("/users")
@pages.requires("users:read")
def index() -> ResponseReturnValue:
    """List the people who work for the tenant."""
    return _shown()


@blp.post("/users")
@pages.requires("users:write")
def invite() -> ResponseReturnValue:
    """Invite a person, and show the link that lets it in once."""
    try:
        given = pages.load(UserIn)
        with transaction() as session:
            member = users.invite(session, pages.caller(), **given)
            token = sign_ins.make_link(session, member.user) if member.is_new else None
    except CrowdError as error:
        return _shown(error.status, refusal=error, given=request.form)
    return _shown(200, member=member, link=token and _link(token))


@blp.post("/users/<uuid:user_id>/roles")
@pages.requires("users:write")
def change(user_id: uuid.UUID) -> ResponseReturnValue:
    """Give a person other roles."""
    given = pages.load(UserChangeIn)
    with transaction() as session:
        member = users.change(session, pages.caller(), user_id, **given)
    return pages.back("console.users.index", f"{member.user.name} has other roles now.")


@blp.post("/users/<uuid:user_id>/link")
@pages.requires("users:write")
def make_link(user_id: uuid.UUID) -> ResponseReturnValue:
    """Make a link that lets a person in once."""
    with transaction() as session:
        user = users.require_own(session, pages.caller(), user_id)
        token = sign_ins.make_link(session, user)
    return _shown(200, member=users.Member(user, ()), link=_link(token))


@blp.post("/users/<uuid:user_id>/remove")
@pages.requires("users:write")
def remove(user_id: uuid.UUID) -> ResponseReturnValue:
    """End a person's work for the tenant."""
    with transaction() as session:
        users.remove(session, pages.caller(), user_id)
    return pages.back("console.users.index", "The person works for you no more.")


def _shown(status: int = 200, **context: object) -> ResponseReturnValue:
    query = pages.load(PageArgs, request.args)
    with transaction() as session:
        page = users.one_page_of(session, pages.caller(), **query)
    roles = users.ROLES[pages.caller().kind]
    return pages.page("users.html", status, page=page, roles=roles, **context)


def _link(token: str) -> str:
    return sign_ins.link_of(current_app.config["PUBLIC_URL"], token)
