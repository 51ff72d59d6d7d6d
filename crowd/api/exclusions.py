"""Exclusions: answers that are taken out of account, and brought back."""

from __future__ import annotations

import uuid
from typing import Any

from flask import g

from crowd.api.auth import allow
from crowd.api.blueprint import Noun
from crowd.db import transaction
from crowd.schemas import exclusions as shapes
from crowd.schemas.fields import PageArgs
from crowd.services import exclusions
from crowd.services.paging import Page

blp = Noun("exclusions", __name__, description="Answers that do not count.")


@blp.post("/projects/<uuid:project_id>/exclusions")
@allow("exclusions:write")
@blp.arguments(shapes.ExclusionIn)
@blp.response(201, shapes.ExclusionOut)
def exclude(body: dict[str, Any], project_id: uuid.UUID) -> Any:
    """Take an annotator's answers to a project out of account.

    The answers stay as they are. Tasks that now lack answers are handed out again, up to the same
    overlap as before; every task that is touched is decided anew, and everybody is scored anew.
    Where the project's `pay_excluded` is false, they are not paid for until it is lifted.
    """
    with transaction() as session:
        return exclusions.exclude(session, g.caller, project_id, **body)


@blp.get("/projects/<uuid:project_id>/exclusions")
@allow("exclusions:read")
@blp.arguments(shapes.ExclusionListArgs, location="query")
@blp.response(200, shapes.ExclusionPage)
def list_exclusions(page: dict[str, Any], project_id: uuid.UUID) -> Page:
    """List a project's exclusions, the newest first; those that were lifted too."""
    with transaction() as session:
        return exclusions.one_page_of(session, g.caller, project_id, **page)


@blp.post("/exclusions/<uuid:exclusion_id>/lift")
@allow("exclusions:write")
@blp.response(200, shapes.ExclusionOut)
def lift(exclusion_id: uuid.UUID) -> Any:
    """Let excluded answers count again, also where others have taken their places meanwhile."""
    with transaction() as session:
        return exclusions.lift(session, g.caller, exclusion_id)


@blp.get("/annotators/<uuid:annotator_id>/exclusions")
@allow("annotators:read")
@blp.arguments(PageArgs, location="query")
@blp.response(200, shapes.OwnExclusionPage)
def of_annotator(page: dict[str, Any], annotator_id: uuid.UUID) -> Page:
    """List what was taken out of account, and out of pay, of one of your annotators."""
    with transaction() as session:
        return exclusions.page_of_annotator(session, g.caller, annotator_id, **page)
