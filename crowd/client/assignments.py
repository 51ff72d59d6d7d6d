"""Assignments: work leased to annotators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crowd.client.connection import Connection
from crowd.client.shapes import read


@dataclass(frozen=True, slots=True)
class Prelabel:
    """What a model says of a task: to be shown to the annotator, who may say otherwise."""

    label: str
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Lease:
    """One task leased to one annotator, with what is needed to answer it."""

    id: str
    project_id: str
    #: The same for all your annotators.
    task_id: str
    payload: Mapping[str, Any]
    question: str
    labels: tuple[str, ...]
    leased_at: datetime
    expires_at: datetime
    #: The task's external_id, where you named tasks.
    task: str | None = None
    #: Tasks with the same word here belong on one page.
    batch: str | None = None
    #: None: show none.
    prediction: Prelabel | None = None
    #: "categorical", "ordinal", "multi-label" or "numeric".
    answer_type: str = "categorical"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A task you named that was not handed out."""

    task: str
    reason: str


@dataclass(frozen=True, slots=True)
class Leased:
    """What a request for work brought. No work is an answer too, with its reason."""

    assignments: tuple[Lease, ...]
    refused: tuple[Refusal, ...] = ()
    #: Why there is no work; None when there is.
    reason: str | None = None
    #: Seconds after which asking again makes sense; None when it does not.
    retry_after: float | None = None
    #: The training to be passed first, or the qualifications lacked, where that is the reason.
    training_id: str | None = None
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Assignment:
    """The state of a lease: "leased", "answered", "returned" or "expired"."""

    id: str
    project_id: str
    task_id: str
    annotator_id: str
    state: str
    leased_at: datetime
    expires_at: datetime
    closed_at: datetime | None = None


class Assignments:
    """One task leased to one annotator."""

    def __init__(self, connection: Connection) -> None:
        self._api = connection

    def lease(self, project_id: str, annotator: str, *, count: int = 1) -> Leased:
        """Lease the next tasks for an annotator, by your name for it. Raises NotFound."""
        body = {"project_id": project_id, "annotator": annotator, "count": count}
        return read(Leased, self._api.post("/assignments", body))

    def lease_named(self, project_id: str, annotator: str, tasks: Sequence[str]) -> Leased:
        """Lease tasks by their external_id; doing so twice gives the same assignments."""
        body = {"project_id": project_id, "annotator": annotator, "tasks": list(tasks)}
        return read(Leased, self._api.post("/assignments", body))

    def get(self, assignment_id: str) -> Assignment:
        """Read an assignment of one of your annotators. Raises NotFound."""
        return read(Assignment, self._api.get(f"/assignments/{assignment_id}"))

    def extend(self, assignment_id: str) -> Assignment:
        """Start the lease's time anew. Raises AlreadyAnswered, AssignmentClosed, Expired."""
        return read(Assignment, self._api.post(f"/assignments/{assignment_id}/extend"))

    def give_back(self, assignment_id: str) -> Assignment:
        """Return it unanswered; its slot is free at once. Raises AlreadyAnswered, Expired."""
        return read(Assignment, self._api.post(f"/assignments/{assignment_id}/return"))
