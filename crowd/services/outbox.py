"""Events between a commit and the job that acts on it.

An event is written in the transaction it tells of. The relay sends it; its row goes away only in
the transaction that records the work of its job. What gets lost in between (a killed worker, an
emptied Redis) is therefore sent again.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.orm import Session

from crowd.db import seconds
from crowd.models import OutboxEvent

#: The wait doubles with every delivery, up to this many times.
MAX_DOUBLINGS = 6

_IS_DUE = OutboxEvent.due_at <= func.now()


class Due(NamedTuple):
    """An event on its way."""

    id: int
    topic: str
    project_id: uuid.UUID | None
    #: This one included.
    deliveries: int


def publish(
    session: Session,
    topic: str,
    *,
    project_id: uuid.UUID | None = None,
    subject_ids: Iterable[uuid.UUID | None] = (None,),
) -> None:
    """Note one event for each subject, to be sent once the caller's transaction is committed."""
    rows = [{"topic": topic, "project_id": project_id, "subject_id": s} for s in subject_ids]
    if rows:
        session.execute(insert(OutboxEvent), rows)


def any_due(connection: Connection) -> bool:
    """Tell whether an event is due, by one cheap statement without a transaction around it."""
    return bool(connection.scalar(select(select(1).where(_IS_DUE).exists())))


def take_due(
    session: Session, *, limit: int, redeliver_after_s: float, held: Collection[str] = ()
) -> Sequence[Due]:
    """Lock the events that are due and put off their next delivery; other relays skip them.

    Those of topics that are `held` stay as they are.
    """
    due = (
        select(OutboxEvent.id)
        .where(_IS_DUE, OutboxEvent.topic.not_in(held))
        .order_by(OutboxEvent.due_at, OutboxEvent.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    doublings = func.least(OutboxEvent.deliveries, MAX_DOUBLINGS)
    wait = seconds(redeliver_after_s * func.power(2, doublings))
    taken = session.execute(
        update(OutboxEvent)
        .where(OutboxEvent.id.in_(select(due.c.id)))
        .values(due_at=func.now() + wait, deliveries=OutboxEvent.deliveries + 1)
        .returning(
            OutboxEvent.id, OutboxEvent.topic, OutboxEvent.project_id, OutboxEvent.deliveries
        ),
        execution_options={"synchronize_session": False},
    )
    return sorted(Due(*row) for row in taken)


def read(session: Session, event_ids: Iterable[int]) -> Sequence[OutboxEvent]:
    """Read the events nobody has confirmed yet."""
    return session.scalars(select(OutboxEvent).where(OutboxEvent.id.in_(event_ids))).all()


def confirm(session: Session, event_ids: Iterable[int]) -> None:
    """Remove events whose work stands in the caller's transaction."""
    session.execute(delete(OutboxEvent).where(OutboxEvent.id.in_(event_ids)))


def send_again(session: Session, event_ids: Iterable[int]) -> None:
    """Have events sent once more at once, as if new: part of their work stands, the rest is due."""
    fresh = {"created_at": func.now(), "due_at": func.now(), "deliveries": 0}
    session.execute(update(OutboxEvent).where(OutboxEvent.id.in_(event_ids)).values(fresh))


def confirm_all(session: Session, topic: str) -> None:
    """Remove every event of a topic: what does the work now does it for all of them."""
    session.execute(delete(OutboxEvent).where(OutboxEvent.topic == topic))


def lag_seconds(session: Session) -> float:
    """Measure how long the oldest event has been waiting; 0 when there is none."""
    oldest = select(func.extract("epoch", func.now() - func.min(OutboxEvent.created_at)))
    return float(session.scalar(oldest) or 0.0)
