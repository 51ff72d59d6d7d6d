"""How annotators do in your projects, and the same done about many of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from crowd.client.connection import Connection
from crowd.client.examples import Example
from crowd.client.models import Share
from crowd.client.operations import Operation
from crowd.client.rules import Action
from crowd.client.shapes import read


@dataclass(frozen=True, slots=True)
class TrackRecord:
    """How an annotator has done in a project."""

    annotator_id: str
    marketplace: str
    #: By the newest fit, with its 95 % interval; 0 to 1 before the first.
    accuracy: float
    accuracy_low: float
    accuracy_high: float
    answers: int
    gold_seen: int
    gold_correct: int
    #: Of the last 200 answers: those to tasks that others had a part in, and those that agree.
    compared: int
    agreed: int
    agreement_low: float
    #: Seconds an answer takes, in the middle.
    median_s: float
    spent: Decimal
    last_answer_at: datetime
    #: "spammer", "copying", "drift", "probation", "blocked", "barred", "paused", …
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RecordDay:
    """What an annotator did on a day (UTC)."""

    day: str
    answers: int
    median_s: float
    agreement: Share


@dataclass(frozen=True, slots=True)
class PastSkill:
    """What one of the last fits said of an annotator."""

    run_number: int
    created_at: datetime
    accuracy: float
    accuracy_low: float
    accuracy_high: float
    answers: int


@dataclass(frozen=True, slots=True)
class HeldQualification:
    name: str
    origin: str
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class History:
    """One annotator's work in a project."""

    record: TrackRecord
    #: The order of labels in `confusion`, whose rows are the true ones: shares.
    labels: tuple[str, ...]
    days: tuple[RecordDay, ...]
    #: Fit by fit, the oldest first.
    skills: tuple[PastSkill, ...]
    actions: tuple[Action, ...]
    qualifications: tuple[HeldQualification, ...]
    #: Your pools it is in: id and name.
    pools: tuple[Mapping[str, str], ...]
    #: None: no fit has seen it yet.
    confusion: tuple[Sequence[float], ...] | None = None


@dataclass(frozen=True, slots=True)
class AnswerBeside:
    """An answer beside what became of its task."""

    id: str
    task_id: str
    task: str
    label: str
    submitted_at: datetime
    time_spent_s: float
    task_state: str
    excluded: bool
    #: The most probable label, and the probability of the one it gave.
    consensus: str | None = None
    probability: float | None = None
    gold: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    record: TrackRecord
    #: What it is ranked by.
    value: float


@dataclass(frozen=True, slots=True)
class Leaderboard:
    places: tuple[Place, ...]
    examples: tuple[Example, ...]


class TrackRecords:
    """How annotators do in your projects."""

    def __init__(self, connection: Connection) -> None:
        self._api = connection

    def list(
        self, project_id: str, *, sort: str = "accuracy_low", **wanted: Any
    ) -> Iterator[TrackRecord]:
        """Read those who have answered, by a figure; with a `-` the highest first.

        `wanted`: marketplace_id, pool_id, flag, least_answers, surely_below, surely_above.
        """
        address = f"/projects/{project_id}/annotators"
        return self._api.pages(address, TrackRecord, sort=sort, **wanted)

    def of(self, project_id: str, annotator_id: str) -> History:
        """Read how one annotator has done. Raises NotFound."""
        return read(History, self._api.get(f"/projects/{project_id}/annotators/{annotator_id}"))

    def answers(
        self, project_id: str, annotator_id: str, *, differs: bool | None = None
    ) -> Iterator[AnswerBeside]:
        """Read its answers beside what became of their tasks, the newest first."""
        address = f"/projects/{project_id}/annotators/{annotator_id}/answers"
        return self._api.pages(address, AnswerBeside, differs=differs)

    def leaderboard(
        self, project_id: str, *, by: str = "skill", label: str | None = None, least: int = 20
    ) -> Leaderboard:
        """Read who is best by "skill", "agreement" or "speed", or at one label."""
        asked = {"by": by, "label": label, "least_answers": least}
        return read(Leaderboard, self._api.get(f"/projects/{project_id}/leaderboard", **asked))

    def act(
        self,
        project_id: str,
        kind: str,
        *,
        reason: str,
        annotator_ids: Sequence[str] | None = None,
        wanted: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> Operation:
        """Do the same about some annotators, up to 500 by id, or all that a filter means.

        Raises Invalid, NotFound.
        """
        body: dict[str, Any] = {"kind": kind, "reason": reason, **more}
        if annotator_ids is not None:
            body["annotator_ids"] = list(annotator_ids)
        if wanted is not None:
            body["filter"] = dict(wanted)
        return read(Operation, self._api.post(f"/projects/{project_id}/bulk-acts", body))
