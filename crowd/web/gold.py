"""The gold desk: which known labels may be wrong or are used up, and what might become gold."""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from crowd.db import transaction
from crowd.schemas.gold import GoldCandidateArgs, GoldFormIn, GoldListArgs, ManyRetiredIn, TasksIn
from crowd.services import gold, gold_candidates, gold_review, projects
from crowd.services.answer_kinds import CATEGORICAL, ORDINAL, labels_in
from crowd.web import pages
from crowd.web.filters import answer
from crowd.web.items import excerpt, item_of

blp = Blueprint("gold", __name__)
#: Orders of the list, as they are said.
SORTS = (
    ("doubt", "may be wrong"),
    ("missed", "missed most often"),
    ("fresh", "used up soonest"),
    ("answers", "answered most often"),
    ("seconds", "takes longest"),
    ("age", "oldest"),
    ("task", "as the tasks came in"),
)


@blp.get("/projects/<uuid:project_id>/gold")
@pages.requires("gold:read")
def index(project_id: uuid.UUID) -> ResponseReturnValue:
    """List the gold, what needs a look first."""
    query = pages.load(GoldListArgs, MultiDict({"sort": "doubt", **request.args}))
    with transaction() as session:
        page = gold_review.one_page_of(session, pages.caller(), project_id, **query)
        return _shown(session, project_id, "gold.html", page=page, query=query, sorts=SORTS)


@blp.get("/projects/<uuid:project_id>/gold/candidates")
@pages.requires("gold:read")
def candidates(project_id: uuid.UUID) -> ResponseReturnValue:
    """List tasks that would make good gold."""
    query = pages.load(GoldCandidateArgs, request.args)
    with transaction() as session:
        page = gold_candidates.one_page_of(session, pages.caller(), project_id, **query)
        shown = {"page": page, "query": query, "excerpt": excerpt}
        return _shown(session, project_id, "gold_candidates.html", **shown)


@blp.get("/projects/<uuid:project_id>/gold/<uuid:task_id>")
@pages.requires("gold:read")
def show(project_id: uuid.UUID, task_id: uuid.UUID) -> ResponseReturnValue:
    """Show one gold task: its item, how it fares, and every label it has had."""
    with transaction() as session:
        config = projects.find(session, pages.caller(), project_id).config
        found = gold_review.history(session, pages.caller(), task_id)
        item = item_of(config.interface, found.payload)
        pages.allow_media(item)
        return _shown(session, project_id, "gold_task.html", gold=found, item=item)


@blp.post("/projects/<uuid:project_id>/gold/<uuid:task_id>")
@pages.requires("gold:write")
def put(project_id: uuid.UUID, task_id: uuid.UUID) -> ResponseReturnValue:
    """Say what is right of a task."""
    with transaction() as session:
        kind = projects.find(session, pages.caller(), project_id).config.answer_type
        made = gold.put(session, pages.caller(), task_id, **pages.load(GoldFormIn))
    said = f"What is known is {answer(made.label, kind)}. Whoever answered is scored anew."
    return pages.back("console.gold.show", said, project_id=project_id, task_id=task_id)


@blp.post("/projects/<uuid:project_id>/gold/retire")
@pages.requires("gold:write")
def retire(project_id: uuid.UUID) -> ResponseReturnValue:
    """Make the chosen gold tasks ordinary ones again."""
    wish = pages.load(ManyRetiredIn)
    ids, reason = wish["task_ids"], wish["reason"]
    with transaction() as session:
        gold.retire_many(session, pages.caller(), project_id, ids, reason=reason)
    return pages.back("console.gold.index", _said(ids, "retired"), project_id=project_id)


@blp.post("/projects/<uuid:project_id>/gold/candidates")
@pages.requires("gold:write")
def take(project_id: uuid.UUID) -> ResponseReturnValue:
    """Make the chosen candidates gold, by the labels they are suggested with."""
    wish = pages.load(TasksIn)
    with transaction() as session:
        wishes = gold_candidates.wishes(session, pages.caller(), project_id, wish["task_ids"])
        gold.put_many(session, pages.caller(), project_id, wishes)
    said = _said(wish["task_ids"], "gold now")
    return pages.back("console.gold.candidates", said, project_id=project_id)


@blp.post("/projects/<uuid:project_id>/gold/candidates/dismiss")
@pages.requires("gold:write")
def dismiss(project_id: uuid.UUID) -> ResponseReturnValue:
    """Take the chosen candidates off the list for good."""
    wish = pages.load(TasksIn)
    with transaction() as session:
        for task_id in wish["task_ids"]:
            gold_candidates.dismiss(session, pages.caller(), project_id, task_id)
    said = _said(wish["task_ids"], "not suggested again")
    return pages.back("console.gold.candidates", said, project_id=project_id)


def _shown(
    session: Session, project_id: uuid.UUID, template: str, **context: Any
) -> ResponseReturnValue:
    view = projects.find(session, pages.caller(), project_id)
    config = view.config
    # of sets and numbers there is no end that one could choose from
    labels = config.labels if config.answer_type in (CATEGORICAL, ORDINAL) else []
    asked: dict[str, Any] = {
        "kind": config.answer_type,
        "members": config.labels,
        "asked": config.number,
    }
    asked["chosen"] = partial(labels_in, config.answer_type)
    return pages.page(template, project=view.project, labels=labels, **asked, **context)


def _said(tasks: list[uuid.UUID], what: str) -> str:
    return f"One task is {what}." if len(tasks) == 1 else f"{len(tasks)} tasks are {what}."
