"""Quality: what an annotator is told of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crowd.client.connection import Connection
from crowd.client.shapes import read


@dataclass(frozen=True, slots=True)
class Rightness:
    """How often some answers are right, as far as all answers to their tasks tell."""

    answers: int
    #: To the percent, with its 95 % interval.
    accuracy: float
    accuracy_low: float
    accuracy_high: float
    #: When the newest of them was given.
    until: datetime


@dataclass(frozen=True, slots=True)
class ShownExample:
    payload: Mapping[str, Any]
    #: What is right.
    label: str
    explanation: str
    #: What the annotator said; None: it did not have the task.
    said: str | None = None


@dataclass(frozen=True, slots=True)
class Confusion:
    """A label that the annotator takes for another."""

    label: str
    given: str
    share: float
    cases: int
    examples: tuple[ShownExample, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """Something that is in force about an annotator."""

    id: str
    #: "warn", "restrict", "pause", "block" or "exclude".
    kind: str
    created_at: datetime
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Quality:
    """How an annotator does in a project; every share as all answers have it."""

    answers: int
    #: Of the last thousand or so.
    accepted: int
    rejected: int
    awaited: int
    banned: bool
    #: By twenty answers, the oldest first.
    trend: tuple[Rightness, ...]
    actions: tuple[Standing, ...]
    #: None: too few answers yet.
    overall: Rightness | None = None
    #: The most frequent first; None: the project does not coach.
    confusions: tuple[Confusion, ...] | None = None


class Qualities:
    """What your annotators may know of their own work."""

    def __init__(self, connection: Connection) -> None:
        self._api = connection

    def of(self, project_id: str, annotator_id: str) -> Quality:
        """Read how one of your annotators does. Raises NotFound where the project tells nothing."""
        found: Any = self._api.get(f"/projects/{project_id}/annotators/{annotator_id}/quality")
        return read(Quality, found)
