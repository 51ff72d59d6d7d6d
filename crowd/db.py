"""The base of every table, the session, and `transaction()`: the only place that commits."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any

import psycopg
from psycopg.rows import namedtuple_row
from sqlalchemy import (
    ColumnElement,
    Connection,
    DateTime,
    Engine,
    Interval,
    MetaData,
    Numeric,
    SQLColumnExpression,
    Text,
    create_engine,
    event,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection
from uuid_utils.compat import uuid7

__all__ = [
    "BY_INDEX",
    "CreatedAt",
    "Id",
    "Model",
    "Money",
    "checked",
    "connect",
    "each",
    "new_id",
    "rows",
    "seconds",
    "sessions",
    "transaction",
]
EVERYWHERE = {
    "timezone": "UTC",
    # a client that hangs inside a transaction must not hold rows for ever
    "idle_in_transaction_session_timeout": "60000",
    "jit": "off",
}
#: For the requests of the web: each touches a few rows, always by an index. Planned once and so
#: for ever, even while the tables are small, where a scan would do as well and be wrong later.
BY_INDEX = {
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
}
#: A connection that has rested for longer is tried before it is used, in seconds.
RESTED = 2.0


def new_id() -> uuid.UUID:
    """Make an identifier that sorts by the time it was made (UUIDv7, RFC 9562)."""
    return uuid7()


Id = Annotated[uuid.UUID, mapped_column(primary_key=True, default=new_id)]
#: Set by the database's clock: the only clock that all processes share.
CreatedAt = Annotated[datetime, mapped_column(server_default=func.now())]
#: Exact to a millionth of a currency's unit.
Money = Annotated[Decimal, mapped_column(Numeric(20, 6))]


class Model(DeclarativeBase):
    """A table. Constraint names follow one pattern, so that errors and migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    # what the database fills in comes back with the INSERT: rows outlive their session
    __mapper_args__ = {"eager_defaults": True}  # noqa: RUF012 - SQLAlchemy's own declaration
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own declaration
        str: Text(),
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB(),
        dict[str, float]: JSONB(),
    }


#: Makes sessions once `connect` has given it an engine.
sessions: sessionmaker[Session] = sessionmaker(expire_on_commit=False)

_open_session: ContextVar[Session | None] = ContextVar("open_session", default=None)


def connect(
    url: str, *, pool_size: int = 5, options: Mapping[str, str] | None = None, echo: bool = False
) -> Engine:
    """Point every later session at a database; opens no connection yet.

    `options` are the server's own settings for these connections.
    """
    words = " ".join(
        f"-c {name}={value}" for name, value in {**EVERYWHERE, **(options or {})}.items()
    )
    engine = create_engine(
        url, pool_size=pool_size, max_overflow=2, echo=echo, connect_args={"options": words}
    )
    event.listen(engine, "checkin", _came_back)
    event.listen(engine, "checkout", _goes_out)
    sessions.configure(bind=engine)
    return engine


def _came_back(_: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
    record.info["rests_since"] = time.monotonic()


def _goes_out(
    connection: DBAPIConnection, record: ConnectionPoolEntry, _: PoolProxiedConnection
) -> None:
    # a server may have gone while nobody asked; asking before every transaction costs a round trip
    if time.monotonic() - record.info.get("rests_since", time.monotonic()) > RESTED:
        try:
            connection.cursor().execute("SELECT")
            connection.rollback()
        except connection.dbapi.Error as error:
            raise DisconnectionError from error


@contextmanager
def transaction() -> Iterator[Session]:
    """Open a session whose work is committed at the end, or undone when an error leaves the block.

    A transaction inside a transaction is the same one: only the outermost block commits.
    """
    if (session := _open_session.get()) is not None:
        yield session
        return
    with sessions.begin() as session:
        token = _open_session.set(session)
        try:
            yield session
        finally:
            _open_session.reset(token)


def rows(session: Session, statement: str, **parameters: Any) -> Sequence[Any]:
    """Run a statement written as SQL, `%(name)s` for a parameter; gives its rows, if it has any.

    For what runs with every request: it goes straight to the driver, which prepares it. Each
    column needs a name of its own. Raises DBAPIError.
    """
    connection = session.connection()
    driver: Any = connection.connection.driver_connection
    try:
        cursor = driver.cursor(row_factory=namedtuple_row).execute(statement, parameters)
        return cursor.fetchall() if cursor.description is not None else ()
    except psycopg.Error as error:
        raise _told(connection, driver, statement, parameters, error) from error


def _told(
    connection: Connection, driver: Any, statement: str, parameters: Any, error: psycopg.Error
) -> BaseException:
    """Make of a driver's error what SQLAlchemy makes of it, and of a lost connection a lost one."""
    lost = connection.dialect.is_disconnect(error, driver, None)  # type: ignore[arg-type]
    if lost:
        connection.invalidate(error)
    return DBAPIError.instance(
        statement,
        parameters,
        error,
        psycopg.Error,
        connection_invalidated=lost,
        dialect=connection.dialect,
    )


def each(column: str, other: str) -> str:
    """Write a join's condition so that one row is looked up by its index for each of the others.

    With a plain `=` a planner that takes a table for empty may walk the whole index instead, in
    order to merge; and the plan stays when the table grows.
    """
    return f"{column} = ANY (ARRAY[{other}])"


def checked(condition: str) -> str:
    """Write a condition for rows that others have found: no index is ever chosen because of it."""
    return f"({condition}) IS TRUE"


def seconds(amount: float | SQLColumnExpression[float]) -> ColumnElement[timedelta]:
    """Make an interval of so many seconds, for sums with the database's clock."""
    return func.make_interval(0, 0, 0, 0, 0, 0, amount, type_=Interval())
