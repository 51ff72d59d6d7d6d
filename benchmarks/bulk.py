"""How fast tasks go in and answers come out in bulk, and how much memory that takes.

Starts the service as `crowd up` does, durable, in a temporary folder; imports tasks over HTTP as
NDJSON, some 230 bytes a line; puts ten answers on each task straight into the tables, as they would
stand there; exports every answer as NDJSON over HTTP. Prints one JSON object: seconds from the
first byte sent to the last received, and in MB (10⁶ bytes) the highest resident memory, in total,
of any one web process meanwhile. Standard error tells the same of the export of results, and for
each the CPU seconds of the client, of web and background processes, and of the servers.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, LiteralString

import httpx
import psutil
import psycopg

from benchmarks.stack import running

ANSWERS_A_TASK = 10
WORDS = (
    *("battery", "screen", "delivery", "refund", "colour", "broken", "perfect", "slow", "quick"),
    *("cheap", "seller", "returned", "again", "never", "recommend", "quality", "sound", "charger"),
)
#: Bytes sent at a time.
PIECE = 1 << 18
SETUP: tuple[LiteralString, ...] = (
    """
    INSERT INTO annotators (id, tenant_id, external_id, kind, state)
    SELECT gen_random_uuid(), tenant_id, 'a' || n, 'human', 'active'
    FROM projects, generate_series(1, 200) n WHERE projects.id = %(project)s""",
    """
    CREATE TEMPORARY TABLE given ON COMMIT DROP AS
    SELECT gen_random_uuid() AS id, task.id AS task_id, annotator.id AS annotator_id, number,
           ('{good,bad,mixed}'::text[])[1 + (random() * 2)::int] AS label,
           now() - random() * interval '9 days' AS submitted_at
    FROM (SELECT id, row_number() OVER () AS place FROM tasks WHERE project_id = %(project)s) task
    CROSS JOIN generate_series(1, 10) number
    JOIN (SELECT id, row_number() OVER () AS place FROM annotators) annotator
      ON annotator.place = 1 + (task.place + number * 17) %% 200
    ORDER BY random()""",
    """
    INSERT INTO assignments (id, project_id, task_id, annotator_id, config_version, state,
                             leased_at, expires_at, closed_at)
    SELECT id, %(project)s, task_id, annotator_id, 1, 'answered', submitted_at - interval '20 s',
           submitted_at + interval '900 s', submitted_at FROM given""",
    """
    INSERT INTO answers (id, assignment_id, project_id, task_id, annotator_id, number,
                         config_version, label, leased_at, submitted_at, time_spent_s)
    SELECT lpad(to_hex(row_number() OVER ()), 32, '0')::uuid, id, %(project)s, task_id,
           annotator_id, number, 1, label,
           submitted_at - interval '20 s', submitted_at, 20.417365 FROM given""",
    """
    UPDATE tasks SET answered = 10, wanted = 10, cap = 10, seen = 10,
           state = 'resolved', result_version = 1
    WHERE project_id = %(project)s""",
    """
    INSERT INTO results (id, project_id, task_id, version, run_number, config_version, state, label,
                         confidence, posterior, answers_seen, reason)
    SELECT gen_random_uuid(), project_id, id, 1, 1, 1, 'resolved', 'good', 0.9712345678,
           '{"good": 0.9712345678, "bad": 0.0187654321, "mixed": 0.0100000001}', 10,
           'target_reached' FROM tasks WHERE project_id = %(project)s""",
)


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bulk", description=__doc__)
    parser.add_argument("--tasks", type=_count, default=100_000, help="tasks to import")
    tasks: int = parser.parse_args().tasks
    with tempfile.TemporaryDirectory() as folder, running() as stack:
        file = Path(folder) / "tasks.ndjson"
        write_tasks(file, tasks)
        with httpx.Client(
            base_url="http://{}:{}/api/v1".format(*stack.address),
            headers={"Authorization": f"Bearer {stack.key('Bulk', 'requester')}"},
            timeout=None,
            trust_env=False,
        ) as http:
            print(json.dumps(measured(http, stack.database_url, file, tasks)))


def write_tasks(file: Path, tasks: int) -> None:
    """Write reviews to be judged, one task a line."""
    chance = random.Random(7)
    with file.open("w") as lines:
        for number in range(tasks):
            payload = {
                "text": " ".join(chance.choices(WORDS, k=16)),
                "product": chance.randrange(100_000),
                "url": f"https://reviews.example.org/{number}",
            }
            lines.write(json.dumps({"external_id": f"review-{number}", "payload": payload}) + "\n")


def measured(http: httpx.Client, database_url: str, file: Path, tasks: int) -> dict[str, float]:
    """Import a file, have everything answered, export the answers and the results."""
    watch = Watch()
    body = {"name": "bulk", "labels": ["good", "bad", "mixed"], "overlap_max": ANSWERS_A_TASK}
    project = http.post("/projects", json=body).raise_for_status().json()["id"]
    address = f"/projects/{project}"
    import_s, import_mb, made = watch("import", lambda: _upload(http, f"{address}/imports", file))
    _require(made == tasks, f"{made} of {tasks} tasks were imported")
    with psycopg.connect(database_url, autocommit=True) as database:
        answer_everything(database, project)
    export_s, export_mb, lines = watch(
        "answers", lambda: _download(http, f"{address}/export?what=answers")
    )
    _require(lines == tasks * ANSWERS_A_TASK, f"{lines} answers were exported")
    *_, lines = watch("results", lambda: _download(http, f"{address}/export"))
    _require(lines == tasks, f"{lines} results were exported")
    found = {"import_s": import_s, "import_peak_mb": import_mb}
    found |= {"export_s": export_s, "export_peak_mb": export_mb}
    return {name: round(value, 3) for name, value in found.items()}


class Watch:
    """Runs something and tells its seconds, the web processes' peak meanwhile, and its outcome."""

    def __init__(self) -> None:
        whole = psutil.Process().children(recursive=True)
        server = next(process for process in whole if "granian" in process.cmdline())
        self._web = [server, *server.children(recursive=True)]

    def __call__(self, name: str, act: Callable[[], int]) -> tuple[float, float, int]:
        """Measure seconds, and the peak of the largest process in MB."""
        for process in self._web:
            # sets the kernel's own high-water mark back to what is resident now
            Path(f"/proc/{process.pid}/clear_refs").write_text("5")
        began, before = time.perf_counter(), _cpu_seconds()
        outcome = act()
        seconds, after = time.perf_counter() - began, _cpu_seconds()
        peak = max(_peak_mb(process.pid) for process in self._web)
        spent: dict[str, float] = {}
        for (pid, program), cpu in after.items():
            spent[program] = spent.get(program, 0) + cpu - before.get((pid, program), 0)
        cpu_s = ", ".join(f"{program} {cpu:.2f}" for program, cpu in spent.items() if cpu > 0.1)
        _tell(f"{name}: {seconds:.2f} s, {peak:.0f} MB; seconds of CPU: {cpu_s}")
        return seconds, peak, outcome


def _cpu_seconds() -> dict[tuple[int, str], float]:
    me = psutil.Process()
    spent = {(me.pid, "client"): sum(me.cpu_times()[:2])}
    for process in me.children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            spent[process.pid, process.name()] = sum(process.cpu_times()[:2])
    return spent


def _peak_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    kib = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    return int(kib) * 1024 / 1e6


def _upload(http: httpx.Client, address: str, file: Path) -> int:
    headers = {
        "Content-Type": "application/x-ndjson",
        "Content-Length": str(file.stat().st_size),
    }
    with file.open("rb") as lines:
        pieces = iter(lambda: lines.read(PIECE), b"")
        response = http.post(address, content=pieces, headers=headers).raise_for_status()
    return int(response.json()["created"])


def _download(http: httpx.Client, address: str) -> int:
    lines = 0
    with http.stream("GET", address) as response:
        for piece in response.raise_for_status().iter_raw():
            lines += piece.count(b"\n")
    return lines


def answer_everything(database: psycopg.Connection[Any], project: str) -> None:
    """Put ten answers on each task, in the order of a crowd that takes tasks at random."""
    # the rows fit together: to have each foreign key checked would only take minutes
    with database.transaction():
        database.execute("SET LOCAL session_replication_role = replica")
        for statement in SETUP:
            database.execute(statement, {"project": project})
    database.execute("VACUUM ANALYZE")


def _count(text: str) -> int:
    if (count := int(text)) < 1:
        raise ValueError
    return count


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise SystemExit(otherwise)


def _tell(said: str) -> None:
    print(said, file=sys.stderr)


if __name__ == "__main__":
    main()
