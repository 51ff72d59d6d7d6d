"""A project's settings: every field of its configuration, its state, and who may work on it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from consensus.method_names import FOR_PROJECTS, ORDERED
from crowd.db import transaction
from crowd.errors import CrowdError, Invalid, StaleVersion
from crowd.schemas.configs import POLICIES, STRATEGIES
from crowd.schemas.projects import ProjectChangeIn
from crowd.services import configs, guidelines, pools, projects, setups, tasks, tenants
from crowd.services.projects import MOVES, ProjectView
from crowd.web import forms, kinds, pages

blp = Blueprint("settings", __name__)
#: What each kind of answer, each strategy and each policy of gold is called; methods by group.
CHOICES = {
    "kinds": kinds.KINDS,
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
    "by_label": tuple(name for name in FOR_PROJECTS if name != "auto"),
    "by_order": tuple(ORDERED),
}
#: Rows for further fields of an item, below those that are shown already.
SPARE_ROWS = 3
#: Items of a project whose fields are offered.
LOOKED_AT = 3
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
        return _form(session, view, forms.shown(_values(view.config)))


@blp.post("/projects/<uuid:project_id>/settings")
@pages.requires("projects:write")
def change(project_id: uuid.UUID) -> ResponseReturnValue:
    """Configure the project anew, unless somebody was faster."""
    expected, typed = request.form.get("expected", ""), _typed(request.form)
    try:
        wished = forms.check(ProjectChangeIn, kinds.needed(typed))
        with transaction() as session:
            view = projects.change(session, pages.caller(), project_id, expected=expected, **wished)
    except (Invalid, StaleVersion) as error:
        with transaction() as session:
            view = projects.find(session, pages.caller(), project_id)
            return _form(session, view, {**forms.shown(typed), "expected": expected}, error)
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


def _typed(form: MultiDict[str, str]) -> dict[str, Any]:
    """Lay the form out as a change; a label has what was typed in its row, wherever it is now."""
    typed = forms.body(ProjectChangeIn, form)
    looks = typed.get("interface", {}).get("labels", [])
    labels = typed.get("labels", [])
    if looks:
        by_label = dict(
            zip((look["label"] for look in looks), form.getlist("expected_shares"), strict=True)
        )
        shares = [by_label.get(label, "").strip() or None for label in labels]
        typed["expected_shares"] = shares if any(shares) else None
        said = (look for look in looks if any(look.get(part) for part in ("title", "hint", "key")))
        typed["interface"]["labels"] = [look for look in said if look["label"] in labels]
    return typed


def _values(config: Any) -> dict[str, Any]:
    return {name: getattr(config, name) for name in [*configs.DEFAULTS, "labels"]}


def _form(
    session: Session, view: ProjectView, values: Mapping[str, Any], error: CrowdError | None = None
) -> ResponseReturnValue:
    caller, project_id = pages.caller(), view.project.id
    versions = projects.config_versions(session, caller, project_id)
    items = _first_items(session, project_id)
    is_stale = isinstance(error, StaleVersion)
    page = {
        "project": view.project,
        "view": view,
        "values": values,
        "error": error,
        "errors": {} if error is None else forms.flat(error.errors),
        "label_rows": _label_rows(values),
        "spare_rows": SPARE_ROWS,
        "items": items,
        "fields": sorted({name for item in items for name in item.payload}),
        "since": _changed_since(versions, values) if is_stale else (),
        "moves": [(state, *VERBS[state]) for state in VERBS if state in MOVES[view.project.state]],
        "history": _history(versions),
        "guidelines": guidelines.versions(session, caller, project_id),
        "setup": setups.of(session, project_id),
        "open_to": {one.id for one in projects.opened_to(session, caller, project_id)},
        "marketplaces": tenants.everyone(session, "marketplace", sandbox_of=caller.sandbox_of),
        "pools": pools.one_page_of(session, caller, after=None, limit=100).items,
        **CHOICES,
    }
    return pages.page("settings.html", 200 if error is None else error.status, **page)


def _label_rows(values: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any], Any, str]]:
    """Lay out each label, how it is shown, its share, and the name its errors begin with."""
    looks = values.get("interface.labels") or []
    places = {look.get("label"): place for place, look in enumerate(looks)}
    shares = values.get("expected_shares") or []
    rows = []
    for place, label in enumerate(values.get("labels") or []):
        at = places.get(label)
        share = shares[place] if place < len(shares) else None
        look = {} if at is None else looks[at]
        rows.append((label, look, share, f"interface.labels.{at}"))
    return rows


def _first_items(session: Session, project_id: uuid.UUID) -> Sequence[Any]:
    """Read the first items, whose fields are offered. One look-up by an index."""
    if "tasks:read" not in pages.caller().scopes:
        return ()
    every: dict[str, Any] = {"state": None, "external_id": None, "after": None}
    page = tasks.one_page_of(session, pages.caller(), project_id, limit=LOOKED_AT, **every)
    return page.items


def _changed_since(versions: Sequence[Any], values: Mapping[str, Any]) -> Sequence[tuple[str, Any]]:
    """Say what somebody else has changed since the form was opened: each field and its value."""
    number = str(values.get("expected", "")).partition("-")[0]
    before = next((one for one in versions if str(one.version) == number), versions[0])
    return _differences(before, versions[0])


def _history(versions: Sequence[Any]) -> list[tuple[Any, Sequence[tuple[str, Any]]]]:
    """Lay every version beside what it changed, the newest first."""
    before = [*versions[1:], None]
    return [
        (one, _differences(older, one) if older else ())
        for one, older in zip(versions, before, strict=True)
    ]


def _differences(before: Any, after: Any) -> Sequence[tuple[str, Any]]:
    """List the fields that differ, by the names that the form has, with their new values."""
    then, now = (forms.shown(_values(one)) for one in (before, after))
    return [(name, value) for name, value in now.items() if then.get(name, forms.ABSENT) != value]
