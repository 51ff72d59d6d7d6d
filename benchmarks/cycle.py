"""How fast work goes out and comes in: lease the next task, submit its answer, again.

Starts the whole service in a temporary folder, with durable commits, and drives it over HTTP from
another process. Then plain psycopg does the same statements on the same database, one process a
client, as the bound. Prints one JSON object.

`cycles_per_s` counts answers, `next_*` and `submit_*` are milliseconds of a request (of `batch`
answers; with `--combined` one request submits and leases, and counts as `submit`). CPU is that of
the web server and of PostgreSQL, everything else that uses the database included.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing as mp
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg

from benchmarks import bare, planted
from benchmarks.http import Connection
from benchmarks.stack import Stack, cpu_seconds, running

LABELS = ("yes", "no")
WARM_UP_S = 2.0
#: Words in the commands of the programs whose CPU is told; the first two are counted.
PROGRAMS = ("granian", "postgres", "-m workers", "redis-server")


@dataclass
class Took:
    """What the clients saw: seconds of each request, answers taken, requests refused."""

    next: list[float] = field(default_factory=list)
    submit: list[float] = field(default_factory=list)
    answers: int = 0
    errors: int = 0


@dataclass(frozen=True)
class Load:
    """What each client does."""

    address: tuple[str, int]
    key: str
    project: str
    annotators: Sequence[str]
    batch: int
    combined: bool


def main() -> None:
    """Read the command line, start the service, drive it, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cycle", description=__doc__)
    parser.add_argument("--tasks", type=int, default=10_000)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--history", type=int, default=0, help="answers of each annotator before")
    parser.add_argument("--combined", action="store_true", help="submit and lease in one request")
    options = parser.parse_args()
    with running() as stack:
        print(json.dumps(measure(stack, options)), flush=True)


def measure(stack: Stack, options: argparse.Namespace) -> dict[str, Any]:
    """Drive a running service; gives the printed object."""
    project = planted.project(
        stack, tasks=options.tasks, annotators=options.clients, history=options.history
    )
    load = Load(
        stack.address,
        project.marketplace_key,
        str(project.id),
        project.annotators,
        options.batch,
        options.combined,
    )
    took, seconds, cpu = driven(load, options.seconds)
    cycles = took.answers / seconds
    bound = bare.cycles_per_s(
        stack.database_url, project, min(options.seconds, 10), batch=options.batch
    )
    return {
        "tasks": options.tasks,
        "clients": options.clients,
        "batch": options.batch,
        "history": options.history,
        "cycles_per_s": round(cycles, 1),
        "next_p50_ms": _ms(took.next, 0.5),
        "next_p99_ms": _ms(took.next, 0.99),
        "submit_p50_ms": _ms(took.submit, 0.5),
        "submit_p99_ms": _ms(took.submit, 0.99),
        "cpu_ms_per_cycle": round(1000 * cpu / max(1, took.answers), 2),
        "bare_pg_cycles_per_s": round(bound, 1),
        "ratio_to_bare_pg": round(cycles / bound, 3) if bound else None,
        "over_assigned": _over_assigned(stack.database_url),
        "errors": took.errors,
    }


def driven(load: Load, seconds: float) -> tuple[Took, float, float]:
    """Run the clients in another process; gives what they saw, for how long, and the CPU used."""
    context = mp.get_context("spawn")
    ours, theirs = context.Pipe()
    clients = context.Process(target=_clients, args=(load, seconds, theirs))
    clients.start()
    ours.recv()
    before = [cpu_seconds(name) for name in PROGRAMS]
    took, elapsed = ours.recv()
    used = [cpu_seconds(name) - so_far for name, so_far in zip(PROGRAMS, before, strict=True)]
    clients.join()
    each = (1000 * seconds / max(1, took.answers) for seconds in used)
    told = ", ".join(f"{name} {ms:.2f}" for name, ms in zip(PROGRAMS, each, strict=True))
    print(f"CPU ms a cycle: {told}", file=sys.stderr)
    return took, elapsed, used[0] + used[1]


def _clients(load: Load, seconds: float, pipe: Any) -> None:
    taken = [Took() for _ in load.annotators]
    begin, stop = threading.Event(), threading.Event()
    threads = [
        threading.Thread(target=_client, args=(load, name, took, begin, stop))
        for name, took in zip(load.annotators, taken, strict=True)
    ]
    for thread in threads:
        thread.start()
    time.sleep(WARM_UP_S)
    begin.set()
    pipe.send("begun")
    began = time.perf_counter()
    time.sleep(seconds)
    stop.set()
    elapsed = time.perf_counter() - began
    for thread in threads:
        thread.join()
    whole = Took(
        [x for took in taken for x in took.next],
        [x for took in taken for x in took.submit],
        sum(took.answers for took in taken),
        sum(took.errors for took in taken),
    )
    pipe.send((whole, elapsed))


def _client(
    load: Load, annotator: str, took: Took, begin: threading.Event, stop: threading.Event
) -> None:
    ask = {"project_id": load.project, "annotator": annotator, "count": load.batch}
    warm = Took()
    with Connection(load.address, load.key) as connection:
        turn = _combined if load.combined else _in_turn
        work: list[dict[str, Any]] = []
        while not stop.is_set():
            work = turn(connection, ask, work, took if begin.is_set() else warm)


def _in_turn(connection: Connection, ask: Any, work: Any, took: Took) -> list[dict[str, Any]]:
    status, leased = _timed(took.next, lambda: connection.post("/assignments", ask))
    took.errors += status != 200 or not leased["assignments"]
    if status == 200 and leased["assignments"]:
        _submit(connection, leased["assignments"], None, took)
    return []


def _combined(connection: Connection, ask: Any, work: Any, took: Took) -> Any:
    if not work:
        _, leased = connection.post("/assignments", ask)
        work = leased["assignments"]
    following = _submit(connection, work, ask, took)
    return (following or {}).get("assignments", [])


def _submit(connection: Connection, work: list[Any], ask: Any, took: Took) -> Any:
    if len(work) == 1 and (ask is None or ask["count"] == 1):
        body: dict[str, Any]
        path, body = f"/assignments/{work[0]['id']}/answer", {"label": LABELS[0]}
        follow = None if ask is None else {"count": 1}
    else:
        path, follow = "/answers", ask
        body = {"answers": [{"assignment_id": w["id"], "label": LABELS[0]} for w in work]}
    if follow:
        body["next"] = follow
    status, sent = _timed(took.submit, lambda: connection.post(path, body))
    took.errors += status not in (200, 201)
    took.answers += len(work) if status in (200, 201) else 0
    return sent.get("next")


def _timed(into: list[float], act: Callable[[], Any]) -> Any:
    began = time.perf_counter()
    answer = act()
    into.append(time.perf_counter() - began)
    return answer


def _ms(seconds: list[float], share: float) -> float | None:
    ordered = sorted(seconds)
    return round(1000 * ordered[int(share * (len(ordered) - 1))], 2) if ordered else None


def _over_assigned(database_url: str) -> int:
    with psycopg.connect(database_url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM tasks t WHERE t.leased + t.answered > t.cap "
            "OR (SELECT count(*) FROM answers a WHERE a.task_id = t.id) > t.cap"
        ).fetchone()
    assert row is not None
    return int(row[0])


if __name__ == "__main__":
    main()
