"""Rehearsals: trying a project before anybody works on it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crowd.client.answers import in_words
from crowd.client.connection import Connection
from crowd.client.shapes import read


@dataclass(frozen=True, slots=True)
class Rehearsal:
    id: str
    project_id: str
    config_version: int
    #: In the order in which they are shown.
    task_ids: tuple[str, ...]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class RehearsalItem:
    """An item as an annotator would be given it."""

    task_id: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RehearsalStep:
    """How far a rehearsal is, and what comes next."""

    rehearsal: Rehearsal
    question: str
    labels: tuple[str, ...]
    answered: int
    answer_type: str
    #: The range of a number; None: labels are asked for.
    number: Mapping[str, Any] | None = None
    #: None: all are answered.
    item: RehearsalItem | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """An item, what you say of it, and what else there is to hold it against."""

    task_id: str
    external_id: str
    label: str
    time_spent_s: float
    gold: str | None = None
    predicted: str | None = None
    crowd: str | None = None


@dataclass(frozen=True, slots=True)
class Agreeing:
    """How many answers have to agree, where annotators are right so often; None: too many."""

    accuracy: float
    answers: int | None = None


@dataclass(frozen=True, slots=True)
class Outlook:
    """What 1,000 items would take, should annotators be as quick as you were."""

    answers_low: int
    answers_high: int
    hours_low: float
    hours_high: float
    agreeing: tuple[Agreeing, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    rehearsal: Rehearsal
    items: tuple[Compared, ...]
    known: int
    same_as_known: int
    predicted: int
    same_as_predicted: int
    median_s: float | None = None
    outlook: Outlook | None = None


class Rehearsals:
    """Your own items, answered by you: nothing of it is an answer of the crowd."""

    def __init__(self, connection: Connection) -> None:
        self._api = connection

    def start(self, project_id: str, count: int = 10) -> RehearsalStep:
        """Draw some items. Raises Conflict where the project has none."""
        return read(
            RehearsalStep, self._api.post(f"/projects/{project_id}/rehearsals", {"count": count})
        )

    def list(self, project_id: str) -> Iterator[Rehearsal]:
        """Read a project's rehearsals, the newest first."""
        return self._api.pages(f"/projects/{project_id}/rehearsals", Rehearsal)

    def get(self, rehearsal_id: str) -> RehearsalStep:
        """See how far one is, and the next item. Raises NotFound."""
        return read(RehearsalStep, self._api.get(f"/rehearsals/{rehearsal_id}"))

    def answer(
        self, rehearsal_id: str, task_id: str, label: str | float | Collection[str]
    ) -> RehearsalStep:
        """Say what an item is, and get the next one. Raises AlreadyAnswered, UnknownLabel.

        `label`: a label; all that apply, as a list; or a number.
        """
        body = {"task_id": task_id, **in_words(label)}
        return read(RehearsalStep, self._api.post(f"/rehearsals/{rehearsal_id}/answers", body))

    def compare(self, rehearsal_id: str) -> Comparison:
        """Hold what you said against what is known, and see what 1,000 items take."""
        return read(Comparison, self._api.get(f"/rehearsals/{rehearsal_id}/comparison"))
