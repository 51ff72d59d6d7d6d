"""The schema goes up, down and up again."""

from __future__ import annotations

import pytest
from alembic import command
from sqlalchemy import Engine, create_engine

import migrations


@pytest.mark.parametrize("step", ["0010", "0022"])
def test_payments_and_rulings_can_be_taken_back_and_come_again(engine: Engine, step: str) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as server:
        server.exec_driver_sql("CREATE DATABASE up_and_down")
        fresh = create_engine(engine.url.set(database="up_and_down"))
        steps = migrations._config(fresh)

        command.upgrade(steps, step)
        command.downgrade(steps, "-1")
        command.upgrade(steps, "head")

        migrations.check(fresh)
        fresh.dispose()
        server.exec_driver_sql("DROP DATABASE up_and_down")
