"""What a price costs: not one further statement; and nothing at all where there is none."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from sqlalchemy.orm import Session

from crowd.services import assignments
from tests.factories import World
from tests.services.test_ledger import PRICE, submit


def statements_of(world: World, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a lease, an answer, a lease and its return say to the database."""
    world.tasks(4)
    world.lease("another")
    said: list[str] = []
    execute = psycopg.Cursor.execute

    def listening(cursor: Any, statement: Any, *args: Any, **kwargs: Any) -> Any:
        said.append(str(statement))
        return execute(cursor, statement, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(psycopg.Cursor, "execute", listening)
        one, two = world.lease("another").leases[0], world.lease("another").leases[0]
        submit(world, one.taken.assignment_id)
        assignments.give_back(world.session, world.marketplace, two.taken.assignment_id)
    return said


def test_a_price_costs_no_further_statement_and_none_reads_no_ledger(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    unpaid = statements_of(World(session), monkeypatch)
    paid = statements_of(World(session, price=PRICE, currency="EUR"), monkeypatch)

    assert len(paid) == len(unpaid) > 0
    assert not any("transfers" in said or "awaited" in said for said in unpaid)
    assert any("transfers" in said for said in paid)
