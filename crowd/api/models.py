"""Machine-learning models of a project, and their predictions."""

from __future__ import annotations

import uuid
from typing import Any

from flask import current_app, g

from crowd.api.auth import allow
from crowd.api.blueprint import Noun
from crowd.db import transaction
from crowd.schemas import models as shapes
from crowd.schemas.prelabels import BiasListOut
from crowd.services import destinations, inquiries, models, predictions, prelabels
from crowd.services.predictions import Imported, PredictionLine

blp = Noun("models", __name__, description="Machine-learning models as annotators.")


@blp.put("/projects/<uuid:project_id>/models/<string:name>")
@allow("models:write")
@blp.response(200, shapes.ModelOut)
def register(project_id: uuid.UUID, name: str) -> models.ModelView:
    """Let a model predict in a project, also one that was retired; twice changes nothing.

    A name has letters, digits and `.`, `_`, `-`, `@`, `+`. What has learned more is another model:
    put the version into its name, as in `resnet@3`.
    """
    with transaction() as session:
        return models.register(session, g.caller, project_id, name)


@blp.delete("/projects/<uuid:project_id>/models/<string:name>")
@allow("models:write")
@blp.response(204)
def retire(project_id: uuid.UUID, name: str) -> None:
    """Let a model's predictions count for nothing and show them to nobody; all is decided anew.

    They stay. Registering the model again brings them back.
    """
    with transaction() as session:
        models.retire(session, g.caller, project_id, name)


@blp.get("/projects/<uuid:project_id>/models")
@allow("models:read")
@blp.response(200, shapes.ModelListOut)
def list_models(project_id: uuid.UUID) -> dict[str, Any]:
    """List a project's models, and how good each is by the newest fit."""
    with transaction() as session:
        return {"items": models.of_project(session, g.caller, project_id)}


@blp.put("/projects/<uuid:project_id>/models/<string:name>/endpoint")
@allow("models:write")
@blp.arguments(shapes.ModelEndpointIn)
@blp.response(200, shapes.ModelEndpointOut)
def set_endpoint(body: dict[str, Any], project_id: uuid.UUID, name: str) -> Any:
    """Have a model asked for predictions, beginning at the first task; the secret is new.

    Requests are signed as webhooks are. What is wrong with an answer stands on the model.
    """
    destinations.check(body["url"], allow_private=current_app.config["WEBHOOKS_ALLOW_PRIVATE"])
    with transaction() as session:
        return inquiries.set_endpoint(session, g.caller, project_id, name, **body)


@blp.delete("/projects/<uuid:project_id>/models/<string:name>/endpoint")
@allow("models:write")
@blp.response(204)
def remove_endpoint(project_id: uuid.UUID, name: str) -> None:
    """Ask a model no more; its predictions stay."""
    with transaction() as session:
        inquiries.remove_endpoint(session, g.caller, project_id, name)


@blp.get("/projects/<uuid:project_id>/automation-bias")
@allow("models:read")
@blp.response(200, BiasListOut)
def list_biases(project_id: uuid.UUID) -> dict[str, Any]:
    """Say, for each model, what showing its predictions does to people's answers.

    Those who were shown one are held against the blind share. The bias is how much more often they
    give its label where it is wrong, by gold or else by the result.
    """
    with transaction() as session:
        return {"items": prelabels.biases(session, g.caller, project_id)}


@blp.post("/projects/<uuid:project_id>/models/<string:name>/predictions")
@allow("models:write")
@blp.arguments(shapes.PredictionsIn)
@blp.response(200, shapes.PredictionsOut)
def predict(body: dict[str, Any], project_id: uuid.UUID, name: str) -> Imported:
    """Keep what a model predicts: up to 5,000 tasks at a time, all of them or none.

    Every problem names its prediction, counted from 0, and the field. Sending the same again adds
    nothing; another prediction of the same task by the same model is a conflict.
    """
    lines = [PredictionLine(**one) for one in body["predictions"]]
    with transaction() as session:
        return predictions.add(session, g.caller, project_id, name, lines)
