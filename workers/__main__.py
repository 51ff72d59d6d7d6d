"""`python -m workers relay`, `scheduler` or `worker [queue …]`: one background process each."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable

import redis
import structlog
from rq import SimpleWorker
from rq.serializers import JSONSerializer
from sqlalchemy.exc import OperationalError

from config import Settings, load_settings
from crowd import db, logs
from crowd.db import transaction
from crowd.servers import addresses
from crowd.services import schedules
from workers.queues import QUEUES, SCHEDULE, STRANGERS, queue
from workers.relay import relay_once

log = structlog.get_logger("crowd.workers")
#: Pause after a server did not answer.
TROUBLE_PAUSE_S = 1.0


def main() -> None:
    """Run the process named on the command line until SIGTERM or Ctrl-C."""
    settings = load_settings()
    logs.configure(settings.log_level)
    database_url, redis_url = addresses(settings)
    db.connect(database_url, pool_size=2)
    connection = redis.Redis.from_url(redis_url)
    roles = {"relay": run_relay, "scheduler": run_scheduler, "worker": run_worker}
    roles[sys.argv[1]](settings, connection)


def run_relay(settings: Settings, connection: redis.Redis) -> None:
    """Carry events to the queues as they come."""

    def turn() -> float:
        sent = relay_once(connection, redeliver_after_s=settings.redeliver_after_s)
        return 0.0 if sent else settings.relay_pause_s

    _repeat(turn)


def run_scheduler(settings: Settings, connection: redis.Redis) -> None:
    """Start repeated work when it falls due; any number of schedulers may run."""
    with transaction() as session:
        schedules.declare(session, SCHEDULE)

    def turn() -> float:
        with transaction() as session:
            schedules.start_due(session)
        return settings.schedule_pause_s

    _repeat(turn)


def run_worker(settings: Settings, connection: redis.Redis) -> None:
    """Run the jobs of some queues, or of all, the most urgent first."""
    names = sys.argv[2:] or QUEUES
    if set(names) - {STRANGERS}:
        # the slow import, before the first job waits for it
        import workers.jobs.consensus  # noqa: F401

    SimpleWorker(
        [queue(connection, name) for name in names],
        connection=connection,
        serializer=JSONSerializer,
    ).work(logging_level="WARNING")


def _repeat(turn: Callable[[], float]) -> None:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    while not stop.is_set():
        try:
            pause = turn()
        except (OperationalError, redis.RedisError) as error:
            log.error("a server does not answer", error=str(error).partition("\n")[0])
            pause = TROUBLE_PAUSE_S
        stop.wait(pause)


if __name__ == "__main__":
    main()
