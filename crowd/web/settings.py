"""A project's settings: every field of its configuration, its state, and who may work on it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from consensus.method_names import FOR_PROJECTS
from crowd.db import transaction
from crowd.errors import CrowdError, Invalid, StaleVersion
from crowd.schemas.configs import POLICIES, STRATEGIES
from crowd.schemas.projects import ProjectChangeIn
from crowd.services import configs, guidelines, pools, projects, setups, tenants
from crowd.services.projects import MOVES, ProjectView
from crowd.web import config_forms, pages

blp = Blueprint("settings", __name__)
#: What each strategy, each policy of gold and each use of models is called.
CHOICES = {
    "strategies": tuple(
        zip(
            STRATEGIES,
            ("any", "those with fewest answers", "those with most", "the most informative"),
            strict=True,
        )
    ),
    "policies": tuple(
        zip(
            POLICIES,
            ("like any other task", "a fixed share", "more at first", "by how well one is known"),
            strict=True,
        )
    ),
    "methods": tuple((name, name) for name in FOR_PROJECTS),
}
#: What a button is called that moves a project to a state, and what is asked before.
VERBS = {
    "running": ("Start", "Start? Marketplaces it is open to get work at once."),
    "paused": ("Pause", "Pause? No more work goes out; what is leased may still be handed in."),
    "finished": ("Finish", "Finish? No more work goes out. It can be started again."),
    "archived": ("Archive", "Archive? It leaves the lists of what is going on."),
}


@blp.get("/projects/<uuid:project_id>/settings")
@pages.requires("projects:read")
def index(project_id: uuid.UUID) -> ResponseReturnValue:
    """Show the settings as they are."""
    with transaction() as session:
        view = projects.find(session, pages.caller(), project_id)
        return _form(session, view, config_forms.shown(_values(view)))


@blp.post("/projects/<uuid:project_id>/settings")
@pages.requires("projects:write")
def change(project_id: uuid.UUID) -> ResponseReturnValue:
    """Configure the project anew, unless somebody was faster."""
    expected = request.form.get("expected", "")
    try:
        wished = config_forms.load(ProjectChangeIn, request.form)
        with transaction() as session:
            view = projects.change(session, pages.caller(), project_id, expected=expected, **wished)
    except (Invalid, StaleVersion) as error:
        with transaction() as session:
            view = projects.find(session, pages.caller(), project_id)
            return _form(session, view, request.form, error)
    said = f"Saved: version {view.config.version} is in force."
    return pages.back("console.settings.index", said, project_id=project_id)


@blp.post("/projects/<uuid:project_id>/state")
@pages.requires("projects:write")
def move(project_id: uuid.UUID) -> ResponseReturnValue:
    """Start, pause, finish or archive the project."""
    state, expected = request.form.get("state", ""), request.form.get("expected", "")
    with transaction() as session:
        projects.change(session, pages.caller(), project_id, expected=expected, state=state)
    return pages.back("console.settings.index", f"It is {state} now.", project_id=project_id)


@blp.post("/projects/<uuid:project_id>/marketplaces/<uuid:marketplace_id>")
@pages.requires("projects:write")
def admit(project_id: uuid.UUID, marketplace_id: uuid.UUID) -> ResponseReturnValue:
    """Open the project to a marketplace, or close it."""
    is_open = request.form.get("open") == "true"
    act = projects.open_to if is_open else projects.close_to
    with transaction() as session:
        act(session, pages.caller(), project_id, marketplace_id)
    said = "Its annotators may work on it." if is_open else "Closed to it; work in hand may end."
    return pages.back("console.settings.index", said, project_id=project_id, _anchor="marketplaces")


def _values(view: ProjectView) -> dict[str, Any]:
    return {name: getattr(view.config, name) for name in [*configs.DEFAULTS, "labels"]}


def _form(
    session: Session, view: ProjectView, values: Mapping[str, Any], error: CrowdError | None = None
) -> ResponseReturnValue:
    caller, project_id = pages.caller(), view.project.id
    errors = {} if error is None else error.errors
    is_stale = isinstance(error, StaleVersion)
    page = {
        "project": view.project,
        "view": view,
        "values": values,
        "error": error,
        "errors": errors,
        "since": _changed_since(session, view, values) if is_stale else (),
        "moves": [(state, *VERBS[state]) for state in VERBS if state in MOVES[view.project.state]],
        "history": _history(projects.config_versions(session, caller, project_id)),
        "guidelines": guidelines.versions(session, caller, project_id),
        "setup": setups.of(session, project_id),
        "open_to": {one.id for one in projects.opened_to(session, caller, project_id)},
        "marketplaces": tenants.everyone(session, "marketplace", sandbox_of=caller.sandbox_of),
        "pools": pools.one_page_of(session, caller, after=None, limit=100).items,
        **CHOICES,
    }
    return pages.page("settings.html", 200 if error is None else error.status, **page)


def _changed_since(
    session: Session, view: ProjectView, values: Mapping[str, Any]
) -> Sequence[tuple[str, Any]]:
    """Say what somebody else has changed since the form was opened: each field and its value."""
    number = str(values.get("expected", "")).partition("-")[0]
    versions = projects.config_versions(session, pages.caller(), view.project.id)
    before = next((one for one in versions if str(one.version) == number), view.config)
    return _differences(before, view.config)


def _history(versions: Sequence[Any]) -> list[tuple[Any, Sequence[tuple[str, Any]]]]:
    """Lay every version beside what it changed, the newest first."""
    before = [*versions[1:], None]
    return [
        (one, _differences(older, one) if older else ())
        for one, older in zip(versions, before, strict=True)
    ]


def _differences(before: Any, after: Any) -> Sequence[tuple[str, Any]]:
    names = [*configs.DEFAULTS, "labels"]
    then, now = (
        config_forms.shown({name: getattr(one, name) for name in names}) for one in (before, after)
    )
    return [(name, value) for name, value in now.items() if then.get(name) != value]
