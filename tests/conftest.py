"""Real servers for every test; most tests run inside a transaction that is rolled back."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

# the matrices here are small: threads that spin beside each other cost more than all the sums
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import redis
from flask import Flask
from sqlalchemy import Connection, Engine, text
from sqlalchemy.orm import Session

import migrations
from config import Settings, load_settings
from crowd import db
from crowd.app import create_app
from crowd.db import Model, sessions
from crowd.servers import Servers
from tests.factories import World


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return replace(
        load_settings(),
        data_dir=tmp_path_factory.mktemp("servers"),
        log_level="error",
        keys_kept_s=0.0,
    )


@pytest.fixture(scope="session")
def servers(settings: Settings) -> Iterator[Servers]:
    with Servers(settings, durable=False) as running:
        yield running


@pytest.fixture(scope="session")
def engine(servers: Servers) -> Iterator[Engine]:
    engine = db.connect(servers.database_url, pool_size=40)
    migrations.upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """Everything a test does goes through this connection and is undone at its end."""
    if not _is_noisy(engine):
        _make_noise(engine)
    with engine.connect() as connection, connection.begin() as whole:
        sessions.configure(bind=connection, join_transaction_mode="create_savepoint")
        yield connection
        whole.rollback()
    sessions.configure(bind=engine, join_transaction_mode="conditional_savepoint")


@pytest.fixture
def session(connection: Connection) -> Iterator[Session]:
    # not `transaction()`: what is called below opens and rolls back its own, as it would for real
    with sessions.begin() as session:
        yield session


@pytest.fixture
def world(session: Session) -> World:
    """A requester, a marketplace and a running project, beside others that must not matter."""
    return World(session)


@pytest.fixture
def committed(engine: Engine) -> Iterator[Engine]:
    """For tests that need real commits: the tables are empty before, and emptied afterwards."""
    sessions.configure(bind=engine)
    if _is_noisy(engine):
        _empty(engine)
    yield engine
    _empty(engine)


def _is_noisy(engine: Engine) -> bool:
    with engine.connect() as connection:
        return bool(connection.scalar(text("SELECT EXISTS (SELECT FROM tenants)")))


def _make_noise(engine: Engine) -> None:
    """Commit a project that must not matter; all that is rolled back finds it and leaves it."""
    with Session(engine) as session, session.begin():
        other = World(session)
        other.tasks(2)
        other.answer("noise", other.task("another"), "yes")
        # long worked off: what waits for ever would be no noise but a fault
        session.execute(text("DELETE FROM outbox"))


def _empty(engine: Engine) -> None:
    tables = ", ".join(table.name for table in Model.metadata.sorted_tables)
    with engine.begin() as connection:
        connection.execute(text(f"TRUNCATE {tables} CASCADE"))


@pytest.fixture
def queue_server(servers: Servers) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(servers.redis_url) as server:
        server.flushdb()
        yield server
        server.flushdb()


@pytest.fixture(scope="session")
def app(settings: Settings, engine: Engine) -> Flask:
    app = create_app(settings)
    sessions.kw["bind"].dispose()
    sessions.configure(bind=engine)
    return app


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"
