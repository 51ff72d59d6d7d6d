"""Trainings: what annotators practise and are tested on."""

from __future__ import annotations

import uuid
from typing import Any

from flask import g

from crowd.api.auth import allow
from crowd.api.blueprint import Noun
from crowd.db import transaction
from crowd.schemas import trainings as shapes
from crowd.schemas.fields import PageArgs
from crowd.services import training_attempts, trainings
from crowd.services.paging import Page

blp = Noun("trainings", __name__, description="Practice with feedback, then a test.")


@blp.post("/trainings")
@allow("qualifications:write")
@blp.arguments(shapes.TrainingIn)
@blp.response(201, shapes.TrainingOut)
def create(body: dict[str, Any]) -> Any:
    """Add a training: practice with feedback, then a test, and what passing it gives."""
    with transaction() as session:
        return trainings.create(session, g.caller, **body)


@blp.get("/trainings")
@allow("qualifications:write")
@blp.arguments(shapes.TrainingListArgs, location="query")
@blp.response(200, shapes.TrainingPage)
def list_trainings(page: dict[str, Any]) -> Page:
    """List your trainings, or those retired."""
    with transaction() as session:
        return trainings.one_page_of(session, g.caller, **page)


@blp.get("/trainings/<uuid:training_id>")
@allow("qualifications:write")
@blp.response(200, shapes.WholeTrainingOut)
def read(training_id: uuid.UUID) -> dict[str, Any]:
    """Read one of your trainings, with its items and their right answers."""
    with transaction() as session:
        training = trainings.find(session, g.caller, training_id)
        items = trainings.items_of(session, training_id)
    return {**{name: getattr(training, name) for name in shapes.TrainingOut().fields}, **items}


@blp.delete("/trainings/<uuid:training_id>")
@allow("qualifications:write")
@blp.response(204)
def retire(training_id: uuid.UUID) -> None:
    """Let nobody begin a training any more. What is running may be finished."""
    with transaction() as session:
        trainings.retire(session, g.caller, training_id)


@blp.get("/trainings/<uuid:training_id>/attempts")
@allow("qualifications:write")
@blp.arguments(PageArgs, location="query")
@blp.response(200, shapes.TrainingAttemptPage)
def list_attempts(page: dict[str, Any], training_id: uuid.UUID) -> Page:
    """List the attempts at one of your trainings, the newest first."""
    with transaction() as session:
        return training_attempts.one_page_of(session, g.caller, training_id, **page)


@blp.get("/projects/<uuid:project_id>/trainings")
@allow("projects:read")
@blp.response(200, shapes.TrainingOfferListOut)
def for_project(project_id: uuid.UUID) -> dict[str, Any]:
    """List the trainings that give the qualifications a project asks for."""
    with transaction() as session:
        return {"items": trainings.for_project(session, g.caller, project_id)}
