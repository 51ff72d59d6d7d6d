"""Rules on quality: tried on what has been, put in force, retired."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from crowd.db import transaction
from crowd.errors import CrowdError
from crowd.schemas.rules import KINDS, NewRuleIn, RuleIn, RuleListArgs
from crowd.services import projects, rules, trainings
from crowd.web import pages

blp = Blueprint("rules", __name__)
#: What the form says before anything is typed: the gentlest rule there is. Among so many answers
#: there are as many known ones, where a twentieth is gold.
FIRST = {"collector": "gold_accuracy", "span": 200, "least": 10, "below": 0.6, "action": "warn"}


@blp.get("/projects/<uuid:project_id>/rules")
@pages.requires("rules:read")
def index(project_id: uuid.UUID) -> ResponseReturnValue:
    """List the rules in force, and offer a new one."""
    return _shown(project_id)


@blp.post("/projects/<uuid:project_id>/rules/dry-run")
@pages.requires("rules:read")
def dry_run(project_id: uuid.UUID) -> ResponseReturnValue:
    """Say whom a rule would have hit so far; nothing is done."""
    try:
        terms = pages.load(RuleIn)
        with transaction() as session:
            trial = rules.dry_run(session, pages.caller(), project_id, **terms)
    except CrowdError as error:
        return _shown(project_id, error.status, refusal=error)
    return _shown(project_id, trial=trial)


@blp.post("/projects/<uuid:project_id>/rules")
@pages.requires("rules:write")
def create(project_id: uuid.UUID) -> ResponseReturnValue:
    """Put a rule in force."""
    try:
        terms = pages.load(NewRuleIn)
        with transaction() as session:
            made = rules.create(session, pages.caller(), project_id, **terms)
    except CrowdError as error:
        return _shown(project_id, error.status, refusal=error)
    return pages.back("console.rules.index", f"{made.name} is in force.", project_id=project_id)


@blp.post("/projects/<uuid:project_id>/rules/<uuid:rule_id>/retire")
@pages.requires("rules:write")
def retire(project_id: uuid.UUID, rule_id: uuid.UUID) -> ResponseReturnValue:
    """End a rule; what it has done stays."""
    with transaction() as session:
        rules.retire(session, pages.caller(), rule_id)
    return pages.back("console.rules.index", "The rule is retired.", project_id=project_id)


def _shown(project_id: uuid.UUID, status: int = 200, **context: Any) -> ResponseReturnValue:
    query = pages.load(RuleListArgs, request.args)
    with transaction() as session:
        caller = pages.caller()
        project = projects.find(session, caller, project_id).project
        page = rules.one_page_of(session, caller, project_id, **query)
        courses = trainings.one_page_of(session, caller, retired=False, after=None, limit=500).items
    choices = [("", "–"), *((str(one.id), one.name) for one in courses)]
    lists = {"kinds": [(kind, kind) for kind in KINDS], "courses": choices}
    context |= {"project": project, "page": page, "retired": query["retired"], **lists}
    return pages.page("rules.html", status, given=request.form or FIRST, **context)
