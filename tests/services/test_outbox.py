"""Events between a commit and its job."""

from __future__ import annotations

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from crowd.models import OutboxEvent, Schedule
from crowd.services import outbox, schedules


def due(session: Session) -> list[str]:
    events = outbox.take_due(session, limit=100, redeliver_after_s=10)
    return [event.topic for event in events]


def make_due(session: Session) -> None:
    session.execute(update(OutboxEvent).values(due_at=func.now()))


def test_an_event_is_sent_once_and_again_only_when_nobody_confirms_it(session: Session) -> None:
    outbox.publish(session, "answer.submitted")

    assert due(session) == ["answer.submitted"]
    assert due(session) == []
    make_due(session)
    assert due(session) == ["answer.submitted"]


def test_the_wait_doubles_with_every_delivery(session: Session) -> None:
    outbox.publish(session, "answer.submitted")
    waits = []

    for _ in range(3):
        make_due(session)
        due(session)
        wait = func.extract("epoch", OutboxEvent.due_at - func.now())
        waits.append(float(session.scalars(select(wait)).one()))

    assert waits == [10, 20, 40]


def test_a_confirmed_event_is_gone(session: Session) -> None:
    outbox.publish(session, "answer.submitted")
    event = outbox.take_due(session, limit=1, redeliver_after_s=10)[0]

    outbox.confirm(session, [event.id])

    assert outbox.read(session, [event.id]) == []
    assert outbox.lag_seconds(session) == 0


def test_repeated_work_starts_once_each_time_it_falls_due(session: Session) -> None:
    schedules.declare(session, {"leases.fell_due": 5.0})

    assert schedules.start_due(session) == ["leases.fell_due"]
    assert schedules.start_due(session) == []
    session.execute(update(Schedule).values(due_at=func.now()))
    assert schedules.start_due(session) == ["leases.fell_due"]


def test_the_stored_schedule_follows_the_code(session: Session) -> None:
    schedules.declare(session, {"old.fell_due": 5.0, "kept.fell_due": 5.0})

    schedules.declare(session, {"kept.fell_due": 9.0})

    stored = session.execute(select(Schedule.topic, Schedule.every_s)).all()
    assert [tuple(row) for row in stored] == [("kept.fell_due", 9.0)]
