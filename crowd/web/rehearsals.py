"""Trying a project: ten of its items, as annotators see them, and what they would take."""

from __future__ import annotations

import uuid
from functools import partial

from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from crowd.db import transaction
from crowd.errors import AlreadyAnswered, NotFound
from crowd.schemas.rehearsals import RehearsedFormIn
from crowd.services import guidelines, interfaces, projects, rehearsals, setups
from crowd.services.answer_kinds import says_same, slack_of
from crowd.services.projects import ProjectView
from crowd.web import pages
from crowd.web.items import item_of

blp = Blueprint("rehearsals", __name__)


@blp.get("/projects/<uuid:project_id>/rehearsals")
@pages.requires("tasks:read")
def index(project_id: uuid.UUID) -> ResponseReturnValue:
    """Show what has been tried, and offer to try again."""
    with transaction() as session:
        view = projects.find(session, pages.caller(), project_id)
        page = rehearsals.one_page_of(session, pages.caller(), project_id, after=None, limit=10)
        return pages.page(
            "rehearsals.html",
            view=view,
            project=view.project,
            setup=setups.of(session, project_id),
            rehearsals=page.items,
        )


@blp.post("/projects/<uuid:project_id>/rehearsals")
@pages.requires("tasks:write")
def start(project_id: uuid.UUID) -> ResponseReturnValue:
    """Draw ten items."""
    with transaction() as session:
        made = rehearsals.start(session, pages.caller(), project_id)
    return _at(project_id, made.id)


@blp.get("/projects/<uuid:project_id>/rehearsals/<uuid:rehearsal_id>")
@pages.requires("tasks:read")
def show(project_id: uuid.UUID, rehearsal_id: uuid.UUID) -> ResponseReturnValue:
    """Show the next item; when there is none, what they would take."""
    with transaction() as session:
        view = projects.find(session, pages.caller(), project_id)
        step = rehearsals.step(session, pages.caller(), rehearsal_id)
        if step.rehearsal.project_id != project_id:
            raise NotFound("The project has no such rehearsal.")
        if step.task is None:
            return _compared(session, view, rehearsal_id)
        item = item_of(step.config.interface, step.task.payload)
        pages.allow_media(item)
        guideline = None
        if view.config.guideline is not None:
            guideline = guidelines.in_force(session, pages.caller(), project_id)
        return pages.page(
            "rehearsal.html",
            project=view.project,
            step=step,
            task=step.task,
            item=item,
            kind=step.config.answer_type,
            choices=interfaces.choices(step.config.interface, step.config.labels),
            guideline=guideline,
        )


@blp.post("/projects/<uuid:project_id>/rehearsals/<uuid:rehearsal_id>")
@pages.requires("tasks:write")
def answer(project_id: uuid.UUID, rehearsal_id: uuid.UUID) -> ResponseReturnValue:
    """Note what an item is said to be; said twice, by the back button, it is noted once."""
    given = pages.load(RehearsedFormIn)
    try:
        with transaction() as session:
            rehearsals.answer(session, pages.caller(), rehearsal_id, **given)
    except AlreadyAnswered:
        pass
    return _at(project_id, rehearsal_id)


def _compared(session: Session, view: ProjectView, rehearsal_id: uuid.UUID) -> ResponseReturnValue:
    compared = rehearsals.compare(session, pages.caller(), rehearsal_id)
    return pages.page(
        "rehearsal_compared.html",
        view=view,
        project=view.project,
        agree=partial(says_same, slack=slack_of(compared.config)),
        setup=setups.of(session, view.project.id),
        compared=compared,
    )


def _at(project_id: uuid.UUID, rehearsal_id: uuid.UUID) -> ResponseReturnValue:
    return pages.back("console.rehearsals.show", project_id=project_id, rehearsal_id=rehearsal_id)
