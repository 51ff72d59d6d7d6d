"""Repeated work: each piece starts once when it falls due, however many schedulers look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crowd.db import seconds
from crowd.models import Schedule
from crowd.services import outbox


def declare(session: Session, every_s: Mapping[str, float]) -> None:
    """Make the stored schedule what the code says: topic → seconds."""
    session.execute(delete(Schedule).where(Schedule.topic.not_in(every_s)))
    for topic, pause in sorted(every_s.items()):
        row = insert(Schedule).values(topic=topic, every_s=pause)
        session.execute(
            row.on_conflict_do_update(
                index_elements=[Schedule.topic], set_={"every_s": row.excluded.every_s}
            )
        )


def start_due(session: Session) -> Sequence[str]:
    """Publish what is due and set its next time, in one commit; returns the topics.

    What another scheduler is starting in this moment is skipped. Time that passed while nobody
    looked is not made up for.
    """
    due = session.scalars(
        select(Schedule.topic)
        .where(Schedule.due_at <= func.now())
        .with_for_update(skip_locked=True)
    ).all()
    for topic in due:
        session.execute(
            update(Schedule)
            .where(Schedule.topic == topic)
            .values(due_at=func.now() + seconds(Schedule.every_s))
        )
        outbox.publish(session, topic)
    return due
