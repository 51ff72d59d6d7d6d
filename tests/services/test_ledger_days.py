"""Days of the ledger, summed up: statements say the same by them and without them."""

from __future__ import annotations

import random
import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from crowd.db import transaction
from crowd.models import LedgerDay, OutboxEvent, Project, SummedDay
from crowd.services import ledger_days, outbox, statements
from crowd.services.statements import Statement
from crowd.services.tenants import Caller
from tests.factories import World
from workers.jobs.housekeeping import sum_days

#: Transfers lie in so many days up to now.
DAYS = 6
MOVES = {
    "earn": ("project", "earned"),
    "reverse": ("earned", "project"),
    "bonus": ("project", "earned"),
}


def plant(world: World, *, times: int, seed: int = 0) -> None:
    """Write transfers of the last days straight into the ledger."""
    chance, now = random.Random(seed), datetime.now(UTC)
    # what the transfers belong to need not be there for this
    world.session.execute(text("SET LOCAL session_replication_role = replica"))
    for _ in range(times):
        at = now - timedelta(seconds=chance.uniform(0, DAYS * 86_400))
        kind = chance.choice(list(MOVES))
        world.session.execute(
            text(PLANT),
            {
                "id": uuid.UUID(int=ledger_days.id_at(at).int + chance.getrandbits(60)),
                "other": uuid.uuid4(),
                "project": world.project_id,
                "annotator": world.annotator(chance.choice(["ann", "bea"])).id,
                "kind": kind,
                "from": MOVES[kind][0],
                "to": MOVES[kind][1],
                "amount": Decimal(chance.randint(1, 500)) / 100,
                "currency": chance.choice(["EUR", "USD"]),
                "at": at,
            },
        )
    world.session.execute(text("SET LOCAL session_replication_role = origin"))


def read(world: World, who: Caller, **asked: Any) -> Statement:
    anything: dict[str, Any] = dict.fromkeys(("since", "until", "project_id", "currency", "after"))
    return statements.read(world.session, who, **{**anything, "limit": 50, **asked})


def sum_all(session: Session) -> list[date]:
    summed = []
    while (day := ledger_days.sum_up(session)) is not None:
        summed.append(day)
    return summed


def some_time(chance: random.Random) -> dict[str, Any]:
    """Choose a time: open at either end, or from and to some moment or midnight."""

    def some_end() -> datetime | None:
        ago = timedelta(days=chance.uniform(-1, DAYS + 1))
        moment = datetime.now(UTC) - ago
        midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
        return chance.choice([None, moment, midnight])

    return {"since": some_end(), "until": some_end(), "currency": chance.choice([None, "EUR"])}


def test_statements_say_the_same_whether_days_are_summed_up_or_not(world: World) -> None:
    plant(world, times=200)
    world.answer("ann", world.task(), "yes")
    times = [some_time(random.Random(number)) for number in range(40)]
    sides = [world.marketplace, world.requester]
    before = [read(world, who, **asked) for who in sides for asked in times]

    assert len(sum_all(world.session)) in (DAYS - 1, DAYS)

    assert [read(world, who, **asked) for who in sides for asked in times] == before
    assert len({line.owed for found in before for line in found.items}) > 20


def test_today_is_not_summed_up_and_no_day_twice(world: World) -> None:
    plant(world, times=50)

    first, again = sum_all(world.session), sum_all(world.session)

    assert first[-1] == datetime.now(UTC).date() - timedelta(days=1)
    assert again == []
    assert world.session.scalars(select(SummedDay.day).order_by(SummedDay.day)).all() == first


def test_a_ledger_that_is_empty_has_no_days(world: World) -> None:
    assert sum_all(world.session) == []
    assert read(world, world.marketplace).items == []


def test_the_days_of_a_project_go_with_it(world: World) -> None:
    plant(world, times=20)
    sum_all(world.session)

    world.session.execute(text("DELETE FROM projects WHERE id = :p"), {"p": world.project_id})

    assert world.session.scalar(select(func.count()).select_from(LedgerDay)) == 0
    assert world.session.get(Project, world.project_id, populate_existing=True) is None


def test_a_moment_is_not_over_while_a_transaction_from_before_it_is_open(committed: Engine) -> None:
    with committed.connect() as another:
        another.execute(text("SELECT 1"))
        with transaction() as session:
            moment = session.scalars(select(func.now())).one()
            assert not ledger_days.is_over(session, moment)
    with transaction() as session:
        assert ledger_days.is_over(session, moment)


def test_the_job_sums_up_what_is_over_and_may_run_twice(world: World) -> None:
    plant(world, times=20)
    outbox.publish(world.session, "ledger.fell_due")
    query = select(OutboxEvent.id).filter_by(topic="ledger.fell_due")
    events = list(world.session.scalars(query))

    sum_days(events)
    sum_days(events)

    assert world.session.scalar(select(func.count()).select_from(SummedDay)) in (DAYS - 1, DAYS)
    assert world.session.scalars(query).all() == []


PLANT = """
INSERT INTO transfers (id, project_id, annotator_id, kind, from_account, to_account, amount,
                       currency, assignment_id, reverses_id, bonus_id, created_at)
VALUES (:id, :project, :annotator, :kind, :from, :to, :amount, :currency,
        CASE WHEN CAST(:kind AS text) <> 'bonus' THEN CAST(:other AS uuid) END,
        CASE WHEN CAST(:kind AS text) = 'reverse' THEN CAST(:other AS uuid) END,
        CASE WHEN CAST(:kind AS text) = 'bonus' THEN CAST(:other AS uuid) END, :at)
"""
