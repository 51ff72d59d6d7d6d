"""How old a result is: from the 201 of an answer to a stored decision that has seen it.

Starts the whole service as `crowd up` does, in a temporary folder, and lets annotators hand in
answers at a fixed rate, whether it keeps up or not. Prints one JSON object: the lag in seconds, the
rate that was reached, fits of the model, and the processor time that each process took an answer.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import statistics
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from multiprocessing.queues import Queue
from queue import Empty
from typing import Any

import psycopg
from sqlalchemy import func, select

from benchmarks.answering import Crowd, answer_all
from benchmarks.stack import Stack, cpu_seconds, running
from crowd.db import transaction
from crowd.models import ConsensusRun
from crowd.services import annotators, projects, tasks, tenants

POLL_S = 0.02
#: Answers whose result is looked for at a time, the oldest first.
LOOKED_FOR = 2000
#: How long after the last answer a result may still come, in seconds.
PATIENCE_S = 120.0
LABELS = ["bird", "cat", "dog", "fish"]
#: Every so manieth task is gold.
GOLD_EVERY = 10
#: Answers that a task takes on average, to have enough of them.
ANSWERS_A_TASK = 3
#: A word of each program's command line.
PROGRAMS = {
    "web": "granian",
    "relay": "workers relay",
    "scheduler": "workers scheduler",
    "quick_worker": "workers worker quick",
    "slow_worker": "workers worker slow",
    "webhooks": "workers worker webhooks",
    "postgres": "postgres",
    "redis": "redis-server",
}
SEEN = """
SELECT a.assignment_id::text FROM answers a JOIN tasks t ON t.id = a.task_id
WHERE a.assignment_id = ANY(%s::uuid[]) AND t.seen >= a.number
"""


@dataclass(frozen=True, slots=True)
class Lag:
    """What became of the answers."""

    seconds: list[float]
    never_seen: int
    #: From the first 201 to the last.
    span_s: float


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.freshness", description=__doc__)
    parser.add_argument("--rate", type=float, default=200, help="answers a second")
    parser.add_argument("--seconds", type=float, default=30, help="how long")
    parser.add_argument("--annotators", type=int, default=60)
    parser.add_argument("--method", default="auto", help="the method that decides")
    parser.add_argument("--idle", type=float, default=0, help="seconds of nothing, measured first")
    options = parser.parse_args()
    with running() as stack:
        crowd = prepare(options, stack)
        found: dict[str, Any] = {"rate": options.rate}
        if options.idle:
            before = processor_seconds()
            time.sleep(options.idle)
            found["idle_cpu_percent"] = _spent_since(before, options.idle / 100)
        before = processor_seconds()
        lag = measure(crowd, stack)
        found |= summary(lag, crowd.project_id)
        found["cpu_ms_per_answer"] = _spent_since(before, len(lag.seconds) / 1000)
    print(json.dumps(found))


def prepare(options: argparse.Namespace, stack: Stack) -> Crowd:
    """Make a running project with enough tasks, some of them gold, and its annotators."""
    count = int(options.rate * options.seconds / ANSWERS_A_TASK) + 500
    names = [f"annotator {number}" for number in range(options.annotators)]
    with transaction() as session:
        requester = tenants.create(session, name="Requester", kind="requester")
        marketplace = tenants.create(session, name="Marketplace", kind="marketplace")
        owner = tenants.authenticate(
            session, tenants.create_key(session, requester, name="bench")[1]
        )
        _, token = tenants.create_key(session, marketplace, name="bench")
        agent = tenants.authenticate(session, token)
        project_id = projects.create(
            session, owner, name="Freshness", labels=LABELS, method=options.method
        ).project.id
        projects.open_to(session, owner, project_id, marketplace.id)
        for number in range(count):
            name = f"task {number}"
            known = None if number % GOLD_EVERY else Crowd.truth(name, LABELS)
            tasks.create(
                session, owner, project_id, external_id=name, payload={"item": name}, gold=known
            )
        tag = projects.find(session, owner, project_id).version_tag
        projects.change(session, owner, project_id, expected=tag, state="running")
        for name in names:
            annotators.register(session, agent, external_id=name)
    return Crowd(
        stack.address, token, str(project_id), names, LABELS, options.rate, options.seconds
    )


def measure(crowd: Crowd, stack: Stack) -> Lag:
    """Let another process answer, and watch for the results."""
    spawn = multiprocessing.get_context("spawn")
    accepted: Queue[tuple[str, float] | None] = spawn.Queue()
    process = spawn.Process(target=answer_all, args=(crowd, accepted))
    process.start()
    try:
        return _watch(accepted, stack.database_url)
    finally:
        process.join(5)
        process.kill()


def _watch(accepted: Queue[tuple[str, float] | None], database_url: str) -> Lag:
    waiting: dict[str, float] = {}
    lags: list[float] = []
    times: list[float] = []
    deadline = float("inf")
    with psycopg.connect(database_url, autocommit=True) as connection:
        while (waiting or deadline == float("inf")) and time.time() < deadline:
            for arrived in _arrived(accepted):
                if arrived is None:
                    deadline = time.time() + PATIENCE_S
                else:
                    waiting[arrived[0]] = arrived[1]
                    times.append(arrived[1])
            oldest = list(waiting)[:LOOKED_FOR]
            seen = connection.execute(SEEN, (oldest,)).fetchall() if oldest else []
            now = time.time()
            lags += [max(0.0, now - waiting.pop(assignment)) for (assignment,) in seen]
            time.sleep(POLL_S)
    return Lag(lags, len(waiting), max(times, default=0) - min(times, default=0))


def _arrived(accepted: Queue[tuple[str, float] | None]) -> Iterator[tuple[str, float] | None]:
    try:
        while True:
            yield accepted.get_nowait()
    except Empty:
        return


def summary(lag: Lag, project_id: str) -> dict[str, Any]:
    """Put what was found into numbers."""
    if len(lag.seconds) < 2:
        raise SystemExit("no answer has led to a result")
    percentiles = statistics.quantiles(lag.seconds, n=100)
    with transaction() as session:
        runs = select(func.count()).select_from(ConsensusRun)
        refits = session.scalars(runs.filter_by(project_id=uuid.UUID(project_id))).one() - 1
    return {
        "result_lag_p50_s": round(percentiles[49], 3),
        "result_lag_p95_s": round(percentiles[94], 3),
        "result_lag_max_s": round(max(lag.seconds), 3),
        "answers": len(lag.seconds) + lag.never_seen,
        "never_seen": lag.never_seen,
        "achieved_rate": round((len(lag.seconds) + lag.never_seen) / max(lag.span_s, 0.1), 1),
        "refits": refits,
    }


def processor_seconds() -> dict[str, float]:
    """Add up the processor time of each program of the service."""
    return {name: cpu_seconds(word) for name, word in PROGRAMS.items()}


def _spent_since(before: Mapping[str, float], share: float) -> dict[str, float]:
    after = processor_seconds()
    return {name: round((after[name] - before[name]) / share, 3) for name in before}


if __name__ == "__main__":
    main()
