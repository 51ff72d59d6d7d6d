"""Trainings: what annotators practise and are tested on before they work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crowd.client.connection import Connection
from crowd.client.shapes import read


@dataclass(frozen=True, slots=True)
class TrainingItem:
    """With its right answer: for its requester alone."""

    payload: Mapping[str, Any]
    label: str
    explanation: str | None = None


@dataclass(frozen=True, slots=True)
class Training:
    """Practice with feedback, then a test, and what passing it gives."""

    id: str
    name: str
    question: str
    labels: tuple[str, ...]
    #: Items drawn for a test, and the share of them that has to be right.
    test_size: int
    pass_mark: float
    #: None: no bound.
    attempts: int | None
    wait_seconds: int
    attempt_seconds: int
    qualification: str | None = None
    valid_seconds: int | None = None
    created_at: datetime | None = None
    retired_at: datetime | None = None
    #: Only where one of your own is read.
    practice: tuple[TrainingItem, ...] = ()
    test: tuple[TrainingItem, ...] = ()


@dataclass(frozen=True, slots=True)
class AttemptItem:
    """What is to be answered next."""

    number: int
    #: Items in all.
    of: int
    #: "practice" or "test".
    kind: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Attempt:
    """Where an annotator stands in a training."""

    id: str
    training_id: str
    annotator_id: str
    #: "running", "passed", "failed" or "expired".
    state: str
    expires_at: datetime
    question: str = ""
    labels: tuple[str, ...] = ()
    #: None: it is over.
    item: AttemptItem | None = None
    #: Share of the test that is right, at its end.
    score: float | None = None
    #: Once it is over; None: no bound, or running.
    attempts_left: int | None = None
    #: When the next may begin; None: at once.
    again_at: datetime | None = None
    created_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Feedback:
    """What is told of an answer to a practice item."""

    is_right: bool
    label: str
    explanation: str | None = None


@dataclass(frozen=True, slots=True)
class AttemptAnswered:
    """What an answer brought; of the test there is no feedback."""

    attempt: Attempt
    feedback: Feedback | None = None


class Trainings:
    """Practice with feedback, then a test."""

    def __init__(self, connection: Connection) -> None:
        self._api = connection

    def create(
        self,
        name: str,
        labels: Sequence[str],
        *,
        test: Sequence[Mapping[str, Any]],
        practice: Sequence[Mapping[str, Any]] = (),
        **terms: Any,
    ) -> Training:
        """Add one; an item has a `payload`, its `label`, and in practice an `explanation`.

        Raises DuplicateName, Invalid.
        """
        body = {"name": name, "labels": list(labels), "test": list(test), **terms}
        return read(Training, self._api.post("/trainings", {**body, "practice": list(practice)}))

    def list(self, *, retired: bool = False) -> Iterator[Training]:
        """Read your trainings, or those retired."""
        return self._api.pages("/trainings", Training, retired=retired)

    def get(self, training_id: str) -> Training:
        """Read one of yours, with its items. Raises NotFound."""
        return read(Training, self._api.get(f"/trainings/{training_id}"))

    def retire(self, training_id: str) -> None:
        """Let nobody begin it any more. Raises NotFound."""
        self._api.delete(f"/trainings/{training_id}")

    def attempts(self, training_id: str) -> Iterator[Attempt]:
        """Read the attempts at one of yours, the newest first. Raises NotFound."""
        return self._api.pages(f"/trainings/{training_id}/attempts", Attempt)

    def for_project(self, project_id: str) -> Sequence[Training]:
        """Read the trainings that give what a project asks for. Raises NotFound."""
        found = self._api.get(f"/projects/{project_id}/trainings")["items"]
        return [read(Training, item) for item in found]

    def start(self, training_id: str, annotator: str) -> Attempt:
        """Let an annotator begin, or go on with what is running. Raises NotFound, Conflict."""
        body = {"annotator": annotator}
        return read(Attempt, self._api.post(f"/trainings/{training_id}/attempts", body))

    def attempt(self, attempt_id: str) -> Attempt:
        """Read where an attempt of one of your annotators stands. Raises NotFound."""
        return read(Attempt, self._api.get(f"/training-attempts/{attempt_id}"))

    def answer(self, attempt_id: str, number: int, label: str) -> AttemptAnswered:
        """Answer the item that is next. Raises NotFound, Conflict, UnknownLabel."""
        body = {"number": number, "label": label}
        return read(
            AttemptAnswered, self._api.post(f"/training-attempts/{attempt_id}/answers", body)
        )
