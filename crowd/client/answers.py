"""Answers, handed in one by one or many at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from crowd.client.assignments import Leased
from crowd.client.connection import Connection
from crowd.client.problems import Problem
from crowd.client.shapes import read

#: Answers the API takes in one request.
BATCH = 100


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that is stored for good."""

    id: str
    assignment_id: str
    task_id: str
    label: str
    submitted_at: datetime
    #: Seconds from the lease to the answer; less, where your page has said so.
    time_spent_s: float
    #: The annotator was not sure of it, or had something to say to it.
    unsure: bool = False
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Submitted:
    """A stored answer, and what was leased in the same round trip."""

    answer: Answer
    next: Leased


@dataclass(frozen=True, slots=True)
class Next:
    """Who is to get work in the same round trip, and how much."""

    project_id: str
    annotator: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one answer among many: stored, or a problem. Never both, never neither."""

    assignment_id: str
    answer: Answer | None
    problem: Problem | None


@dataclass(frozen=True, slots=True)
class SubmittedMany:
    answers: tuple[Outcome, ...]
    #: What was leased in the same round trip, where that was asked for.
    next: Leased | None = None


class Answers:
    """What annotators hand in."""

    def __init__(self, connection: Connection) -> None:
        self._api = connection

    def submit(
        self,
        assignment_id: str,
        label: str | float | Collection[str],
        *,
        unsure: bool = False,
        comment: str | None = None,
        time_spent_s: float | None = None,
    ) -> Answer:
        """Hand in a label, a set of them or a number; once this returns, it is stored.

        `time_spent_s`: how long the annotator has looked at it, where you lease ahead.
        Raises AlreadyAnswered, AssignmentClosed, Expired, UnknownLabel, NotFound.
        """
        body = {
            **in_words(label),
            "unsure": unsure,
            "comment": comment,
            "time_spent_s": time_spent_s,
        }
        return read(Answer, self._api.post(f"/assignments/{assignment_id}/answer", body)["answer"])

    def submit_and_lease(
        self,
        assignment_id: str,
        label: str | float | Collection[str],
        *,
        count: int = 1,
        tasks: Sequence[str] | None = None,
    ) -> Submitted:
        """Hand in an answer and lease for the same annotator in one round trip.

        Raises what `submit` does; then nothing is leased.
        """
        following: dict[str, Any] = {"count": count} if tasks is None else {"tasks": list(tasks)}
        body = {**in_words(label), "next": following}
        return read(Submitted, self._api.post(f"/assignments/{assignment_id}/answer", body))

    def submit_many(
        self, labels: Mapping[str, str | float | Collection[str]], *, next: Next | None = None
    ) -> SubmittedMany:
        """Hand in any number of answers, as {assignment_id: label}; see each `Outcome`.

        They travel a hundred at a time; one that is refused keeps no other out. Should the
        connection break for good between two hundreds (Unreachable), send them all again: what is
        stored comes back as AlreadyAnswered.
        """
        pairs = iter(labels.items())
        outcomes: list[Outcome] = []
        leased = None
        while batch := list(islice(pairs, BATCH)):
            # work is leased with the last hundred, when the others are no longer held
            last = len(outcomes) + len(batch) == len(labels)
            items = [{"assignment_id": given, **in_words(label)} for given, label in batch]
            body = {"answers": items, "next": asdict(next) if next and last else None}
            reply = self._api.post("/answers", body)
            outcomes += map(_outcome, reply["answers"])
            leased = reply["next"]
        return SubmittedMany(tuple(outcomes), None if leased is None else read(Leased, leased))


def in_words(label: str | float | Collection[str]) -> dict[str, Any]:
    """Write an answer as the API takes it: a label, all that apply, or a number."""
    if isinstance(label, float | int):
        return {"number": label}
    return {"label": label} if isinstance(label, str) else {"labels": list(label)}


def _outcome(item: Mapping[str, Any]) -> Outcome:
    answer, problem = item["answer"], item["problem"]
    return Outcome(
        item["assignment_id"],
        None if answer is None else read(Answer, answer),
        None if problem is None else Problem.of(problem),
    )
