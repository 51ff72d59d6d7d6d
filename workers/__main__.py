"""One background process: `python -m workers relay`, `scheduler`, or `worker` with its queues."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Sequence

import redis
import structlog
from rq import SimpleWorker
from rq.serializers import JSONSerializer
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from config import Settings, load_settings
from crowd import db, logs
from crowd.db import transaction
from crowd.servers import addresses
from crowd.services import outbox, schedules
from workers.failing import remember
from workers.queues import SCHEDULE, SLOW, STRANGERS, named, queue
from workers.relay import BATCH, GATHER_S, MAX_CALM, relay_once

log = structlog.get_logger("crowd.workers")
#: Pause after a server did not answer.
TROUBLE_PAUSE_S = 1.0


def main() -> None:
    """Run the process named on the command line until SIGTERM or Ctrl-C."""
    settings = load_settings()
    logs.configure(settings.log_level)
    database_url, redis_url = addresses(settings)
    engine = db.connect(database_url, pool_size=2)
    connection = redis.Redis.from_url(redis_url)
    match sys.argv[1:]:
        case ["relay"]:
            run_relay(settings, connection, engine)
        case ["scheduler"]:
            run_scheduler(settings)
        case ["worker", *words]:
            try:
                queues = named(words)
            except ValueError as error:
                sys.exit(str(error))
            run_worker(settings, connection, queues)
        case _:
            sys.exit(__doc__)


def run_relay(settings: Settings, connection: redis.Redis, engine: Engine) -> None:
    """Carry events to the queues as they come."""
    # a look costs a third of a transaction, and most looks find nothing
    watch = engine.execution_options(isolation_level="AUTOCOMMIT")
    calm = 1.0

    def turn() -> float:
        nonlocal calm
        with watch.connect() as look:
            due = outbox.any_due(look)
        if due and (sent := relay_once(connection, redeliver_after_s=settings.redeliver_after_s)):
            calm = 1.0
            return GATHER_S if sent < BATCH else 0.0
        calm = min(1.1 * calm, MAX_CALM)
        return calm * settings.relay_pause_s

    _repeat(turn)


def run_scheduler(settings: Settings) -> None:
    """Start repeated work when it falls due; any number of schedulers may run."""
    with transaction() as session:
        schedules.declare(session, SCHEDULE)

    def turn() -> float:
        with transaction() as session:
            schedules.start_due(session)
        return settings.schedule_pause_s

    _repeat(turn)


def run_worker(settings: Settings, connection: redis.Redis, queues: Sequence[str]) -> None:
    """Run the jobs of some queues, the most urgent one first."""
    if set(queues) <= set(SLOW):
        # what takes long gives way to those who wait for an answer
        os.nice(settings.slow_niceness)
    if set(queues) - {STRANGERS}:
        # the slow import, before the first job waits for it
        import workers.jobs.consensus  # noqa: F401

    SimpleWorker(
        [queue(connection, name) for name in queues],
        connection=connection,
        serializer=JSONSerializer,
        exception_handlers=[remember],
    ).work(logging_level="WARNING")


def _repeat(turn: Callable[[], float]) -> None:
    """Take turns, each after the pause that the last one asked for, until told to stop."""
    # waited for, not caught: a handler that meets the wait for an event half-way hangs for ever
    stops = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, stops)
    pause = 0.0
    while signal.sigtimedwait(stops, pause) is None:
        try:
            pause = turn()
        except (OperationalError, redis.RedisError) as error:
            log.error("a server does not answer", error=str(error).partition("\n")[0])
            pause = TROUBLE_PAUSE_S


if __name__ == "__main__":
    main()
