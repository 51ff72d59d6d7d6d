"""Projects to begin with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crowd.client.connection import Connection, body_of
from crowd.client.projects import Project, project_of
from crowd.client.shapes import read
from crowd.client.tasks import ImportReport


@dataclass(frozen=True, slots=True)
class PayloadField:
    field: str
    #: "text", "image", "audio", "video" or "link".
    kind: str
    title: str


@dataclass(frozen=True, slots=True)
class Template:
    name: str
    title: str
    purpose: str
    question: str
    labels: tuple[str, ...]
    #: Where it differs from what a project is otherwise, and why, by field.
    config: Mapping[str, Any]
    reasons: Mapping[str, str]
    fields: tuple[PayloadField, ...]
    #: A guideline to start from and items to try it on; None in lists.
    guideline: str | None = None
    samples: tuple[Mapping[str, Any], ...] | None = None


class ProjectTemplates:
    """Projects to begin with."""

    def __init__(self, connection: Connection) -> None:
        self._api = connection

    def list(self) -> Sequence[Template]:
        """Read the templates."""
        return [read(Template, item) for item in self._api.get("/project-templates")["items"]]

    def get(self, name: str) -> Template:
        """Read a template with its guideline and sample items. Raises NotFound."""
        return read(Template, self._api.get(f"/project-templates/{name}"))

    def create(self, template: str, name: str, *, samples: bool = False, **changes: Any) -> Project:
        """Create a draft of a template; `changes` is any field of a configuration, or
        `guideline_body`. Raises NotFound, DuplicateName, Invalid.
        """
        body = {"name": name, "samples": samples, **changes}
        sent = self._api.send("POST", f"/project-templates/{template}/projects", body=body)
        return project_of(sent)

    def add_samples(self, project_id: str, template: str) -> ImportReport:
        """Import the ten items of a template; a second time adds nothing."""
        body = {"template": template}
        sent = self._api.send("POST", f"/projects/{project_id}/samples", body=body)
        return read(ImportReport, body_of(sent))
