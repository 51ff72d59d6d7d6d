"""The menu: what there is, for whom, and where one is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from flask import current_app, g, request, url_for

from crowd.services.sign_ins import Visit


class Entry(NamedTuple):
    """A line of the menu."""

    title: str
    endpoint: str
    #: What a user needs to see it; "": to be signed in.
    scope: str
    #: Pressed after "g": go there.
    key: str


#: Inside a project; the address names it.
PROJECT = (
    Entry("Overview", "projects.show", "results:read", "o"),
    Entry("Tasks", "tasks.index", "tasks:read", "t"),
    Entry("Disputes", "disputes.index", "disputes:read", "d"),
    Entry("Agreement", "agreement.index", "results:read", "a"),
    Entry("Gold", "gold.index", "gold:read", "i"),
    Entry("Annotators", "annotators.index", "skills:read", "n"),
    Entry("Rules", "rules.index", "rules:read", "r"),
    Entry("Actions", "actions.index", "rules:read", "c"),
    Entry("What if", "what_if.index", "results:read", "w"),
    Entry("Dataset", "exports.index", "results:read", "x"),
    Entry("Settings", "settings.index", "projects:read", "e"),
)
#: Of the tenant for which the user is at work, and of the installation.
TENANT = (
    Entry("Projects", "projects.index", "projects:read", "p"),
    Entry("Pools", "pools.index", "skills:read", "l"),
    Entry("Marketplaces", "marketplaces.index", "projects:write", "m"),
    Entry("Webhooks", "webhooks.index", "webhooks:read", "h"),
    Entry("Keys", "keys.index", "keys:read", "k"),
    Entry("People", "users.index", "users:read", "u"),
    Entry("Audit log", "audit.index", "audit:read", "y"),
    Entry("System", "system.index", "system:read", "s"),
)
#: Nouns without a line of their own, and the one at whose line their pages are.
WITHIN = {
    "imports": "tasks",
    "guidelines": "settings",
    "rehearsals": "settings",
    "quality_reports": "exports",
}


class Line(NamedTuple):
    """A line of the menu as it is shown."""

    title: str
    address: str
    key: str
    is_here: bool


class Part(NamedTuple):
    """A heading of the menu with its lines; no heading: the project's name stands there."""

    heading: str
    lines: Sequence[Line]


def menu(visit: Visit) -> Sequence[Part]:
    """Lay out the menu for a user, from where the user is."""
    parts = [Part("", _lines(visit, TENANT, {}))]
    project_id = (request.view_args or {}).get("project_id")
    if project_id is not None and not g.get("is_in_no_project"):
        parts.insert(0, Part("Project", _lines(visit, PROJECT, {"project_id": project_id})))
    return parts


def may(visit: Visit, scope: str) -> bool:
    """Tell whether a user may do what a scope stands for."""
    return not scope or (visit.caller is not None and scope in visit.caller.scopes)


def view_of(endpoint: str | None) -> Any:
    """Find the view of an endpoint; None where there is none."""
    return current_app.view_functions.get(endpoint or "")


def _lines(visit: Visit, entries: Sequence[Entry], values: dict[str, Any]) -> list[Line]:
    here = (request.endpoint or "").removeprefix("console.")
    return [
        Line(
            entry.title,
            url_for(f"console.{entry.endpoint}", **values),
            entry.key,
            _is_at(here, entry.endpoint),
        )
        for entry in entries
        if may(visit, entry.scope) and view_of(f"console.{entry.endpoint}") is not None
    ]


def _is_at(here: str, endpoint: str) -> bool:
    """A page of a noun is at the noun's own line; the project's noun has several."""
    noun = endpoint.partition(".")[0]
    at = here.partition(".")[0]
    return here == endpoint if noun == "projects" else WITHIN.get(at, at) == noun
