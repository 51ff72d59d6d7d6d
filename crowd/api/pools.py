"""Pools: whom projects let in."""

from __future__ import annotations

import uuid
from typing import Any

from flask import g

from crowd.api.auth import allow
from crowd.api.blueprint import Noun
from crowd.db import transaction
from crowd.schemas import pools as shapes
from crowd.schemas.fields import PageArgs
from crowd.services import pools
from crowd.services.paging import Page

blp = Noun("pools", __name__, description="Groups of annotators whom projects let in.")


@blp.post("/pools")
@allow("qualifications:write")
@blp.arguments(shapes.PoolIn)
@blp.response(201, shapes.PoolOut)
def create(body: dict[str, Any]) -> Any:
    """Add a pool with its entry rule; a project lets only its members in by `pools`."""
    with transaction() as session:
        return pools.create(session, g.caller, **body)


@blp.get("/pools")
@allow("qualifications:write")
@blp.arguments(PageArgs, location="query")
@blp.response(200, shapes.PoolPage)
def list_pools(page: dict[str, Any]) -> Page:
    """List your pools."""
    with transaction() as session:
        return pools.one_page_of(session, g.caller, **page)


@blp.get("/pools/<uuid:pool_id>")
@allow("qualifications:write")
@blp.response(200, shapes.PoolOut)
def read(pool_id: uuid.UUID) -> Any:
    """Read one of your pools."""
    with transaction() as session:
        return pools.find(session, g.caller, pool_id)


@blp.patch("/pools/<uuid:pool_id>")
@allow("qualifications:write")
@blp.arguments(shapes.PoolChangeIn)
@blp.response(200, shapes.PoolOut)
def change(body: dict[str, Any], pool_id: uuid.UUID) -> Any:
    """Give a pool another entry rule; it holds from the next lease on."""
    with transaction() as session:
        return pools.change(session, g.caller, pool_id, **body)


@blp.delete("/pools/<uuid:pool_id>")
@allow("qualifications:write")
@blp.response(204)
def delete(pool_id: uuid.UUID) -> None:
    """Remove a pool. 409 while a project asks for it."""
    with transaction() as session:
        pools.delete(session, g.caller, pool_id)


@blp.get("/pools/<uuid:pool_id>/members")
@allow("qualifications:write")
@blp.arguments(shapes.PoolMemberListArgs, location="query")
@blp.response(200, shapes.ListedMemberPage)
def list_members(page: dict[str, Any], pool_id: uuid.UUID) -> Page:
    """List who is in a pool at this moment, or whom you have let in or kept out by hand."""
    with transaction() as session:
        return pools.members(session, g.caller, pool_id, **page)


@blp.put("/pools/<uuid:pool_id>/members/<uuid:annotator_id>")
@allow("qualifications:write")
@blp.arguments(shapes.PoolMemberIn)
@blp.response(200, shapes.PoolMemberOut)
def put_member(body: dict[str, Any], pool_id: uuid.UUID, annotator_id: uuid.UUID) -> Any:
    """Let an annotator in, or keep it out, whatever the entry rule says."""
    with transaction() as session:
        return pools.put_member(session, g.caller, pool_id, annotator_id, **body)


@blp.delete("/pools/<uuid:pool_id>/members/<uuid:annotator_id>")
@allow("qualifications:write")
@blp.response(204)
def remove_member(pool_id: uuid.UUID, annotator_id: uuid.UUID) -> None:
    """Take back what you said by hand: the entry rule alone decides."""
    with transaction() as session:
        pools.remove_member(session, g.caller, pool_id, annotator_id)
