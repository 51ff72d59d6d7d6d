"""Gold: known answers, hidden among the tasks, and how they fare."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crowd.client.connection import Connection, body_of
from crowd.client.models import Share
from crowd.client.shapes import read


@dataclass(frozen=True, slots=True)
class Gold:
    task_id: str
    label: str
    created_at: datetime
    explanation: str | None = None
    #: Since when it is not gold any more, and why.
    retired_at: datetime | None = None
    retired_because: str | None = None


@dataclass(frozen=True, slots=True)
class GoldReview:
    """A gold task and how it fares, by the newest survey."""

    task_id: str
    external_id: str
    label: str
    created_at: datetime
    state: str
    answers: int
    missed: int
    right: Share
    #: Of annotators whose accuracy is at least 0.7.
    good_answers: int
    good_missed: int
    explanation: str | None = None
    majority: str | None = None
    #: What the crowd decided as if the answer were not known, and how sure it is.
    consensus: str | None = None
    confidence: float | None = None
    #: "contested", "doubted" or "often_missed"; None: nothing is wrong with it.
    concern: str | None = None
    #: The probability that the known label is wrong, and what is right then.
    doubt: float | None = None
    instead: str | None = None
    #: The median from lease to answer.
    seconds: float | None = None
    #: Annotators at work of late who have not had it; None: it has not been surveyed yet.
    fresh_annotators: int | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """How often a label was given to a task, in all and by good annotators."""

    label: str
    answers: int
    good: int


@dataclass(frozen=True, slots=True)
class GoldHistory:
    """A task that is gold, or was."""

    task_id: str
    external_id: str
    payload: Mapping[str, Any]
    #: The newest first.
    versions: tuple[Gold, ...]
    said: tuple[Said, ...]
    #: None: it is not gold now.
    review: GoldReview | None = None


@dataclass(frozen=True, slots=True)
class GoldCandidate:
    """A task that would make good gold."""

    task_id: str
    external_id: str
    payload: Mapping[str, Any]
    label: str
    confidence: float
    answers: int
    #: Answers that say something else.
    unlike: int
    #: Good annotators who say so.
    good: int


class GoldTasks:
    """Known answers, hidden among the tasks."""

    def __init__(self, connection: Connection) -> None:
        self._api = connection

    def put(self, task_id: str, label: str, *, explanation: str | None = None) -> Gold:
        """Say what the right answer of a task is. Raises UnknownLabel, NotFound."""
        body = {"label": label, "explanation": explanation}
        return read(Gold, body_of(self._api.send("PUT", f"/tasks/{task_id}/gold", body=body)))

    def put_many(self, project_id: str, labels: Mapping[str, str]) -> Sequence[Gold]:
        """Say what the right answers of up to 200 tasks are, by task id: all or none."""
        items = [{"task_id": task, "label": label} for task, label in labels.items()]
        found = self._api.post(f"/projects/{project_id}/gold", {"items": items})["items"]
        return [read(Gold, item) for item in found]

    def retire(self, task_id: str, *, reason: str | None = None) -> None:
        """Make a task an ordinary one again. Raises NotFound."""
        self._api.send("DELETE", f"/tasks/{task_id}/gold", query={"reason": reason})

    def retire_many(self, project_id: str, task_ids: Iterable[str], *, reason: str) -> None:
        """Make up to 200 gold tasks ordinary ones again: all or none. Raises NotFound."""
        body = {"task_ids": list(task_ids), "reason": reason}
        self._api.send("POST", f"/projects/{project_id}/gold/retirements", body=body)

    def list(
        self,
        project_id: str,
        *,
        concern: bool | None = None,
        label: str | None = None,
        sort: str = "task",
    ) -> Iterator[GoldReview]:
        """Read a project's gold and how it fares; `sort` as "doubt", "missed" or "fresh"."""
        query = {"concern": concern, "label": label, "sort": sort}
        return self._api.pages(f"/projects/{project_id}/gold", GoldReview, **query)

    def history(self, task_id: str) -> GoldHistory:
        """Read what was known of a task, now and before. Raises NotFound."""
        return read(GoldHistory, self._api.get(f"/tasks/{task_id}/gold"))

    def candidates(self, project_id: str, *, label: str | None = None) -> Iterator[GoldCandidate]:
        """Read which tasks would make good gold, the best first."""
        address = f"/projects/{project_id}/gold/candidates"
        return self._api.pages(address, GoldCandidate, label=label)

    def dismiss(self, project_id: str, task_id: str) -> None:
        """Say that a task is not wanted as gold: it is not suggested again. Raises NotFound."""
        self._api.delete(f"/projects/{project_id}/gold/candidates/{task_id}")
