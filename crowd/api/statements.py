"""Statements: what was earned and is owed."""

from __future__ import annotations

from typing import Any

from flask import g

from crowd.api.auth import allow
from crowd.api.blueprint import Noun
from crowd.db import transaction
from crowd.schemas import statements as shapes
from crowd.services import statements

blp = Noun("statements", __name__, description="What was earned and is owed.")


@blp.get("/statements")
@allow("payments:read")
@blp.arguments(shapes.StatementArgs, location="query")
@blp.response(200, shapes.StatementOut)
def read(asked: dict[str, Any]) -> statements.Statement:
    """Add up what your annotators have earned, or what your projects have cost.

    `limit` counts annotators, or projects: one with several currencies has a line for each.
    """
    with transaction() as session:
        return statements.read(session, g.caller, **asked)
