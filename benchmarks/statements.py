"""How long a statement takes beside a ledger of many transfers.

Plants the ledger of one marketplace and one requester straight into a database of its own and asks
for what the API asks for, over a connection like those of the web. Prints one JSON object: seconds,
the median of some tries, of a marketplace's first page with its totals, of a page that follows, of
one month, and of the requester's first page; before the ledger's days are summed up, and after.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import text

import migrations
from config import load_settings
from crowd import db
from crowd.db import BY_INDEX, transaction
from crowd.servers import Servers
from crowd.services import ledger_days, statements, tenants
from crowd.services.tenants import Caller

TRIES = 5
#: The ledger's answers are spread over so many days, up to now.
DAYS = 540


def main() -> None:
    """Read the command line, plant, ask, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.statements", description=__doc__)
    parser.add_argument("--transfers", type=int, default=1_000_000)
    parser.add_argument("--annotators", type=int, default=10_000)
    parser.add_argument("--projects", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = replace(load_settings(), data_dir=Path(folder))
        with Servers(settings) as servers:
            migrations.upgrade(db.connect(servers.database_url))
            marketplace, requester = _planted(options)
            with psycopg.connect(servers.database_url, autocommit=True) as database:
                # what the database does in time by itself
                database.execute("VACUUM ANALYZE")
            db.connect(servers.database_url, options=BY_INDEX)
            found = {**vars(options), "by_transfers": _measured(marketplace, requester)}
            found["summing_s"] = _summed()
            found["by_days"] = _measured(marketplace, requester)
            print(json.dumps(found), flush=True)


def _planted(options: argparse.Namespace) -> tuple[Caller, Caller]:
    with transaction() as session:
        both = [
            tenants.operator_of(tenants.create(session, name=kind, kind=kind))
            for kind in ("marketplace", "requester")
        ]
        given = {
            "marketplace": both[0].tenant_id,
            "requester": both[1].tenant_id,
            "answers": options.transfers // 2,
            "annotators": options.annotators,
            "projects": options.projects,
            "days": DAYS,
        }
        # what the transfers belong to need not be there for this
        session.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in (_PROJECTS, _CONFIGS, _ANNOTATORS, _PARTICIPATIONS, _TRANSFERS, _BALANCES):
            session.execute(text(statement), given)
    return both[0], both[1]


def _summed() -> float:
    began, day = time.monotonic(), True
    while day:
        with transaction() as session:
            day = ledger_days.sum_up(session) is not None
    return round(time.monotonic() - began, 1)


def _measured(marketplace: Caller, requester: Caller) -> dict[str, Any]:
    month = {"since": datetime.now(UTC) - timedelta(days=60), "until": datetime.now(UTC)}
    month["until"] -= timedelta(days=30)
    second = _ask(marketplace).next_after
    return {
        "first_page_s": _median(lambda: _ask(marketplace)),
        "next_page_s": _median(lambda: _ask(marketplace, after=second)),
        "month_s": _median(lambda: _ask(marketplace, **month)),
        "requester_s": _median(lambda: _ask(requester)),
    }


def _ask(who: Caller, **asked: Any) -> statements.Statement:
    anything = dict.fromkeys(("since", "until", "project_id", "currency", "after"))
    with transaction() as session:
        return statements.read(session, who, **{**anything, "limit": 50, **asked})


def _median(ask: Callable[[], object]) -> float:
    took = []
    for _ in range(TRIES):
        began = time.monotonic()
        ask()
        took.append(time.monotonic() - began)
    return round(statistics.median(took), 3)


_PROJECTS = """
INSERT INTO projects (id, tenant_id, name, state, config_version)
SELECT gen_random_uuid(), :requester, 'project ' || i, 'running', 1
FROM generate_series(1, :projects) i
"""
_CONFIGS = """
INSERT INTO project_configs (id, project_id, version, answer_type, question, labels, overlap_min,
                             overlap_max, target_confidence, lease_seconds, method, strategy, gold,
                             limits, requires, whole_batches, price, currency)
SELECT gen_random_uuid(), id, 1, 'categorical', '', '{yes,no}', 3, 3, 0.95, 900, 'auto', 'spread',
       '{}', '{}', '{}', false, 0.05, 'EUR'
FROM projects
"""
_ANNOTATORS = """
INSERT INTO annotators (id, tenant_id, external_id, kind, state)
SELECT gen_random_uuid(), :marketplace, 'annotator ' || i, 'human', 'active'
FROM generate_series(1, :annotators) i
"""
_PARTICIPATIONS = """
INSERT INTO participations (project_id, annotator_id, tenant_id)
SELECT p.id, a.id, a.tenant_id FROM projects p CROSS JOIN annotators a
"""
# ids that sort by time, as the service's do
_TRANSFERS = """
WITH people AS (SELECT id, row_number() OVER () AS i FROM annotators),
asked AS (SELECT id, row_number() OVER () AS i FROM projects),
given AS MATERIALIZED (
    SELECT CAST(past.head || substr(md5('hold' || n), 13) AS uuid) AS hold,
           CAST(past.head || substr(md5('earn' || n), 13) AS uuid) AS earn,
           gen_random_uuid() AS assignment, p.id AS project, a.id AS annotator, past.at
    FROM generate_series(1, :answers) n
    CROSS JOIN LATERAL (
        SELECT at, lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') AS head
        FROM (
            SELECT now() - make_interval(secs => :days * 86400.0 * (1 - n::float / :answers)) AS at
        ) moment
    ) past
    JOIN people a ON a.i = 1 + n % :annotators
    JOIN asked p ON p.i = 1 + (n / :annotators) % :projects
)
INSERT INTO transfers (id, project_id, annotator_id, kind, from_account, to_account, amount,
                       currency, assignment_id, closes_id, created_at)
SELECT hold, project, annotator, 'hold', 'project', 'held', 0.05, 'EUR', assignment, NULL, at
FROM given
UNION ALL
SELECT earn, project, annotator, 'earn', 'held', 'earned', 0.05, 'EUR', assignment, hold, at
FROM given
"""
_BALANCES = """
UPDATE participations w SET earned = t.earned
FROM (
    SELECT project_id, annotator_id, sum(amount) AS earned FROM transfers WHERE kind = 'earn'
    GROUP BY 1, 2
) t
WHERE w.project_id = t.project_id AND w.annotator_id = t.annotator_id
"""


if __name__ == "__main__":
    main()
