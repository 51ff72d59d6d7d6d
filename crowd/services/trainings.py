"""Trainings: practice with feedback, then a test, and the qualification that passing it gives."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crowd.errors import DuplicateName, Invalid, NotFound
from crowd.models import Pool, Project, ProjectMarketplace, Training, TrainingItem
from crowd.services import audit, projects
from crowd.services.paging import Page, one_page
from crowd.services.tenants import Caller

Items = Sequence[Mapping[str, Any]]


def create(
    session: Session,
    caller: Caller,
    *,
    practice: Items,
    test: Items,
    test_size: int | None = None,
    **terms: Any,
) -> Training:
    """Add a training; what is to be another one is made anew. Raises DuplicateName, Invalid.

    `test_size`: how many of the test's items an attempt draws; None: all of them.
    """
    _refuse_nonsense(practice, test, test_size, terms)
    training = Training(
        tenant_id=caller.tenant_id,
        api_key_id=caller.key_id,
        test_size=test_size or len(test),
        **terms,
    )
    try:
        with session.begin_nested():
            session.add(training)
    except IntegrityError:
        raise DuplicateName(
            f"You have a training called {training.name!r}. Retire that first."
        ) from None
    kinds = [("practice", item) for item in practice] + [("test", item) for item in test]
    session.add_all(
        TrainingItem(
            training_id=training.id,
            place=place,
            kind=kind,
            payload=item["payload"],
            label=item["label"],
            explanation=item.get("explanation"),
        )
        for place, (kind, item) in enumerate(kinds, start=1)
    )
    session.flush()
    audit.note(session, caller, "training.created", training.id, name=training.name)
    return training


def retire(session: Session, caller: Caller, training_id: uuid.UUID) -> None:
    """Let nobody begin it any more. What it has given stays. Raises NotFound."""
    training = find(session, caller, training_id)
    if training.retired_at is None:
        training.retired_at = session.scalars(select(func.now())).one()
        audit.note(session, caller, "training.retired", training_id)


def find(session: Session, caller: Caller, training_id: uuid.UUID) -> Training:
    """Read a training: the requester's own, or one of a requester the marketplace works for.

    Raises NotFound.
    """
    query = select(Training).filter_by(id=training_id)
    if caller.kind == "requester":
        query = query.filter_by(tenant_id=caller.tenant_id)
    else:
        works_for = (
            select(Project.id)
            .join(ProjectMarketplace, ProjectMarketplace.project_id == Project.id)
            .where(
                Project.tenant_id == Training.tenant_id,
                Project.state != "draft",
                ProjectMarketplace.tenant_id == caller.tenant_id,
            )
        )
        query = query.where(works_for.exists())
    training = session.scalar(query)
    if training is None:
        raise NotFound("There is no such training, or it is not open to you.")
    return training


def may_begin(session: Session, caller: Caller, training_id: uuid.UUID) -> bool:
    """Tell whether it is a training of the requester's that is not retired."""
    own = {"id": training_id, "tenant_id": caller.tenant_id, "retired_at": None}
    return session.scalar(select(Training.id).filter_by(**own)) is not None


def items_of(session: Session, training_id: uuid.UUID) -> dict[str, list[TrainingItem]]:
    """Read what there is to practise on, and to be tested by."""
    found: dict[str, list[TrainingItem]] = {"practice": [], "test": []}
    query = select(TrainingItem).filter_by(training_id=training_id)
    for item in session.scalars(query.order_by(TrainingItem.place)):
        found[item.kind].append(item)
    return found


def one_page_of(
    session: Session, caller: Caller, *, retired: bool, after: uuid.UUID | None, limit: int
) -> Page:
    """List the caller's trainings, or those retired, the oldest first."""
    query = select(Training).where(Training.tenant_id == caller.tenant_id)
    is_over = Training.retired_at.is_not(None)
    query = query.where(is_over if retired else ~is_over)
    return one_page(session, query, Training.id, after=after, limit=limit)


def for_project(session: Session, caller: Caller, project_id: uuid.UUID) -> Sequence[Training]:
    """List the trainings that give what a project asks for, by qualification. Raises NotFound.

    It asks for what it requires, and for what lets annotators into its pools.
    """
    view = projects.find(session, caller, project_id)
    owner = view.project.tenant_id
    letting_in = select(func.unnest(Pool.qualifications)).where(
        Pool.tenant_id == owner, Pool.name.in_(view.config.pools)
    )
    query = select(Training).where(
        Training.tenant_id == owner,
        Training.qualification.in_([*view.config.requires, *session.scalars(letting_in)]),
        Training.retired_at.is_(None),
    )
    return session.scalars(query.order_by(Training.qualification, Training.id)).all()


def _refuse_nonsense(
    practice: Items, test: Items, test_size: int | None, terms: Mapping[str, Any]
) -> None:
    labels = terms["labels"]
    for field, items in (("practice", practice), ("test", test)):
        for place, item in enumerate(items):
            if item["label"] not in labels:
                raise Invalid(
                    f"{item['label']!r} is none of the training's labels.",
                    errors={field: {str(place): {"label": [f"not one of: {', '.join(labels)}"]}}},
                )
    if test_size is not None and test_size > len(test):
        raise Invalid(
            "A test cannot draw more items than there are.",
            errors={"test_size": [f"greater than the number of test items ({len(test)})"]},
        )
    if terms["valid_seconds"] is not None and terms["qualification"] is None:
        raise Invalid(
            "Only a qualification is valid for a time.",
            errors={"valid_seconds": ["only with a qualification"]},
        )
