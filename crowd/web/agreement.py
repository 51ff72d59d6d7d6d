"""What all answers say together: agreement, confusion, calibration, labels, drift, guidelines."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from crowd.db import transaction
from crowd.schemas.surveys import DriftListArgs
from crowd.services import drifts, projects, surveys
from crowd.web import agreement_figures, pages

blp = Blueprint("agreement", __name__)
#: The pages of the noun, one beside the other.
TABS = (
    ("Over time", "index"),
    ("Confusion", "confusion"),
    ("Calibration", "calibration"),
    ("Labels", "labels"),
    ("Drift", "drift"),
    ("Guidelines", "guidelines"),
)
#: What some of them are called where numbers are asked for.
OF_NUMBERS = {"Confusion": "Errors", "Labels": "Numbers"}


@blp.get("/projects/<uuid:project_id>/agreement")
@pages.requires("results:read")
def index(project_id: uuid.UUID) -> ResponseReturnValue:
    """Show how far annotators agree beyond chance."""
    return _shown(project_id, "over_time", "agreement")


@blp.get("/projects/<uuid:project_id>/agreement/confusion")
@pages.requires("results:read")
def confusion(project_id: uuid.UUID) -> ResponseReturnValue:
    """Show which label is given for which."""
    return _shown(project_id, "confusion", "confusion")


@blp.get("/projects/<uuid:project_id>/agreement/calibration")
@pages.requires("results:read")
def calibration(project_id: uuid.UUID) -> ResponseReturnValue:
    """Show whether results are right as often as they are sure."""
    return _shown(project_id, "calibration", "calibration")


@blp.get("/projects/<uuid:project_id>/agreement/labels")
@pages.requires("results:read")
def labels(project_id: uuid.UUID) -> ResponseReturnValue:
    """Show how often each label is given, and whether that was expected."""
    return _shown(project_id, "labels", "label_shares")


@blp.get("/projects/<uuid:project_id>/agreement/guidelines")
@pages.requires("results:read")
def guidelines(project_id: uuid.UUID) -> ResponseReturnValue:
    """Show what changed with each version of the guideline."""
    return _shown(project_id, "guidelines", "guideline_effects")


@blp.get("/projects/<uuid:project_id>/agreement/drift")
@pages.requires("skills:read")
def drift(project_id: uuid.UUID) -> ResponseReturnValue:
    """Show whether accuracy changes over time, and whose."""
    query = pages.load(DriftListArgs, request.args)
    with transaction() as session:
        page = drifts.one_page_of(session, pages.caller(), project_id, **query)
    return _shown(project_id, "drift", "drift", page=page, changed=query["changed"])


@blp.post("/projects/<uuid:project_id>/agreement/surveys")
@pages.requires("results:read")
def survey(project_id: uuid.UUID) -> ResponseReturnValue:
    """Ask for a survey now."""
    with transaction() as session:
        surveys.request(session, pages.caller(), project_id)
    return pages.back(
        "console.agreement.index",
        "A survey is on its way: look again in a minute.",
        project_id=project_id,
    )


def _shown(project_id: uuid.UUID, tab: str, name: str, **context: Any) -> ResponseReturnValue:
    """Show one figure of the newest survey on its page; one look-up of a row."""
    with transaction() as session:
        view = projects.find(session, pages.caller(), project_id)
        found = surveys.figures(session, pages.caller(), project_id, name)
    if found is not None:
        context |= {"found": found[name], "survey": found["survey"]}
        context |= agreement_figures.DRAWN[name](found[name])
    asked = view.config.number
    tabs = [(OF_NUMBERS.get(title, title) if asked else title, page) for title, page in TABS]
    context |= {"project": view.project, "kind": view.config.answer_type, "asked": asked}
    return pages.page(f"agreement_{tab}.html", tabs=tabs, **context)
