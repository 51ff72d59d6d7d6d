"""Rules on quality."""

from __future__ import annotations

import uuid
from typing import Any

from flask import g

from crowd.api.auth import allow
from crowd.api.blueprint import Noun
from crowd.db import transaction
from crowd.schemas import rules as shapes
from crowd.services import rules
from crowd.services.paging import Page

blp = Noun("rules", __name__, description="What is done about whose answers, by itself.")


@blp.post("/projects/<uuid:project_id>/rules")
@allow("rules:write")
@blp.arguments(shapes.NewRuleIn)
@blp.response(201, shapes.RuleOut)
def create(body: dict[str, Any], project_id: uuid.UUID) -> Any:
    """Put a rule in force: it is judged with each new answer, within a second or two.

    One that would have kept more than half of the annotators from work is 422, unless you send
    `allow_many`.
    """
    with transaction() as session:
        return rules.create(session, g.caller, project_id, **body)


@blp.get("/projects/<uuid:project_id>/rules")
@allow("rules:read")
@blp.arguments(shapes.RuleListArgs, location="query")
@blp.response(200, shapes.RulePage)
def list_rules(page: dict[str, Any], project_id: uuid.UUID) -> Page:
    """List a project's rules, in the order in which they are judged."""
    with transaction() as session:
        return rules.one_page_of(session, g.caller, project_id, **page)


@blp.post("/projects/<uuid:project_id>/rules/dry-run")
@allow("rules:read")
@blp.arguments(shapes.RuleIn)
@blp.response(200, shapes.TrialOut)
def dry_run(body: dict[str, Any], project_id: uuid.UUID) -> Any:
    """Say whom a rule would have hit so far, and why. Nothing is done."""
    with transaction() as session:
        return rules.dry_run(session, g.caller, project_id, **body)


@blp.delete("/rules/<uuid:rule_id>")
@allow("rules:write")
@blp.response(204)
def retire(rule_id: uuid.UUID) -> None:
    """End a rule. What it has done stays in force until it is undone."""
    with transaction() as session:
        rules.retire(session, g.caller, rule_id)
