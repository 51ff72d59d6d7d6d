"""What the platform needs in order to work, looked at one by one."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import redis
from prometheus_client import Gauge
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

import migrations
from crowd.db import transaction
from crowd.services import deliveries, outbox

OUTBOX_LAG = Gauge("crowd_outbox_lag_seconds", "Age of the oldest event not yet acted upon")
PENDING = Gauge("crowd_webhook_deliveries_pending", "Deliveries to be made, or made again")
DEAD = Gauge("crowd_webhook_deliveries_dead", "Deliveries given up; each can be replayed")
DISABLED = Gauge("crowd_webhook_endpoints_disabled", "Webhook endpoints that are sent nothing")
WEBHOOK_LAG = Gauge("crowd_webhook_lag_seconds", "How long the next delivery has been due")
#: An event older than this means that the relay or the workers stand still.
MAX_LAG_S = 60.0
MAX_CLOCK_SKEW_S = 2.0
MIN_FREE_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `detail` says what to do when it is not well."""

    name: str
    ok: bool
    detail: str


def findings(redis_url: str) -> list[Finding]:
    """Look at everything a running service needs."""
    return [
        _look("database", _database, "Start PostgreSQL, or set CROWD_DATABASE_URL."),
        _look("migrations", _migrations, "Run 'crowd db upgrade'."),
        _look("redis", lambda: _redis(redis_url), "Start Redis, or set CROWD_REDIS_URL."),
        _look("relay", _relay, "See that 'crowd relay' and 'crowd work' run."),
    ]


def clock_finding() -> Finding:
    """Compare this machine's clock with the database's, by which leases end."""
    return _look("clock", _clock, "Synchronise the clocks (NTP).")


def disk_finding(folder: Path) -> Finding:
    """See that the data folder's disk has room."""
    return _look("disk", lambda: _disk(folder), "Make room, or set CROWD_DATA_DIR elsewhere.")


def webhook_finding() -> Finding:
    """See that webhooks are sent. No request needs them: they do not count for readiness."""
    return _look("webhooks", _webhooks, "See that 'crowd work webhooks' runs.")


def measure(session: Session) -> None:
    """Bring the gauges up to date."""
    OUTBOX_LAG.set(outbox.lag_seconds(session))
    figures = deliveries.figures(session)
    PENDING.set(figures.pending)
    DEAD.set(figures.dead)
    DISABLED.set(figures.disabled_endpoints)
    WEBHOOK_LAG.set(figures.lag_s)


def _look(name: str, check: Callable[[], tuple[bool, str]], remedy: str) -> Finding:
    try:
        ok, detail = check()
    except (SQLAlchemyError, redis.RedisError, OSError) as error:
        first_line = str(error).strip().partition("\n")[0]
        return Finding(name, False, f"{first_line}. {remedy}")
    return Finding(name, ok, detail if ok else f"{detail}. {remedy}")


def _database() -> tuple[bool, str]:
    with transaction() as session:
        return True, f"PostgreSQL {session.scalar(select(func.current_setting('server_version')))}"


def _migrations() -> tuple[bool, str]:
    with transaction() as session:
        current = migrations.is_current(session.connection())
    return current, "up to date" if current else "The schema is not the newest"


def _redis(url: str) -> tuple[bool, str]:
    with redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2) as server:
        return True, f"Redis {server.info('server')['redis_version']}"


def _relay() -> tuple[bool, str]:
    with transaction() as session:
        lag = outbox.lag_seconds(session)
    return lag < MAX_LAG_S, f"oldest event waiting {lag:.1f} s"


def _webhooks() -> tuple[bool, str]:
    with transaction() as session:
        figures = deliveries.figures(session)
    said = (
        f"{figures.pending} pending, {figures.dead} dead, "
        f"{figures.disabled_endpoints} endpoints disabled, {figures.lag_s:.1f} s behind"
    )
    return figures.lag_s < MAX_LAG_S, said


def _clock() -> tuple[bool, str]:
    before = datetime.now(UTC)
    with transaction() as session:
        theirs: datetime = session.scalars(select(func.clock_timestamp())).one()
    ours = before + (datetime.now(UTC) - before) / 2
    skew = abs((theirs - ours).total_seconds())
    return skew < MAX_CLOCK_SKEW_S, f"{skew:.2f} s from the database's"


def _disk(folder: Path) -> tuple[bool, str]:
    existing = next(p for p in (folder, *folder.parents) if p.exists())
    free = shutil.disk_usage(existing).free
    return free > MIN_FREE_BYTES, f"{free / 2**30:.1f} GiB free in {existing}"
