"""The annotators of a marketplace."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crowd.errors import DuplicateExternalId, NotFound
from crowd.models import Annotator, Pool, PoolMember
from crowd.services import assignments, audit, outbox, participations
from crowd.services.paging import Page, one_page
from crowd.services.tenants import Caller


def register(
    session: Session,
    caller: Caller,
    *,
    external_id: str,
    kind: str = "human",
    pools: Iterable[str] = (),
) -> Annotator:
    """Add an annotator to the caller's marketplace and to its named pools, made where missing.

    Raises DuplicateExternalId.
    """
    annotator = Annotator(tenant_id=caller.tenant_id, external_id=external_id, kind=kind)
    try:
        with session.begin_nested():
            session.add(annotator)
    except IntegrityError:
        raise DuplicateExternalId(
            f"You have already registered an annotator {external_id!r}.",
            errors={"external_id": ["already taken in your marketplace"]},
        ) from None
    for name in dict.fromkeys(pools):
        pool_id = _pool(session, caller, name)
        session.add(PoolMember(pool_id=pool_id, annotator_id=annotator.id))
    audit.note(session, caller, "annotator.registered", annotator.id)
    return annotator


def find(session: Session, caller: Caller, annotator_id: uuid.UUID) -> Annotator:
    """Read one of the caller's annotators. Raises NotFound."""
    annotator = session.scalar(
        select(Annotator).filter_by(id=annotator_id, tenant_id=caller.tenant_id)
    )
    if annotator is None:
        raise NotFound("There is no such annotator.")
    return annotator


def block(session: Session, caller: Caller, annotator_id: uuid.UUID, reason: str) -> Annotator:
    """Keep an annotator from work: what it holds is returned, and its slots are free at once.

    Answers it has given stay. Raises NotFound. Blocking twice changes nothing.
    """
    annotator = _lock(session, caller, annotator_id)
    if annotator.state == "blocked":
        return annotator
    _turn(session, annotator, "blocked")
    held = participations.held_by(session, annotator_id)
    assignments.close(session, held, "returned")
    audit.note(
        session, caller, "annotator.blocked", annotator_id, reason=reason, returned=len(held)
    )
    outbox.publish(session, "annotator.blocked", subject_ids=[annotator_id])
    return annotator


def unblock(session: Session, caller: Caller, annotator_id: uuid.UUID) -> Annotator:
    """Let an annotator work again. Raises NotFound. What was returned stays returned."""
    annotator = _lock(session, caller, annotator_id)
    if annotator.state == "blocked":
        _turn(session, annotator, "active")
        audit.note(session, caller, "annotator.unblocked", annotator_id)
        outbox.publish(session, "annotator.unblocked", subject_ids=[annotator_id])
    return annotator


def one_page_of(
    session: Session,
    caller: Caller,
    *,
    pool: str | None,
    after: uuid.UUID | None,
    limit: int,
) -> Page:
    """List the caller's annotators, of one pool or all."""
    query = select(Annotator).where(Annotator.tenant_id == caller.tenant_id)
    if pool is not None:
        members = select(PoolMember.annotator_id).join(Pool)
        query = query.where(
            Annotator.id.in_(members.where(Pool.name == pool, Pool.tenant_id == caller.tenant_id))
        )
    return one_page(session, query, Annotator.id, after=after, limit=limit)


def _lock(session: Session, caller: Caller, annotator_id: uuid.UUID) -> Annotator:
    find(session, caller, annotator_id)
    # participations first: so does who hands in to one project and joins another in one request
    participations.lock_all(session, annotator_id)
    # keeps the annotator from joining another project meanwhile
    annotator = session.scalar(
        select(Annotator)
        .filter_by(id=annotator_id, tenant_id=caller.tenant_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    assert annotator is not None
    return annotator


def _turn(session: Session, annotator: Annotator, state: str) -> None:
    """Change the state everywhere; a request that is under way comes to its end first."""
    annotator.state = state
    session.flush()
    participations.turn(session, annotator.id, state)


def _pool(session: Session, caller: Caller, name: str) -> uuid.UUID:
    row = {"tenant_id": caller.tenant_id, "name": name}
    session.execute(insert(Pool).values(row).on_conflict_do_nothing())
    return session.scalars(select(Pool.id).filter_by(**row)).one()
