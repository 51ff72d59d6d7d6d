"""Builders: the smallest world in which a sentence about the platform can be true."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from crowd.db import seconds
from crowd.models import Annotator, Assignment, Dispute, ProjectConfig, Task, Tenant
from crowd.services import annotators, answers, leases, projects, results, tasks, tenants
from crowd.services.answers import Submitted
from crowd.services.leases import Leased
from crowd.services.outcomes import Decided
from crowd.services.tenants import Caller

_numbers = itertools.count(1)


def unique(prefix: str) -> str:
    return f"{prefix} {next(_numbers)}"


def caller(session: Session, kind: str) -> tuple[Caller, str]:
    """A tenant with a key that has every scope, and the token."""
    tenant = tenants.create(session, name=unique(kind), kind=kind)
    _, token = tenants.create_key(session, tenant, name="test")
    return tenants.authenticate(session, token), token


class World:
    """A running project with the two tenants around it."""

    def __init__(self, session: Session, **config: Any) -> None:
        self.session = session
        self.requester, self.requester_token = caller(session, "requester")
        self.marketplace, self.marketplace_token = caller(session, "marketplace")
        view = projects.create(
            session,
            self.requester,
            name=unique("project"),
            **{"labels": ["yes", "no"], "overlap_min": 2, "overlap_max": 3, **config},
        )
        self.project_id = view.project.id
        projects.open_to(session, self.requester, self.project_id, self.marketplace.tenant_id)
        self.change(state="running")

    @property
    def config(self) -> ProjectConfig:
        self.session.expire_all()
        return projects.find(self.session, self.requester, self.project_id).config

    def change(self, **fields: Any) -> None:
        self.session.expire_all()
        tag = projects.find(self.session, self.requester, self.project_id).version_tag
        projects.change(self.session, self.requester, self.project_id, expected=tag, **fields)
        self.session.flush()

    def task(self, external_id: str | None = None, **fields: Any) -> Task:
        fields = {"payload": {}, **fields, "external_id": external_id or unique("task")}
        task = tasks.create(self.session, self.requester, self.project_id, **fields)
        self.session.flush()
        return task

    def tasks(self, count: int, **fields: Any) -> list[Task]:
        return [self.task(**fields) for _ in range(count)]

    def annotator(self, name: str) -> Annotator:
        found = self.session.scalar(
            select(Annotator).filter_by(external_id=name, tenant_id=self.marketplace.tenant_id)
        )
        return found or annotators.register(self.session, self.marketplace, external_id=name)

    def lease(
        self, name: str = "ann", count: int = 1, named: Sequence[str] | None = None
    ) -> Leased:
        self.annotator(name)
        return leases.lease(
            self.session,
            self.marketplace,
            project_id=self.project_id,
            annotator=name,
            count=count,
            tasks=named,
        )

    def hold(self, name: str = "ann", named: Sequence[str] | None = None) -> Assignment:
        """Lease a task; gives the assignment."""
        lease = self.lease(name, named=named).leases[0]
        return self.session.get_one(Assignment, lease.taken.assignment_id, populate_existing=True)

    def answer(self, name: str, task: Task, label: str, **beside: Any) -> Submitted:
        held = self.hold(name, named=[task.external_id])
        return answers.submit(self.session, self.marketplace, held.id, label=label, **beside)

    def person(self, name: str = "lead") -> Caller:
        """Somebody at the requester's, with a key of its own."""
        tenant = self.session.get_one(Tenant, self.requester.tenant_id)
        _, token = tenants.create_key(self.session, tenant, name=name)
        return tenants.authenticate(self.session, token)

    def disputed(self, *labels: str, **fields: Any) -> Dispute:
        """A task that annotators a, b, c … have answered so, and that is disputed."""
        task = self.task(**fields)
        for name, label in zip("abcdefgh", labels, strict=False):
            self.answer(name, task, label)
        seen = {"seen": len(labels), "p": 0.5}
        results.record(self.session, self.config, [decided(task, "disputed", **seen)])  # type: ignore[arg-type]
        return self.session.scalars(select(Dispute).filter_by(task_id=task.id)).one()

    def counters(self, task: Task) -> tuple[int, int, int, str]:
        self.session.refresh(task)
        return task.wanted, task.leased, task.answered, task.state

    def let_expire(self, assignment_id: uuid.UUID) -> None:
        """Move a lease's end into the past."""
        self.session.execute(
            update(Assignment)
            .where(Assignment.id == assignment_id)
            .values(expires_at=func.now() - seconds(1))
        )
        self.session.expire_all()


#: Why the engine comes to a state, where that is not the usual one.
REASONS = {"disputed": "low_confidence"}


def decided(
    task: Task, state: str = "resolved", seen: int = 2, run: int = 0, p: float = 0.97
) -> Decided:
    """A decision of the engine, sure of `yes` by p."""
    return Decided(
        task_id=task.id,
        state=state,
        label=None if p == 0.5 else "yes",
        confidence=p,
        posterior={"yes": p, "no": 1 - p},
        reason="tie" if p == 0.5 else REASONS.get(state, "target_reached"),
        answers_seen=seen,
        run_number=run,
        revision=task.revision,
    )
