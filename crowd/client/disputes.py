"""Disputes: the queue, what speaks for and against a label, and rulings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from crowd.client.connection import Connection, body_of
from crowd.client.guidelines import Guideline
from crowd.client.results import Decision
from crowd.client.shapes import read


@dataclass(frozen=True, slots=True)
class Dispute:
    """A task that somebody shall look at."""

    id: str
    task_id: str
    external_id: str
    payload: Mapping[str, Any]
    #: "open", "ruled" or "settled".
    state: str
    version: int
    causes: tuple[str, ...]
    #: What a ruling is worth, in labels put right.
    worth: float
    alike: int
    posterior: Mapping[str, float]
    answers: int
    opened_at: datetime
    #: What stands; None: nothing does.
    label: str | None = None
    #: The user, or the key, that is at it until then.
    claimed_by: str | None = None
    claimed_until: datetime | None = None
    #: Whose proposals wait for another person.
    proposers: tuple[str, ...] = ()
    deadline_at: datetime | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    dispute_id: str
    claimed_by: str
    claimed_until: datetime


@dataclass(frozen=True, slots=True)
class Reliability:
    """A share with its 95 % interval, over about as many cases."""

    share: float
    low: float
    high: float
    cases: float


@dataclass(frozen=True, slots=True)
class Moved:
    """What leaving a vote out would change: a difference of probabilities, and of log-odds."""

    moved: float
    weight: float


@dataclass(frozen=True, slots=True)
class Ballot:
    """One annotator's answer, and what it weighs."""

    answer_id: str
    name: str
    label: str
    number: int
    time_spent_s: float
    submitted_at: datetime
    excluded: bool
    verdict: str
    #: None: hidden.
    annotator_id: str | None = None
    marketplace: str | None = None
    guideline: int | None = None
    accuracy: Reliability | None = None
    #: P(says the label | it is true), and P(it is true | says the label).
    says_when_true: Reliability | None = None
    true_when_says: float | None = None
    moved: Moved | None = None
    #: Its annotator was not sure, or had something to say to it.
    unsure: bool = False
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class LookAlike:
    """Another dispute about nearly the same item."""

    dispute_id: str
    task_id: str
    external_id: str
    payload: Mapping[str, Any]
    state: str
    likeness: float
    verdict: str | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Ruling:
    """A person's word on a dispute: "label", "no_right_answer" or "withdrawn"."""

    id: str
    dispute_id: str
    task_id: str
    verdict: str
    reason: str
    #: False: a proposal, which waits for another person to agree.
    is_final: bool
    #: It holds the result at present.
    stands: bool
    created_at: datetime
    label: str | None = None
    comment: str | None = None
    promote: bool = False
    applied_from_id: str | None = None
    overturns_id: str | None = None
    #: The name of the user, or of the key.
    by: str | None = None
    user_id: str | None = None
    api_key_id: str | None = None


@dataclass(frozen=True, slots=True)
class Ruled:
    """What has become of a dispute; `along`: the rulings on its look-alikes."""

    ruling: Ruling
    state: str
    version: int
    along: tuple[Ruling, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that speaks for and against a label."""

    dispute: Dispute
    question: str
    labels: tuple[str, ...]
    blind: bool
    ballots: tuple[Ballot, ...]
    history: tuple[Decision, ...]
    rulings: tuple[Ruling, ...]
    look_alikes: tuple[LookAlike, ...]
    #: The known answer; None: the task is not gold.
    known: str | None = None
    guideline: Guideline | None = None
    #: What it says of the labels that were given, in Markdown.
    passages: tuple[str, ...] = ()
    #: P(label | answers that count) by the newest fit; of sets P(label is in it), of numbers
    #: P(step of the range).
    people: Mapping[str, float] | None = None
    #: What a ruling has to have read.
    etag: str | None = None


@dataclass(frozen=True, slots=True)
class Wrong:
    count: int
    share: float | None
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Audit:
    """How often the engine is wrong, by rulings on a random sample of what it has resolved."""

    drawn: int
    ruled: int
    wrong: Wrong


class Disputes:
    """Tasks for an expert to rule on."""

    def __init__(self, connection: Connection) -> None:
        self._api = connection

    def list(self, project_id: str, *, state: str = "open", **filters: Any) -> Iterator[Dispute]:
        """Read a project's disputes, the most valuable first.

        Filters: cause, label, annotator_id, claimed, proposed, opened_before.
        """
        path = f"/projects/{project_id}/disputes"
        return self._api.pages(path, Dispute, state=state, **filters)

    def get(self, dispute_id: str, *, blind: bool | None = None) -> Evidence:
        """Read all that speaks for and against a label. Raises NotFound."""
        found = self._api.send("GET", f"/disputes/{dispute_id}", query={"blind": blind})
        return replace(read(Evidence, body_of(found)), etag=found.headers.get("ETag"))

    def next(self, project_id: str, **wish: Any) -> Claim | None:
        """Take the most valuable one that nobody is at (`after`, `cause`); None: none is left."""
        claim = self._api.post(f"/projects/{project_id}/disputes/next", wish)["claim"]
        return None if claim is None else read(Claim, claim)

    def claim(self, dispute_id: str) -> Claim:
        """Take one, or go on holding it. Raises NotFound, Conflict."""
        return read(Claim, body_of(self._api.send("PUT", f"/disputes/{dispute_id}/claim")))

    def release(self, dispute_id: str) -> None:
        """Let one go."""
        self._api.delete(f"/disputes/{dispute_id}/claim")

    def rule(
        self,
        dispute_id: str,
        label: str | None,
        *,
        reason: str,
        etag: str | None = None,
        **more: Any,
    ) -> Ruled:
        """Rule that a label is right, or (None) that none is; without an etag, as it is now.

        More: comment, promote, alike. Raises StaleVersion when somebody was faster, Conflict,
        Invalid.
        """
        expected = etag or self.get(dispute_id).etag or ""
        body = {"label": label, "reason": reason, **more}
        headers = {"If-Match": expected}
        path = f"/disputes/{dispute_id}/rulings"
        return read(Ruled, body_of(self._api.send("POST", path, body=body, headers=headers)))

    def rulings(self, dispute_id: str) -> Sequence[Ruling]:
        """Read every ruling on a dispute, the newest first."""
        found = self._api.get(f"/disputes/{dispute_id}/rulings")["items"]
        return [read(Ruling, item) for item in found]

    def undo(self, ruling_id: str, *, comment: str | None = None) -> Ruled:
        """Take back the ruling that stands on a task. Raises NotFound, Conflict."""
        return read(Ruled, self._api.post(f"/rulings/{ruling_id}/undo", {"comment": comment}))

    def audit(self, project_id: str) -> Audit:
        """Read how often the engine is wrong, by rulings on a random sample."""
        return read(Audit, self._api.get(f"/projects/{project_id}/audit"))
