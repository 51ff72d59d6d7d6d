"""Surveys: what all answers of a project say together."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, g

from crowd.api.auth import allow
from crowd.api.blueprint import Noun
from crowd.db import transaction
from crowd.schemas import surveys as shapes
from crowd.services import drifts, surveys
from crowd.services.paging import Page

blp = Noun(
    "surveys",
    __name__,
    description="What all answers of a project say together: agreement, drift, calibration.",
)


@blp.post("/projects/<uuid:project_id>/surveys")
@allow("results:read")
@blp.response(202)
def request(project_id: uuid.UUID) -> Response:
    """Survey the project now. By itself that happens after a fit, every ten minutes at the most."""
    with transaction() as session:
        surveys.request(session, g.caller, project_id)
    return Response("{}", 202, mimetype="application/json")


@blp.get("/projects/<uuid:project_id>/agreement")
@allow("results:read")
@blp.response(200, shapes.AgreementOut)
def agreement(project_id: uuid.UUID) -> Any:
    """Read how far annotators agree beyond chance: over time, by label and between groups."""
    return _figure(project_id, "agreement")


@blp.get("/projects/<uuid:project_id>/confusion")
@allow("results:read")
@blp.response(200, shapes.ConfusionTablesOut)
def confusion(project_id: uuid.UUID) -> Any:
    """Read which label is given for which: among annotators, against gold and against rulings."""
    return _figure(project_id, "confusion")


@blp.get("/projects/<uuid:project_id>/calibration")
@allow("results:read")
@blp.response(200, shapes.CalibrationOut)
def calibration(project_id: uuid.UUID) -> Any:
    """Read whether results are right as often as they are sure."""
    return _figure(project_id, "calibration")


@blp.get("/projects/<uuid:project_id>/label-shares")
@allow("results:read")
@blp.response(200, shapes.LabelSharesOut)
def label_shares(project_id: uuid.UUID) -> Any:
    """Read how often each label is given over time, and whether that was expected."""
    return _figure(project_id, "label_shares")


@blp.get("/projects/<uuid:project_id>/guidelines/<int:version>/effect")
@allow("results:read")
@blp.response(200, shapes.GuidelineEffectOut)
def guideline_effect(project_id: uuid.UUID, version: int) -> Any:
    """Compare answers given by a version of the guideline with those given by the one before."""
    with transaction() as session:
        return surveys.guideline_effect(session, g.caller, project_id, version)


@blp.get("/projects/<uuid:project_id>/drift")
@allow("results:read")
@blp.response(200, shapes.ProjectDriftOut)
def project_drift(project_id: uuid.UUID) -> Any:
    """Read whether the accuracy of a project's answers changes over time, whoever gives them."""
    return _figure(project_id, "drift")


@blp.get("/projects/<uuid:project_id>/annotator-drifts")
@allow("skills:read")
@blp.arguments(shapes.DriftListArgs, location="query")
@blp.response(200, shapes.AnnotatorDriftPage)
def annotator_drifts(page: dict[str, Any], project_id: uuid.UUID) -> Page:
    """List whose accuracy was tested, with thirty answers at the least; `changed=true`: who did."""
    with transaction() as session:
        return drifts.one_page_of(session, g.caller, project_id, **page)


def _figure(project_id: uuid.UUID, name: str) -> Any:
    with transaction() as session:
        return surveys.figure(session, g.caller, project_id, name)
