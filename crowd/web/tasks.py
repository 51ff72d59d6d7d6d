"""Tasks: a list that stays quick however long it is, and everything about one of them."""

from __future__ import annotations

import uuid

from flask import Blueprint, g, request
from flask.typing import ResponseReturnValue

from crowd.db import transaction
from crowd.errors import NotFound
from crowd.schemas.tasks import TaskListArgs
from crowd.services import projects, results, tasks
from crowd.web import navigation, pages
from crowd.web.items import item_of

blp = Blueprint("tasks", __name__)
#: How a state is coloured.
TONES = {"resolved": "good", "disputed": "warn", "open": "calm"}


@blp.get("/projects/<uuid:project_id>/tasks")
@pages.requires("tasks:read")
def index(project_id: uuid.UUID) -> ResponseReturnValue:
    """List tasks, of one state or all, or the one of a name. Two look-ups by an index."""
    query = pages.load(TaskListArgs, request.args)
    with transaction() as session:
        project = projects.find(session, pages.caller(), project_id).project
        page = tasks.one_page_of(session, pages.caller(), project_id, **query)
        return pages.page("tasks.html", project=project, page=page, query=query, tones=TONES)


@blp.get("/projects/<uuid:project_id>/tasks/<uuid:task_id>")
@pages.requires("tasks:read")
def show(project_id: uuid.UUID, task_id: uuid.UUID) -> ResponseReturnValue:
    """Show a task: what is shown of it, what was said of it, and what that came to."""
    caller = pages.caller()
    with transaction() as session:
        view = projects.find(session, caller, project_id)
        task = tasks.find(session, caller, task_id)
        if task.project_id != project_id:
            raise NotFound("The project has no such task.")
        item = item_of(view.config.interface, task.payload)
        pages.allow_media(item)
        reads = navigation.may(g.visit, "results:read")
        knows = navigation.may(g.visit, "gold:read")
        return pages.page(
            "task.html",
            view=view,
            project=view.project,
            task=task,
            item=item,
            tones=TONES,
            answers=tasks.answers_of(session, caller, task_id) if reads else (),
            versions=results.versions(session, caller, task_id) if reads else (),
            gold=tasks.gold_of(session, caller, task_id) if knows else None,
        )
