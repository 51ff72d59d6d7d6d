"""Rules on quality, what is done about annotators, and answers taken out of account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crowd.client.connection import Connection
from crowd.client.shapes import read


@dataclass(frozen=True, slots=True)
class Rule:
    """What is measured of an annotator's last answers, below what, and what is then done."""

    id: str
    name: str
    collector: str
    span: int
    least: int
    below: float
    sure: float | None
    action: str
    pause_seconds: int | None
    from_beginning: bool
    created_at: datetime
    retired_at: datetime | None = None
    training_id: str | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """Where a rule comes true: with the `place`-th of the annotator's answers."""

    annotator_id: str
    answer_id: str
    place: int
    action: str
    reason: str
    evidence: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Trial:
    """What a rule would have done so far."""

    annotators: int
    #: Annotators with enough answers to be judged by it.
    judged: int
    hit: int
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Likeness:
    """An annotator who answered so much like another that it hardly is chance."""

    id: str
    annotator_id: str
    partner_id: str
    run_number: int
    #: Tasks that both answered, and those on which they said the same.
    common: int
    same: int
    chance: float
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Action:
    """Something done about an annotator, by a rule or by hand."""

    id: str
    annotator_id: str
    #: "warn", "restrict", "pause", "retrain", "block" or "exclude".
    kind: str
    reason: str
    evidence: Mapping[str, Any]
    created_at: datetime
    rule_id: str | None = None
    answer_id: str | None = None
    ends_at: datetime | None = None
    #: The training to be passed again; when it was, and by which attempt.
    training_id: str | None = None
    ended_at: datetime | None = None
    attempt_id: str | None = None
    exclusion_id: str | None = None
    undone_at: datetime | None = None
    undone_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Exclusion:
    """That answers of an annotator do not count, until it is lifted.

    A marketplace reads those that withhold pay, without reasons.
    """

    id: str
    annotator_id: str
    answers: int
    created_at: datetime
    project_id: str | None = None
    reason: str | None = None
    #: They are not paid for as long as they do not count.
    withholds_pay: bool = True
    since: datetime | None = None
    lifted_at: datetime | None = None


class Rules:
    """What is done about whose answers, by itself."""

    def __init__(self, connection: Connection) -> None:
        self._api = connection

    def create(self, project_id: str, name: str, *, allow_many: bool = False, **terms: Any) -> Rule:
        """Put a rule in force. Raises Invalid, also for one that would have stopped most."""
        body = {"name": name, "allow_many": allow_many, **terms}
        return read(Rule, self._api.post(f"/projects/{project_id}/rules", body))

    def dry_run(self, project_id: str, name: str, **terms: Any) -> Trial:
        """Say whom a rule would have hit so far, and why. Raises Invalid."""
        body = {"name": name, **terms}
        return read(Trial, self._api.post(f"/projects/{project_id}/rules/dry-run", body))

    def list(self, project_id: str, *, retired: bool = False) -> Iterator[Rule]:
        """Read a project's rules in force, or those retired."""
        return self._api.pages(f"/projects/{project_id}/rules", Rule, retired=retired)

    def likenesses(self, project_id: str, *, annotator_id: str | None = None) -> Iterator[Likeness]:
        """Read who answers so much like whom that it hardly is chance, the newest first."""
        address = f"/projects/{project_id}/likenesses"
        return self._api.pages(address, Likeness, annotator_id=annotator_id)

    def retire(self, rule_id: str) -> None:
        """End a rule; what it has done stays in force. Raises NotFound."""
        self._api.delete(f"/rules/{rule_id}")


class Actions:
    """What was done about annotators in projects."""

    def __init__(self, connection: Connection) -> None:
        self._api = connection

    def take(
        self, project_id: str, annotator_id: str, kind: str, *, reason: str, **more: Any
    ) -> Action:
        """Warn, restrict, pause, retrain or block an annotator, or exclude it.

        Raises NotFound, Invalid.
        """
        body = {"annotator_id": annotator_id, "kind": kind, "reason": reason, **more}
        return read(Action, self._api.post(f"/projects/{project_id}/actions", body))

    def list(
        self, project_id: str, *, annotator_id: str | None = None, in_force: bool | None = None
    ) -> Iterator[Action]:
        """Read what was done in a project, the newest first; what was undone too."""
        wish = {"annotator_id": annotator_id, "in_force": in_force}
        return self._api.pages(f"/projects/{project_id}/actions", Action, **wish)

    def undo(self, action_id: str, *, reason: str) -> Action:
        """Take an action back. Raises NotFound, Conflict."""
        return read(Action, self._api.post(f"/actions/{action_id}/undo", {"reason": reason}))


class Exclusions:
    """Answers taken out of account."""

    def __init__(self, connection: Connection) -> None:
        self._api = connection

    def create(
        self, project_id: str, annotator_id: str, *, reason: str, since: datetime | None = None
    ) -> Exclusion:
        """Take an annotator's answers out of account. Raises NotFound, Conflict."""
        body: dict[str, Any] = {"annotator_id": annotator_id, "reason": reason}
        if since is not None:
            body["since"] = since.isoformat()
        return read(Exclusion, self._api.post(f"/projects/{project_id}/exclusions", body))

    def list(self, project_id: str, *, annotator_id: str | None = None) -> Iterator[Exclusion]:
        """Read a project's exclusions, the newest first; lifted ones too."""
        address = f"/projects/{project_id}/exclusions"
        return self._api.pages(address, Exclusion, annotator_id=annotator_id)

    def of_annotator(self, annotator_id: str) -> Iterator[Exclusion]:
        """Read, as a marketplace, what is not paid for of one of your annotators. Raises NotFound.

        The newest first; lifted ones too.
        """
        return self._api.pages(f"/annotators/{annotator_id}/exclusions", Exclusion)

    def lift(self, exclusion_id: str) -> Exclusion:
        """Let excluded answers count again. Raises NotFound, Conflict."""
        return read(Exclusion, self._api.post(f"/exclusions/{exclusion_id}/lift"))
