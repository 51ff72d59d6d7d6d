"""People who may sign in to the console for the caller's tenant."""

from __future__ import annotations

import uuid
from typing import Any

from flask import current_app, g

from crowd.api.auth import allow
from crowd.api.blueprint import Noun
from crowd.db import transaction
from crowd.schemas import users as shapes
from crowd.schemas.fields import PageArgs
from crowd.services import sign_ins, users
from crowd.services.paging import Page

blp = Noun("users", __name__, description="People at the console, and what each may do.")


@blp.get("/users")
@allow("users:read")
@blp.arguments(PageArgs, location="query")
@blp.response(200, shapes.UserPage)
def list_users(page: dict[str, Any]) -> Page:
    """List the people who work for you at the console."""
    with transaction() as session:
        return users.one_page_of(session, g.caller, **page)


@blp.post("/users")
@allow("users:write")
@blp.arguments(shapes.UserIn)
@blp.response(201, shapes.InvitedUserOut)
def invite(body: dict[str, Any]) -> dict[str, Any]:
    """Invite a person. Nobody is given a role that can do more than your key."""
    with transaction() as session:
        member = users.invite(session, g.caller, **body)
        token = sign_ins.make_link(session, member.user) if member.is_new else None
        return {**member._asdict(), "link": token and shown_once(token)}


@blp.patch("/users/<uuid:user_id>")
@allow("users:write")
@blp.arguments(shapes.UserChangeIn)
@blp.response(200, shapes.UserOut)
def change(body: dict[str, Any], user_id: uuid.UUID) -> Any:
    """Give a person other roles."""
    with transaction() as session:
        return users.change(session, g.caller, user_id, **body)


@blp.delete("/users/<uuid:user_id>")
@allow("users:write")
@blp.response(204)
def remove(user_id: uuid.UUID) -> None:
    """End a person's work for you, at once."""
    with transaction() as session:
        users.remove(session, g.caller, user_id)


@blp.post("/users/<uuid:user_id>/link")
@allow("users:write")
@blp.response(201, shapes.LinkOut)
def make_link(user_id: uuid.UUID) -> dict[str, Any]:
    """Make a link that lets a person in once, as where a password is forgotten."""
    with transaction() as session:
        user = users.require_own(session, g.caller, user_id)
        return {"link": shown_once(sign_ins.make_link(session, user))}


def shown_once(token: str) -> str:
    """Write the link of a token, which a repeated Idempotency-Key must not show again."""
    link = sign_ins.link_of(current_app.config["PUBLIC_URL"], token)
    g.setdefault("secrets", []).append(link)
    return link
