"""Tasks, one at a time."""

from __future__ import annotations

import uuid
from typing import Any

from flask import g

from crowd.api.auth import allow
from crowd.api.blueprint import Noun
from crowd.db import transaction
from crowd.schemas import tasks as shapes
from crowd.services import tasks
from crowd.services.paging import Page

blp = Noun("tasks", __name__, description="Items to be answered.")


@blp.post("/projects/<uuid:project_id>/tasks")
@allow("tasks:write")
@blp.arguments(shapes.TaskIn)
@blp.response(201, shapes.TaskOut)
def create(body: dict[str, Any], project_id: uuid.UUID) -> Any:
    """Add one task. Many at once go to `imports`."""
    with transaction() as session:
        task = tasks.create(session, g.caller, project_id, **body)
        session.flush()
    return task


@blp.get("/projects/<uuid:project_id>/tasks")
@allow("tasks:read")
@blp.arguments(shapes.TaskListArgs, location="query")
@blp.response(200, shapes.TaskPage)
def list_tasks(page: dict[str, Any], project_id: uuid.UUID) -> Page:
    """List a project's tasks, of one state or all, or the one with an external_id."""
    with transaction() as session:
        return tasks.one_page_of(session, g.caller, project_id, **page)


@blp.get("/tasks/<uuid:task_id>")
@allow("tasks:read")
@blp.response(200, shapes.TaskOut)
def read(task_id: uuid.UUID) -> Any:
    """Read a task."""
    with transaction() as session:
        return tasks.find(session, g.caller, task_id)


@blp.get("/tasks/<uuid:task_id>/answers")
@allow("results:read")
@blp.response(200, shapes.GivenAnswerListOut)
def answers_of(task_id: uuid.UUID) -> dict[str, Any]:
    """List what annotators have said of a task, in the order in which it came."""
    with transaction() as session:
        return {"items": tasks.answers_of(session, g.caller, task_id)}
