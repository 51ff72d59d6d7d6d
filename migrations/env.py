"""Run by Alembic: one transaction, one process at a time."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Engine, create_engine, text

import crowd.models
from config import load_settings
from crowd.db import Model

#: Any number will do; every migrating process must ask for the same one.
MIGRATION_LOCK = 7_209_431_771


def _engine() -> Engine:
    if (engine := context.config.attributes.get("engine")) is not None:
        return engine  # type: ignore[no-any-return]
    url = load_settings().database_url
    if url is None:
        raise SystemExit("Set CROWD_DATABASE_URL to the database that Alembic shall work on.")
    return create_engine(url)


def run() -> None:
    with _engine().begin() as connection:
        connection.execute(text(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"))
        # waiting for a busy table for longer would queue every request behind the migration
        connection.execute(text("SET LOCAL lock_timeout = '10s'"))
        context.configure(connection=connection, target_metadata=Model.metadata)
        context.run_migrations()


assert crowd.models, "imported so that the metadata knows every table"
run()
