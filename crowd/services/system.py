"""How the installation is doing: what waits where, who works on it, what repeats.

Queues and workers are read as RQ lays them out in Redis, and not by RQ: a web process must not be
able to enqueue.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

import redis
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from crowd.models import Schedule
from crowd.services import deliveries, health
from crowd.services.deliveries import Figures
from crowd.services.health import Finding

#: Events looked at; where more wait, the numbers are of the oldest of them.
LOOKED_AT = 50_000
#: A worker says so often that it is there.
SEEN_WITHIN_S = 120.0
TIMEOUT_S = 1.0


class Queue(NamedTuple):
    """A queue, and the jobs in it that nobody has begun."""

    name: str
    waiting: int


class Worker(NamedTuple):
    """A process that runs jobs."""

    name: str
    queues: Sequence[str]
    state: str
    host: str
    pid: int
    done: int
    failed: int
    born_at: datetime
    seen_at: datetime

    @property
    def is_lost(self) -> bool:
        """Tell whether it has been silent for longer than one that lives is."""
        return (datetime.now(UTC) - self.seen_at).total_seconds() > SEEN_WITHIN_S


class Backlog(NamedTuple):
    """Events of one topic that no job has confirmed."""

    topic: str
    events: int
    oldest_at: datetime
    #: How often the one that was sent most has been sent.
    sent: int
    next_at: datetime


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything an operator looks at first."""

    findings: Sequence[Finding]
    queues: Sequence[Queue]
    workers: Sequence[Worker]
    backlog: Sequence[Backlog]
    schedule: Sequence[Schedule]
    webhooks: Figures


def overview(session: Session, redis_url: str) -> Overview:
    """Look at everything. The cost grows with what waits, up to `LOOKED_AT` events."""
    queues, workers = _in_redis(redis_url)
    waiting = session.execute(text(_BACKLOG), {"limit": LOOKED_AT})
    return Overview(
        findings=[*health.findings(redis_url), health.webhook_finding(), health.clock_finding()],
        queues=queues,
        workers=workers,
        backlog=[Backlog._make(row) for row in waiting],
        schedule=session.scalars(select(Schedule).order_by(Schedule.topic)).all(),
        webhooks=deliveries.figures(session),
    )


def _in_redis(url: str) -> tuple[Sequence[Queue], Sequence[Worker]]:
    """Read queues and workers; none where Redis does not answer, which the findings then say."""
    timeouts = {"socket_timeout": TIMEOUT_S, "socket_connect_timeout": TIMEOUT_S}
    try:
        with redis.Redis.from_url(url, decode_responses=True, **timeouts) as server:
            names = sorted(server.smembers("rq:queues"))
            workers = sorted(server.smembers("rq:workers"))
            pipe = server.pipeline(transaction=False)
            for name in names:
                pipe.llen(name)
            for name in workers:
                pipe.hgetall(name)
            answers = pipe.execute()
    except redis.RedisError:
        return (), ()
    waiting, told = answers[: len(names)], answers[len(names) :]
    queues = [
        Queue(name.removeprefix("rq:queue:"), count)
        for name, count in zip(names, waiting, strict=True)
    ]
    return queues, [
        _worker(name, fields) for name, fields in zip(workers, told, strict=True) if fields
    ]


def _worker(name: str, fields: dict[str, str]) -> Worker:
    return Worker(
        name=name.removeprefix("rq:worker:")[:8],
        queues=fields.get("queues", "").split(","),
        state=fields.get("state", "unknown"),
        host=fields.get("hostname", ""),
        pid=int(fields.get("pid", 0)),
        done=int(fields.get("successful_job_count", 0)),
        failed=int(fields.get("failed_job_count", 0)),
        born_at=datetime.fromisoformat(fields["birth"]),
        seen_at=datetime.fromisoformat(fields.get("last_heartbeat") or fields["birth"]),
    )


_BACKLOG = """
SELECT topic, count(*), min(created_at), max(deliveries), min(due_at)
FROM (SELECT * FROM outbox ORDER BY due_at LIMIT :limit) oldest
GROUP BY topic ORDER BY min(created_at)
"""
