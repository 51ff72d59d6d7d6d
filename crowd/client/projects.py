"""Projects: one question asked of many items."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import httpx

from crowd.client.connection import Connection, body_of
from crowd.client.shapes import read


@dataclass(frozen=True, slots=True)
class Config:
    """How a project asks. What only its requester may know is None for a marketplace."""

    version: int
    answer_type: str
    question: str
    labels: tuple[str, ...]
    lease_seconds: int
    #: What an accepted answer earns; None: nothing.
    price: Decimal | None = None
    currency: str | None = None
    #: The version of the guideline in force, and whether annotators have to accept it.
    guideline: int | None = None
    must_accept: bool = True
    #: What annotators are told of their quality: "none", "summary" or "coaching".
    feedback: str = "summary"
    #: How long an answer waits for a review before it is accepted.
    review_seconds: int = 0
    #: What has been excluded stays paid for.
    pay_excluded: bool = True
    #: The range of a number that is asked for; None: labels are.
    number: Mapping[str, Any] | None = None
    #: How items and labels are shown: instructions, show, labels, unsure, comment.
    interface: Mapping[str, Any] | None = None
    overlap_min: int | None = None
    overlap_max: int | None = None
    target_confidence: float | None = None
    #: How often each label is expected, in the order of `labels`; None: as at the beginning.
    expected_shares: tuple[float, ...] | None = None
    method: str | None = None
    strategy: str | None = None
    #: How known answers are mixed in: policy, share, first, exposure.
    gold: Mapping[str, Any] | None = None
    #: Leases an annotator, and a marketplace, may have.
    limits: Mapping[str, Any] | None = None
    #: Qualifications an annotator needs.
    requires: tuple[str, ...] | None = None
    #: Pools of annotators whom it lets in; none: anybody.
    pools: tuple[str, ...] | None = None
    #: What new annotators have to show first: gold, right.
    probation: Mapping[str, Any] | None = None
    #: Tasks of one batch go to one annotator together.
    whole_batches: bool | None = None
    budget_answers: int | None = None
    budget: Decimal | None = None
    deadline_at: datetime | None = None
    #: What predictions of models are for: use, blind_share, least_human.
    models: Mapping[str, Any] | None = None
    #: Who rules on disputes, and what follows: second, audit_share, blind, judges.
    rulings: Mapping[str, Any] | None = None
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Project:
    id: str
    name: str
    #: "draft", "running", "paused", "finished" or "archived".
    state: str
    created_at: datetime
    config: Config
    #: What a change must have read; None in lists.
    etag: str | None = None


@dataclass(frozen=True, slots=True)
class Cost:
    """What a project's labels cost, as of this moment."""

    currency: str
    held: Decimal
    spent: Decimal
    per_label: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    tasks: int
    open: int
    resolved: int
    disputed: int
    answers: int
    #: Slots that annotators hold now.
    leased: int
    #: Slots that are free now.
    wanted: int
    #: Answers no decision has seen yet.
    waiting: int
    run_number: int | None = None
    #: The newest run whose decisions have all been recorded.
    decided_run: int | None = None
    #: Answers the newest run has seen.
    run_answers: int = 0
    #: None: the project has no currency.
    cost: Cost | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One fit of a project's consensus model."""

    number: int
    method: str
    config_version: int
    answers_seen: int
    tasks_seen: int
    annotators_seen: int
    iterations: int
    converged: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Skill:
    """How reliable an annotator is, by the newest run."""

    annotator_id: str
    marketplace: str
    run_number: int
    accuracy: float
    accuracy_low: float
    accuracy_high: float
    answers: int
    gold_seen: int
    gold_correct: int
    spammer_score: float
    is_spammer: bool
    #: It has not shown yet what the project's probation asks for.
    on_probation: bool = False
    #: "human" or "model".
    kind: str = "human"


@dataclass(frozen=True, slots=True)
class Marketplace:
    id: str
    name: str


class Projects:
    """One question asked of many items."""

    def __init__(self, connection: Connection) -> None:
        self._api = connection

    def create(self, name: str, labels: Sequence[str] = (), **config: Any) -> Project:
        """Create a draft; `config` is any field of a configuration, such as overlap_max.

        Raises DuplicateName, Invalid.
        """
        body = {"name": name, "labels": list(labels), **config}
        return project_of(self._api.send("POST", "/projects", body=body))

    def list(self) -> Iterator[Project]:
        """Read your projects, or those open to your marketplace."""
        return self._api.pages("/projects", Project)

    def get(self, project_id: str) -> Project:
        """Read a project with the configuration in force. Raises NotFound."""
        return project_of(self._api.send("GET", f"/projects/{project_id}"))

    def change(self, project_id: str, *, etag: str | None = None, **fields: Any) -> Project:
        """Change the state or the configuration; without an etag, of the project as it is now.

        Raises StaleVersion when somebody was faster, Conflict, Invalid.
        """
        expected = etag or self.get(project_id).etag or ""
        return project_of(
            self._api.send(
                "PATCH", f"/projects/{project_id}", body=fields, headers={"If-Match": expected}
            )
        )

    def start(self, project_id: str) -> Project:
        """Let work go out."""
        return self.change(project_id, state="running")

    def pause(self, project_id: str) -> Project:
        """Let no more work go out; what is leased may still be handed in."""
        return self.change(project_id, state="paused")

    def finish(self, project_id: str) -> Project:
        """End the project."""
        return self.change(project_id, state="finished")

    def config_versions(self, project_id: str) -> Sequence[Config]:
        """Read every configuration there has been, the newest first."""
        found = self._api.get(f"/projects/{project_id}/config-versions")["items"]
        return [read(Config, item) for item in found]

    def marketplaces(self) -> Sequence[Marketplace]:
        """Read the marketplaces a project can be opened to."""
        return [read(Marketplace, item) for item in self._api.get("/marketplaces")["items"]]

    def opened_to(self, project_id: str) -> Sequence[Marketplace]:
        """Read the marketplaces a project is open to."""
        found = self._api.get(f"/projects/{project_id}/marketplaces")["items"]
        return [read(Marketplace, item) for item in found]

    def open_to(self, project_id: str, marketplace_id: str) -> None:
        """Let a marketplace's annotators work on a project."""
        self._api.send("PUT", f"/projects/{project_id}/marketplaces/{marketplace_id}")

    def close_to(self, project_id: str, marketplace_id: str) -> None:
        """Take a project away from a marketplace; work in hand may still be handed in."""
        self._api.delete(f"/projects/{project_id}/marketplaces/{marketplace_id}")

    def progress(self, project_id: str) -> Progress:
        """Count tasks and answers, as they are now."""
        return read(Progress, self._api.get(f"/projects/{project_id}/progress"))

    def refit(self, project_id: str) -> None:
        """Fit the consensus model now, instead of when the answers have grown enough."""
        self._api.post(f"/projects/{project_id}/refits")

    def runs(self, project_id: str) -> Iterator[Run]:
        """Read the fits of the project's consensus model, the oldest first."""
        return self._api.pages(f"/projects/{project_id}/runs", Run)

    def skills(self, project_id: str) -> Iterator[Skill]:
        """Read how reliable each annotator is, by the newest fit."""
        return self._api.pages(f"/projects/{project_id}/skills", Skill)


def project_of(response: httpx.Response) -> Project:
    """Read a project with its ETag."""
    return replace(read(Project, body_of(response)), etag=response.headers.get("ETag"))
