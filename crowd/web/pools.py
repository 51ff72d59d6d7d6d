"""Pools: whom projects let in, by a rule or by hand."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from crowd.db import transaction
from crowd.errors import CrowdError
from crowd.schemas.fields import PageArgs
from crowd.schemas.pools import PoolChangeIn, PoolIn, PoolMemberIn, PoolMemberListArgs
from crowd.services import pools, tenants
from crowd.web import pages

blp = Blueprint("pools", __name__)


@blp.get("/pools")
@pages.requires("skills:read")
def index() -> ResponseReturnValue:
    """List the pools, and offer a new one."""
    return _listed()


@blp.post("/pools")
@pages.requires("qualifications:write")
def create() -> ResponseReturnValue:
    """Add a pool."""
    try:
        given = pages.load(PoolIn, request.form)
        with transaction() as session:
            pool_id = pools.create(session, pages.caller(), **given).id
    except CrowdError as error:
        return _listed(error.status, refusal=error)
    return pages.back("console.pools.show", "The pool is there.", pool_id=pool_id)


@blp.get("/pools/<uuid:pool_id>")
@pages.requires("skills:read")
def show(pool_id: uuid.UUID) -> ResponseReturnValue:
    """Show a pool's rule, and who is in at this moment or was said to be by hand."""
    query = pages.load(PoolMemberListArgs, request.args)
    with transaction() as session:
        pool = pools.find(session, pages.caller(), pool_id)
        page = pools.members(session, pages.caller(), pool_id, **query)
        marketplaces = _marketplaces(session)
    context: dict[str, Any] = {
        "pool": pool,
        "page": page,
        "marketplaces": marketplaces,
        "query": query,
    }
    return pages.page("pool.html", **context)


@blp.post("/pools/<uuid:pool_id>/rule")
@pages.requires("qualifications:write")
def change(pool_id: uuid.UUID) -> ResponseReturnValue:
    """Give a pool another entry rule."""
    # a form that leaves a list empty means it
    given = {"qualifications": [], "marketplaces": [], **pages.load(_Rule, request.form)}
    with transaction() as session:
        pools.change(session, pages.caller(), pool_id, **given)
    return pages.back("console.pools.show", "The rule holds from now on.", pool_id=pool_id)


@blp.post("/pools/<uuid:pool_id>/delete")
@pages.requires("qualifications:write")
def delete(pool_id: uuid.UUID) -> ResponseReturnValue:
    """Remove a pool that no project asks for."""
    with transaction() as session:
        pools.delete(session, pages.caller(), pool_id)
    return pages.back("console.pools.index", "The pool is gone.")


@blp.post("/pools/<uuid:pool_id>/members/<uuid:annotator_id>")
@pages.requires("qualifications:write")
def put_member(pool_id: uuid.UUID, annotator_id: uuid.UUID) -> ResponseReturnValue:
    """Let an annotator in or keep it out by hand, and say why."""
    given = pages.load(PoolMemberIn, request.form)
    admitted = request.form.get("admitted") != "false"
    with transaction() as session:
        pools.put_member(
            session, pages.caller(), pool_id, annotator_id, **{**given, "admitted": admitted}
        )
    return pages.back("console.pools.show", "It is said.", pool_id=pool_id)


@blp.post("/pools/<uuid:pool_id>/members/<uuid:annotator_id>/remove")
@pages.requires("qualifications:write")
def remove_member(pool_id: uuid.UUID, annotator_id: uuid.UUID) -> ResponseReturnValue:
    """Take back what was said by hand: the rule alone decides."""
    with transaction() as session:
        pools.remove_member(session, pages.caller(), pool_id, annotator_id)
    return pages.back("console.pools.show", "The rule decides again.", pool_id=pool_id)


class _Rule(PoolChangeIn):
    """A whole rule: a form has no way to leave a part of it as it is."""

    def _something(self, body: dict[str, Any], **kwargs: Any) -> None:
        """Nothing at all is a rule too: nobody is in but by hand."""


def _listed(status: int = 200, **context: Any) -> ResponseReturnValue:
    query = pages.load(PageArgs, request.args)
    with transaction() as session:
        page = pools.one_page_of(session, pages.caller(), **query)
        context |= {"page": page, "marketplaces": _marketplaces(session)}
    return pages.page("pools.html", status, given=request.form, **context)


def _marketplaces(session: Any) -> list[tuple[str, str]]:
    found = tenants.everyone(session, "marketplace", sandbox_of=pages.caller().sandbox_of)
    return [(str(one.id), one.name) for one in found]
