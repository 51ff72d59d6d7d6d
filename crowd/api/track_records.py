"""How annotators do in a project, for its requester; and the same done about many of them."""

from __future__ import annotations

import uuid
from typing import Any

from flask import g

from crowd.api.auth import allow
from crowd.api.blueprint import Noun
from crowd.db import transaction
from crowd.schemas import track_records as shapes
from crowd.schemas.bulk_acts import BulkActIn
from crowd.schemas.operations import OperationOut
from crowd.services import histories, leaderboards, operations, track_records
from crowd.services.leaderboards import Leaderboard
from crowd.services.paging import Page
from crowd.services.track_records import RecordPage, Wanted

blp = Noun("track records", __name__, description="How annotators do in your projects.")


@blp.get("/projects/<uuid:project_id>/annotators")
@allow("skills:read")
@blp.arguments(shapes.RecordListArgs, location="query")
@blp.response(200, shapes.TrackRecordPage)
def list_records(asked: dict[str, Any], project_id: uuid.UUID) -> RecordPage:
    """List those who have answered, by any of their figures.

    Kept by a job: some seconds behind, and more where an annotator's own figures hardly move.
    """
    wanted = Wanted(**asked.pop("wanted"))
    with transaction() as session:
        return track_records.one_page_of(session, g.caller, project_id, wanted=wanted, **asked)


@blp.get("/projects/<uuid:project_id>/annotators/<uuid:annotator_id>")
@allow("skills:read")
@blp.response(200, shapes.HistoryOut)
def read(project_id: uuid.UUID, annotator_id: uuid.UUID) -> Any:
    """Read how one annotator has done: by day, fit by fit, what it confuses, what is in force."""
    with transaction() as session:
        return histories.read(session, g.caller, project_id, annotator_id)


@blp.get("/projects/<uuid:project_id>/annotators/<uuid:annotator_id>/answers")
@allow("skills:read")
@blp.arguments(shapes.AnswersOfArgs, location="query")
@blp.response(200, shapes.AnswerBesidePage)
def answers(page: dict[str, Any], project_id: uuid.UUID, annotator_id: uuid.UUID) -> Page:
    """List an annotator's answers beside what became of their tasks, the newest first."""
    with transaction() as session:
        return histories.answers_page(session, g.caller, project_id, annotator_id, **page)


@blp.get("/projects/<uuid:project_id>/leaderboard")
@allow("skills:read")
@blp.arguments(shapes.LeaderboardArgs, location="query")
@blp.response(200, shapes.LeaderboardOut)
def leaderboard(asked: dict[str, Any], project_id: uuid.UUID) -> Leaderboard:
    """Read who is best, by what can be relied on: lower bounds, of those with enough answers.

    By `speed` only those are ranked who are no worse than the middle.
    """
    with transaction() as session:
        return leaderboards.read(session, g.caller, project_id, **asked)


@blp.post("/projects/<uuid:project_id>/bulk-acts")
@allow("rules:write")
@blp.arguments(BulkActIn)
@blp.response(202, OperationOut)
def act(body: dict[str, Any], project_id: uuid.UUID) -> tuple[Any, int, dict[str, str]]:
    """Do the same about many annotators, with one reason: each is a commit of its own.

    Whom it could not be done about, and why, is at the operation's `errors`. What goes into or out
    of pools needs the scope `qualifications:write` as well.
    """
    wanted = body.pop("wanted", None)
    with transaction() as session:
        operation = operations.start_bulk_act(
            session, g.caller, project_id, wanted=wanted and Wanted(**wanted), **body
        )
    return operation, 202, {"Location": f"/api/v1/operations/{operation.id}"}
