"""What the console's pages take in a project of any size.

Plants tasks, annotators with answers, gold, and disputes; lets the workers fit, survey and count;
then asks for every page as a browser does, over HTTP. Prints a line of JSON for each page: the median
and the 95th percentile in milliseconds, and the statements that the page sends to the database.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import psycopg
from sqlalchemy import event, text

from benchmarks import planted
from benchmarks.planted import Planted
from benchmarks.stack import Stack, running
from crowd import db
from crowd.app import create_app
from crowd.db import transaction
from crowd.services import sign_ins, surveys, tenants, users
from crowd.web.pages import COOKIE

#: Answers that each annotator has given.
HISTORY = 20
#: Share of the tasks that is gold.
GOLD = 0.002
#: What was planted is fitted, surveyed and counted within so many seconds.
SETTLED_SECONDS = 900.0


@dataclass(frozen=True)
class Page:
    """A page, and what it took."""

    name: str
    milliseconds: list[float]
    queries: int

    def line(self) -> str:
        """Write the result."""
        ninetyfifth = statistics.quantiles(self.milliseconds, n=20, method="inclusive")[18]
        return json.dumps(
            {
                "page": self.name,
                "p50_ms": round(statistics.median(self.milliseconds), 1),
                "p95_ms": round(ninetyfifth, 1),
                "queries": self.queries,
            }
        )


def main() -> None:
    """Read the command line, plant, ask for every page, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.console", description=__doc__)
    parser.add_argument("--tasks", type=int, default=1_000_000)
    parser.add_argument("--annotators", type=int, default=10_000)
    parser.add_argument("--disputes", type=int, default=5_000)
    parser.add_argument("--rounds", type=int, default=20, help="looks at each page")
    options = parser.parse_args()
    with running() as stack:
        made = planted.project(
            stack,
            tasks=options.tasks,
            annotators=options.annotators,
            history=HISTORY,
            gold=GOLD,
        )
        _dispute(made, options.disputes)
        _settle(stack, made)
        cookie = _signed_in(made)
        paths = _paths(made)
        queries = _queries(stack, cookie, paths)
        for page in _measured(stack, cookie, paths, queries, options.rounds):
            print(page.line(), flush=True)


def _dispute(made: Planted, disputes: int) -> None:
    """Have the engine refuse to decide on tasks that have an answer."""
    given = {"project": made.id, "disputes": disputes}
    with transaction() as session:
        found = session.execute(text(_DISPUTE), given).rowcount  # type: ignore[attr-defined]
        if found < disputes:
            raise SystemExit(f"There are only {found} answered tasks to dispute.")


def _settle(stack: Stack, made: Planted) -> None:
    """Wait until a survey, the counts and the forecasts are there, and nothing waits."""
    with transaction() as session:
        requester = tenants.authenticate(session, made.requester_key)
        surveys.request(session, requester, made.id)
    deadline = time.monotonic() + SETTLED_SECONDS
    while time.monotonic() < deadline:
        with transaction() as session:
            if session.scalar(text(_SETTLED), {"project": made.id}):
                break
        time.sleep(2)
    else:
        raise TimeoutError(f"The planted project did not settle within {SETTLED_SECONDS} s.")
    with psycopg.connect(stack.database_url, autocommit=True) as database:
        database.execute("VACUUM ANALYZE")
        database.execute("CHECKPOINT")


def _signed_in(made: Planted) -> str:
    """Sign an administrator in who works for the planted requester; gives the cookie."""
    with transaction() as session:
        requester = tenants.authenticate(session, made.requester_key)
        email = f"{uuid.uuid4()}@example.org"
        user = users.create(session, email=email, name="Benchmark", is_admin=True)
        session.flush()
        tenant = users.tenant_with(session, requester.tenant_id)
        users.grant(session, user, tenant, ["operator"])
        return sign_ins.open_for(session, user, browser="benchmark", address="127.0.0.1")[1]


def _paths(made: Planted) -> Mapping[str, str]:
    """Name every page that grows with a project, or with what an installation holds."""
    with transaction() as session:
        ids = session.execute(text(_IDS), {"project": made.id}).one()
    project = f"/projects/{made.id}"
    paths = {
        "projects": "/",
        "project": project,
        "tasks": f"{project}/tasks",
        "tasks, disputed": f"{project}/tasks?state=disputed",
        "task": f"{project}/tasks/{ids.task_id}",
        "disputes": f"{project}/disputes",
        "disputes, one cause": f"{project}/disputes?cause=low_confidence",
        "evidence": f"{project}/disputes/{ids.dispute_id}",
        "agreement": f"{project}/agreement",
        "agreement, confusion": f"{project}/agreement/confusion",
        "agreement, calibration": f"{project}/agreement/calibration",
        "agreement, labels": f"{project}/agreement/labels",
        "agreement, drift": f"{project}/agreement/drift",
        "agreement, guidelines": f"{project}/agreement/guidelines",
        "gold": f"{project}/gold",
        "gold, by doubt": f"{project}/gold?sort=doubt",
        "gold, one": f"{project}/gold/{ids.gold_id}",
        "gold, candidates": f"{project}/gold/candidates",
        "annotators": f"{project}/annotators",
        "annotators, by answers": f"{project}/annotators?sort=-answers",
        "annotator": f"{project}/annotators/{ids.annotator_id}",
        "leaderboard": f"{project}/leaderboard",
        "rules": f"{project}/rules",
        "actions": f"{project}/actions",
        "what if": f"{project}/what-if",
        "dataset": f"{project}/dataset",
        "settings": f"{project}/settings",
        "imports": f"{project}/imports",
    }
    tenant = ("pools", "marketplaces", "webhooks", "keys", "users", "audit", "system")
    return paths | {name: f"/{name}" for name in tenant}


def _queries(stack: Stack, cookie: str, paths: Mapping[str, str]) -> Mapping[str, int]:
    """Count the statements of each page, in an application of this process."""
    app = create_app(stack.settings)
    counts = {}
    with _counted() as statements, app.test_client() as browser:
        browser.set_cookie(COOKIE, cookie)
        for name, path in paths.items():
            # the first look fills what a process remembers
            for _ in range(2):
                statements.clear()
                response = browser.get(f"/console{path}")
                if response.status_code != 200:
                    raise SystemExit(f"{path}: {response.status}: {response.text[:2000]}")
            counts[name] = len(statements)
    return counts


@contextmanager
def _counted() -> Iterator[list[str]]:
    """Note every statement that goes to the database, by whatever way."""
    statements: list[str] = []

    class Noting(psycopg.Cursor[Any]):
        def execute(self, query: Any, *args: Any, **kwargs: Any) -> Any:
            statements.append(str(query))
            return super().execute(query, *args, **kwargs)

    engine = db.sessions.kw["bind"]

    def note(connection: Any, _: Any) -> None:
        connection.cursor_factory = Noting

    event.listen(engine, "connect", note)
    yield statements
    engine.dispose()
    event.remove(engine, "connect", note)


def _measured(
    stack: Stack, cookie: str, paths: Mapping[str, str], queries: Mapping[str, int], rounds: int
) -> Iterator[Page]:
    """Ask for each page as a browser does that keeps its connection."""
    host, port = stack.address
    base = f"http://{host}:{port}/console"
    with httpx.Client(cookies={COOKIE: cookie}, trust_env=False, timeout=60) as browser:
        for name, path in paths.items():
            took = []
            for number in range(rounds + 4):
                began = time.perf_counter()
                browser.get(base + path).raise_for_status()
                # each of the web processes has its first look
                if number >= 4:
                    took.append(1000 * (time.perf_counter() - began))
            yield Page(name, took, queries[name])


_DISPUTE = """
WITH chosen AS (
    SELECT t.id, t.result_version FROM tasks t
    WHERE t.project_id = :project AND t.answered > 0 AND NOT t.is_gold AND t.result_version > 0
      AND t.state = 'open'
    LIMIT :disputes
),
moved AS (
    UPDATE tasks SET state = 'disputed' FROM chosen WHERE tasks.id = chosen.id
)
INSERT INTO disputes (id, project_id, task_id, result_version, causes, state, worth)
SELECT gen_random_uuid(), :project, id, result_version, ARRAY['low_confidence'], 'open', random()
FROM chosen
"""
_SETTLED = """
SELECT EXISTS (SELECT FROM surveys WHERE project_id = :project)
   AND EXISTS (SELECT FROM forecasts WHERE project_id = :project)
   AND EXISTS (SELECT FROM track_records WHERE project_id = :project)
   AND NOT EXISTS (SELECT FROM outbox WHERE project_id = :project)
"""
_IDS = """
SELECT d.id AS dispute_id, d.task_id,
    (SELECT task_id FROM gold WHERE project_id = :project LIMIT 1) AS gold_id,
    (SELECT annotator_id FROM track_records WHERE project_id = :project LIMIT 1) AS annotator_id
FROM disputes d WHERE d.project_id = :project LIMIT 1
"""


if __name__ == "__main__":
    main()
