"""Annotators of a project: in any order, one by one, and the same done about many."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from crowd.db import transaction
from crowd.errors import Conflict, CrowdError
from crowd.schemas.bulk_acts import KINDS, ActIn
from crowd.schemas.track_records import (
    FLAGS,
    AnswersOfArgs,
    LeaderboardArgs,
    RecordListArgs,
    SortedCursor,
    WantedIn,
)
from crowd.services import (
    histories,
    leaderboards,
    operations,
    pools,
    projects,
    rejected_lines,
    tenants,
    track_records,
    trainings,
)
from crowd.services.tenants import Caller
from crowd.services.track_records import Wanted
from crowd.web import annotator_figures, pages

blp = Blueprint("annotators", __name__)


@blp.get("/projects/<uuid:project_id>/annotators")
@pages.requires("skills:read")
def index(project_id: uuid.UUID) -> ResponseReturnValue:
    """List a project's annotators by any of their figures."""
    return _listed(project_id)


@blp.get("/projects/<uuid:project_id>/annotators/<uuid:annotator_id>")
@pages.requires("skills:read")
def show(project_id: uuid.UUID, annotator_id: uuid.UUID) -> ResponseReturnValue:
    """Show how one annotator has done, and its answers beside what became of them."""
    return _shown(project_id, annotator_id)


@blp.get("/projects/<uuid:project_id>/leaderboard")
@pages.requires("skills:read")
def leaderboard(project_id: uuid.UUID) -> ResponseReturnValue:
    """Show who is best, and examples of what is right."""
    query = pages.load(LeaderboardArgs, request.args)
    with transaction() as session:
        view = projects.find(session, pages.caller(), project_id)
        board = leaderboards.read(session, pages.caller(), project_id, **query)
    context: dict[str, Any] = {"project": view.project, "labels": view.config.labels}
    return pages.page("leaderboard.html", board=board, query=query, **context)


@blp.post("/projects/<uuid:project_id>/annotators/acts")
@pages.requires("rules:write")
def act(project_id: uuid.UUID) -> ResponseReturnValue:
    """Do the same about those who are chosen, or all that the list's filter means."""
    try:
        operation_id = _begun(project_id)
    except CrowdError as error:
        return _listed(project_id, error.status, refusal=error)
    return pages.back("console.annotators.show_act", project_id=project_id, act_id=operation_id)


@blp.post("/projects/<uuid:project_id>/annotators/<uuid:annotator_id>/act")
@pages.requires("rules:write")
def act_on_one(project_id: uuid.UUID, annotator_id: uuid.UUID) -> ResponseReturnValue:
    """Do something about one annotator, at once."""
    try:
        given = {**pages.load(ActIn, request.form), "annotator_ids": [annotator_id]}
        with transaction() as session:
            act = operations.start_bulk_act(session, pages.caller(), project_id, **given)
            operations.go_on(session, act.id)
            _raise_refusal(session, act.id)
    except CrowdError as error:
        return _shown(project_id, annotator_id, error.status, refusal=error)
    to = {"project_id": project_id, "annotator_id": annotator_id}
    return pages.back("console.annotators.show", "It is done.", **to)


@blp.get("/projects/<uuid:project_id>/annotators/acts/<uuid:act_id>")
@pages.requires("skills:read")
def show_act(project_id: uuid.UUID, act_id: uuid.UUID) -> ResponseReturnValue:
    """Show how far an act is, and whom it could not be done about."""
    with transaction() as session:
        project = projects.find(session, pages.caller(), project_id).project
        act = operations.find(session, pages.caller(), act_id)
        left_out = rejected_lines.one_page_of(
            session, pages.caller(), act_id, after=None, limit=500
        )
    return pages.page("act.html", project=project, act=act, left_out=left_out)


def _begun(project_id: uuid.UUID) -> uuid.UUID:
    given: dict[str, Any] = pages.load(ActIn, request.form)
    if request.form.get("everybody"):
        given |= {"annotator_ids": None, "wanted": Wanted(**pages.load(WantedIn, request.args))}
    elif not given.get("annotator_ids"):
        raise Conflict("Choose annotators first, or say that all of the list are meant.")
    with transaction() as session:
        return operations.start_bulk_act(session, pages.caller(), project_id, **given).id


def _raise_refusal(session: Any, act_id: uuid.UUID) -> None:
    refused = rejected_lines.one_page_of(session, pages.caller(), act_id, after=None, limit=1)
    if refused.items:
        raise Conflict(refused.items[0].problem)


def _listed(project_id: uuid.UUID, status: int = 200, **context: Any) -> ResponseReturnValue:
    query = pages.load(RecordListArgs, request.args)
    wanted = query.pop("wanted")
    with transaction() as session:
        caller = pages.caller()
        project = projects.find(session, caller, project_id).project
        page = track_records.one_page_of(
            session, caller, project_id, wanted=Wanted(**wanted), **query
        )
        context |= _choices(session, caller)
    after = page.next_after and SortedCursor()._serialize(page.next_after, None, None)
    filters = {name: one for name, one in wanted.items() if one is not None}
    context |= {"project": project, "page": page, "filters": filters, "query": query}
    return pages.page("annotators.html", status, after=after, flags=FLAGS, **context)


def _shown(
    project_id: uuid.UUID, annotator_id: uuid.UUID, status: int = 200, **context: Any
) -> ResponseReturnValue:
    query = pages.load(AnswersOfArgs, request.args)
    with transaction() as session:
        caller = pages.caller()
        project = projects.find(session, caller, project_id).project
        history = histories.read(session, caller, project_id, annotator_id)
        answers = histories.answers_page(session, caller, project_id, annotator_id, **query)
        context |= _choices(session, caller)
    context |= {"project": project, "history": history, "answers": answers, "query": query}
    pictures = {
        "skill": annotator_figures.skill(history),
        "days": annotator_figures.days(history),
    }
    return pages.page("annotator.html", status, **pictures, **context)


def _choices(session: Any, caller: Caller) -> dict[str, Any]:
    """Read what forms offer: acts, pools, trainings, marketplaces."""
    mine = pools.one_page_of(session, caller, after=None, limit=200).items
    courses = trainings.one_page_of(session, caller, retired=False, after=None, limit=200).items
    others = tenants.everyone(session, "marketplace", sandbox_of=caller.sandbox_of)
    none = ("", "–")
    return {
        "kinds": KINDS,
        "pools": [none, *((str(one.id), one.name) for one in mine)],
        "courses": [none, *((str(one.id), one.name) for one in courses)],
        "marketplaces": [("", "all"), *((str(one.id), one.name) for one in others)],
        "given": request.form,
    }
