"""A connection that goes away in the middle is an outage that is said so, and passes."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import DataError, OperationalError

from crowd.db import rows, transaction

CUT = "SELECT pg_terminate_backend(%(pid)s, 5000) AS done"


def test_a_lost_connection_is_an_operational_error_and_the_next_is_a_new_one(
    engine: Engine,
) -> None:
    def work() -> int:
        with transaction() as session:
            pid: int = rows(session, "SELECT pg_backend_pid() AS pid")[0].pid
            if not cut:
                cut.append(pid)
                with engine.begin() as other:
                    other.exec_driver_sql(CUT, {"pid": pid})
            return int(rows(session, "SELECT pg_backend_pid() AS pid")[0].pid)

    cut: list[int] = []
    with pytest.raises(OperationalError) as lost:
        work()

    assert lost.value.connection_invalidated
    assert work() not in cut


def test_a_value_that_cannot_be_stored_is_a_data_error(engine: Engine) -> None:
    with pytest.raises(DataError), transaction() as session:
        rows(session, "SELECT %(number)s::int2 AS number", number=70_000)
