"""Projects: who may see them, how they are configured, how far they are."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crowd.errors import DuplicateName, Invalid, NotFound, StaleVersion
from crowd.models import (
    ConsensusRun,
    Participation,
    Project,
    ProjectConfig,
    ProjectMarketplace,
    Task,
    Tenant,
)
from crowd.services import audit, config_checks, configs, cover, outbox
from crowd.services.paging import Page, one_page
from crowd.services.tenants import Caller

#: From which state one may go to which.
MOVES = {
    "draft": {"running", "finished"},
    "running": {"paused", "finished"},
    "paused": {"running", "finished"},
    "finished": {"running", "archived"},
    "archived": {"finished"},
}
#: What happened to a project that is now in a state, where the state's own name does not say it.
STARTED = {"running": "started"}


@dataclass(frozen=True, slots=True)
class ProjectView:
    """A project with the configuration in force."""

    project: Project
    config: ProjectConfig

    @property
    def version_tag(self) -> str:
        """Name this state of the project: what a change must have read."""
        return f"{self.config.version}-{self.project.state}"


@dataclass(frozen=True, slots=True)
class Cost:
    """What a project's labels cost, as of this moment."""

    currency: str
    held: Decimal
    #: Earned and not reversed, and bonuses.
    spent: Decimal
    resolved: int

    @property
    def per_label(self) -> Decimal | None:
        """Divide what was spent by the labels there are, to a millionth."""
        return round(self.spent / self.resolved, 6) if self.resolved else None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a project is; every number is of this moment."""

    tasks: int
    open: int
    resolved: int
    disputed: int
    #: Answers in hand, slots that annotators hold, and answers still asked for.
    answers: int
    leased: int
    wanted: int
    #: Answers that the newest decision on their task has not seen yet.
    waiting: int
    run_number: int | None
    #: The newest run whose decisions have all been recorded.
    decided_run: int | None
    #: Answers the newest run has learned from.
    run_answers: int
    #: None: it has no currency.
    cost: Cost | None


def create(session: Session, caller: Caller, *, name: str, **config: Any) -> ProjectView:
    """Add a project with its first configuration, as a draft. Raises DuplicateName, Invalid."""
    project = Project(tenant_id=caller.tenant_id, name=name)
    try:
        with session.begin_nested():
            session.add(project)
    except IntegrityError:
        raise DuplicateName(f"You already have a project called {name!r}.") from None
    row = configs.add(session, project.id, 1, configs.with_changes(configs.DEFAULTS, config))
    audit.note(session, caller, "project.created", project.id, name=name, **config)
    return ProjectView(project, row)


def find(session: Session, caller: Caller, project_id: uuid.UUID) -> ProjectView:
    """Read a project the caller may see: the requester's own, or open to the marketplace.

    Raises NotFound for any other, whether it exists or not.
    """
    row = session.execute(_visible(caller).where(Project.id == project_id)).first()
    if row is None:
        raise NotFound("There is no such project, or it is not open to you.")
    return ProjectView(row.Project, row.ProjectConfig)


def find_own(session: Session, caller: Caller, project_id: uuid.UUID) -> ProjectView:
    """Read a project for its requester: what a marketplace it is open to must not see hangs on it.

    Raises NotFound for anybody else.
    """
    view = find(session, caller, project_id)
    if view.project.tenant_id != caller.tenant_id:
        raise NotFound("There is no such project of yours.")
    return view


def one_page_of(session: Session, caller: Caller, *, after: uuid.UUID | None, limit: int) -> Page:
    """List the projects the caller may see."""
    page = one_page(session, _visible(caller), Project.id, after=after, limit=limit)
    return Page([ProjectView(*row[:2]) for row in page.items], page.next_after)


def change(
    session: Session,
    caller: Caller,
    project_id: uuid.UUID,
    *,
    expected: str,
    state: str | None = None,
    **config: Any,
) -> ProjectView:
    """Change the state, the configuration, or both; a changed configuration is a new version.

    Raises NotFound, Invalid, and StaleVersion when the project is not as the caller expects it.
    """
    project = find(session, caller, project_id).project
    session.refresh(project, with_for_update={"key_share": True})
    present = in_force(session, project_id)
    if (tag := ProjectView(project, present).version_tag) != expected:
        raise StaleVersion(f'The project is at "{tag}" by now. Read it, then try again.')
    if state is not None and state != project.state:
        _move(project, state)
        _tell(session, project, STARTED.get(state, state))
    values = {name: getattr(present, name) for name in [*configs.DEFAULTS, "labels"]}
    if (changed := configs.with_changes(values, config)) != values:
        if present.currency is not None and present.currency != changed["currency"]:
            config_checks.keep_currency(session, project.id, present.currency, changed["currency"])
        if changed["models"]["use"] not in ("off", present.models["use"]):
            cover.require_even(session, project.id)
        project.config_version += 1
        present = configs.add(session, project.id, project.config_version, changed)
        configs.apply(session, present)
        _tell(session, project, "configured")
        # every task is to be decided by the new rules
        outbox.publish(session, "refit.requested", project_id=project.id, subject_ids=[project.id])
    audit.note(session, caller, "project.changed", project.id, state=state, **config)
    return ProjectView(project, present)


def in_force(session: Session, project_id: uuid.UUID) -> ProjectConfig:
    """Read the configuration in force: what the engine decides by."""
    return session.scalars(
        select(ProjectConfig)
        .join(Project, Project.id == ProjectConfig.project_id)
        .where(Project.id == project_id, ProjectConfig.version == Project.config_version)
    ).one()


def config_versions(session: Session, caller: Caller, project_id: uuid.UUID) -> list[ProjectConfig]:
    """List every configuration the project has had, the newest first. Raises NotFound."""
    find(session, caller, project_id)
    return list(
        session.scalars(
            select(ProjectConfig)
            .where(ProjectConfig.project_id == project_id)
            .order_by(ProjectConfig.version.desc())
        )
    )


def open_to(
    session: Session, caller: Caller, project_id: uuid.UUID, marketplace: uuid.UUID
) -> None:
    """Let a marketplace's annotators work on a project. Doing it twice changes nothing."""
    find(session, caller, project_id)
    same_world = {"id": marketplace, "kind": "marketplace", "sandbox_of": caller.sandbox_of}
    if session.scalar(select(Tenant.id).filter_by(**same_world)) is None:
        raise NotFound("There is no such marketplace.")
    row = {"project_id": project_id, "tenant_id": marketplace}
    new = insert(ProjectMarketplace).values(row).on_conflict_do_nothing()
    if session.scalar(new.returning(ProjectMarketplace.tenant_id)):
        outbox.publish(session, "project.opened", project_id=project_id, subject_ids=[marketplace])
    audit.note(session, caller, "project.opened", project_id, marketplace_id=str(marketplace))


def close_to(
    session: Session, caller: Caller, project_id: uuid.UUID, marketplace: uuid.UUID
) -> None:
    """Take a project away from a marketplace; assignments already leased may still be answered."""
    find(session, caller, project_id)
    grant = session.get(ProjectMarketplace, (project_id, marketplace))
    if grant is None:
        raise NotFound("The project is not open to such a marketplace.")
    session.delete(grant)
    outbox.publish(session, "project.closed", project_id=project_id, subject_ids=[marketplace])
    audit.note(session, caller, "project.closed", project_id, marketplace_id=str(marketplace))


def opened_to(session: Session, caller: Caller, project_id: uuid.UUID) -> Sequence[Tenant]:
    """List the marketplaces whose annotators may work on a project, by name. Raises NotFound."""
    find(session, caller, project_id)
    query = select(Tenant).join(ProjectMarketplace, ProjectMarketplace.tenant_id == Tenant.id)
    return session.scalars(
        query.where(ProjectMarketplace.project_id == project_id).order_by(Tenant.name)
    ).all()


def progress(session: Session, caller: Caller, project_id: uuid.UUID) -> Progress:
    """Count a project's tasks and answers. Cost grows with its tasks: some 20 ms for 100,000."""
    view = find(session, caller, project_id)
    count = func.count()
    total = func.coalesce
    row = session.execute(
        select(
            count.label("tasks"),
            count.filter(Task.state == "open").label("open"),
            count.filter(Task.state == "resolved").label("resolved"),
            count.filter(Task.state == "disputed").label("disputed"),
            total(func.sum(Task.answered), 0).label("answers"),
            total(func.sum(Task.leased), 0).label("leased"),
            total(func.sum(Task.wanted - Task.leased - Task.answered).filter(Task.open), 0).label(
                "wanted"
            ),
            total(func.sum(Task.answered - Task.seen), 0).label("waiting"),
        ).where(Task.project_id == project_id)
    ).one()
    run_number = view.project.run_number
    learned = select(ConsensusRun.answers_seen).filter_by(project_id=project_id, number=run_number)
    return Progress(
        **row._mapping,
        run_number=run_number,
        decided_run=view.project.decided_run,
        run_answers=session.scalar(learned) or 0,
        cost=_cost(session, view, row.resolved),
    )


def _cost(session: Session, view: ProjectView, resolved: int) -> Cost | None:
    if view.config.currency is None:
        return None
    total = func.coalesce
    held, spent = session.execute(
        select(
            total(func.sum(Participation.held), 0), total(func.sum(Participation.earned), 0)
        ).where(Participation.project_id == view.project.id)
    ).one()
    return Cost(view.config.currency, held, spent, resolved)


def _visible(caller: Caller) -> Select[*tuple[Any, ...]]:
    query = select(Project, ProjectConfig).join(
        ProjectConfig,
        (ProjectConfig.project_id == Project.id)
        & (ProjectConfig.version == Project.config_version),
    )
    if caller.kind == "requester":
        return query.where(Project.tenant_id == caller.tenant_id)
    granted = select(ProjectMarketplace.project_id).where(
        ProjectMarketplace.tenant_id == caller.tenant_id
    )
    # a draft is nobody's business but its author's
    return query.where(Project.id.in_(granted), Project.state != "draft")


def _tell(session: Session, project: Project, verb: str) -> None:
    outbox.publish(session, f"project.{verb}", project_id=project.id, subject_ids=[project.id])


def _move(project: Project, state: str) -> None:
    if state not in MOVES[project.state]:
        options = " or ".join(sorted(MOVES[project.state]))
        raise Invalid(
            f"A project that is {project.state} can become {options}.",
            errors={"state": [f"{project.state} cannot become {state}"]},
        )
    project.state = state
