"""Projects to begin with: what most requesters ask, set up as it is best asked.

Each template has a guideline to start from (`<name>.md`) and ten items to try it on
(`<name>.ndjson`), two of them with their answer known.
"""

from __future__ import annotations

import io
import json
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import cache
from importlib.resources import files
from typing import Any

from sqlalchemy.orm import Session

from crowd.errors import NotFound, UnknownLabel
from crowd.services import guidelines, imports, projects
from crowd.services.answer_kinds import Asks, canonical
from crowd.services.imports import ImportReport
from crowd.services.project_templates.declared import TEMPLATES, Template
from crowd.services.projects import ProjectView
from crowd.services.task_lines import TaskFile
from crowd.services.tenants import Caller

__all__ = ["TEMPLATES", "Template", "add_samples", "create", "find", "guideline_of", "samples_of"]


def find(name: str) -> Template:
    """Look a template up. Raises NotFound."""
    for template in TEMPLATES:
        if template.name == name:
            return template
    known = ", ".join(template.name for template in TEMPLATES)
    raise NotFound(f"There is no template {name!r}, only: {known}.")


@cache
def guideline_of(template: Template) -> str:
    """Read the guideline that a template starts with, in Markdown."""
    return _text(template, "md")


@cache
def samples_of(template: Template) -> Sequence[dict[str, Any]]:
    """Read the items that a template can be tried on, each as a line of an import."""
    return [json.loads(line) for line in _text(template, "ndjson").splitlines()]


def create(
    session: Session,
    caller: Caller,
    template_name: str,
    *,
    name: str,
    guideline_body: str | None = None,
    samples: bool = False,
    **config: Any,
) -> ProjectView:
    """Make a draft as a template has it, but for what is said otherwise, with its guideline.

    An empty `guideline_body`: the project has none. Raises NotFound, DuplicateName, Invalid.
    """
    template = find(template_name)
    shown = [asdict(field) for field in template.fields]
    asked = {
        "question": template.question,
        "labels": list(template.labels),
        "interface": {"show": shown},
        **template.config,
    }
    view = projects.create(session, caller, name=name, **{**asked, **config})
    body = guideline_of(template) if guideline_body is None else guideline_body
    if body.strip():
        added = guidelines.add(session, caller, view.project.id, body=body)
        view = projects.change(
            session,
            caller,
            view.project.id,
            expected=view.version_tag,
            guideline=added.version,
        )
    if samples:
        add_samples(session, caller, view.project.id, template_name)
    return view


def add_samples(
    session: Session, caller: Caller, project_id: uuid.UUID, template_name: str
) -> ImportReport:
    """Import the items of a template; a second time adds nothing. Raises NotFound.

    Where the project does not take a known answer for one, the item comes without.
    """
    template = find(template_name)
    config = projects.find(session, caller, project_id).config
    file = io.BytesIO(b"".join(_storable(template, config)))
    return imports.import_tasks(session, caller, project_id, TaskFile(file, "ndjson"))


def _storable(template: Template, asks: Asks) -> Iterator[bytes]:
    for item in samples_of(template):
        known = item if _is_answer(asks, item.get("gold")) else {**item, "gold": None}
        yield json.dumps(known).encode() + b"\n"


def _is_answer(asks: Asks, gold: str | None) -> bool:
    try:
        return gold is not None and bool(canonical(asks, gold))
    except UnknownLabel:
        return False


def _text(template: Template, ending: str) -> str:
    return (files(__name__) / f"{template.name}.{ending}").read_text("utf-8")
