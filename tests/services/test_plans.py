"""What runs with every request goes by an index, also where tables were empty when it was planned.

A plan is kept by its connection. One made while a table is new must still be right when the table
is large, so here the tables that grow with work are known to the planner to be empty: the worst it
can be told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, create_engine

import migrations
from crowd import db
from crowd.services import (
    answers,
    assignments,
    corrections,
    named_leases,
    participations,
    pools,
    predictions,
    prelabels,
    qualifications,
    queue,
)

STATEMENTS = {
    "enter": participations._ENTER,
    "in a pool": pools._ADMITS,
    "qualified": qualifications._LACKING,
    "next": queue._NEXT[False, False, False, False],
    "next, suggested": queue._NEXT[False, True, False, False],
    "next, gold mixed": queue._NEXT[True, False, False, False],
    "next, gold mixed, suggested": queue._NEXT[True, True, False, False],
    "next, paid": queue._NEXT[False, False, True, False],
    "next, gold mixed, suggested, paid": queue._NEXT[True, True, True, False],
    "next, only what models are sure of": queue._NEXT[False, False, False, True],
    "batches": queue._BATCHES[False, False],
    "batches, paid": queue._BATCHES[True, False],
    "named, locked": named_leases._LOCK,
    "named, taken": named_leases._TAKE[False],
    "named, taken, paid": named_leases._TAKE[True],
    "answer, locked": answers._LOCK_WITH_TASK,
    "answers, locked": answers._LOCK,
    "answers, their tasks": answers._LOCK_TASKS,
    "answers, stored": answers._STORE[False],
    "answers, stored, paid": answers._STORE[True],
    "prelabels": prelabels._SHOW,
    "corrections": corrections._CORRECTIONS,
    "predictions, compared": predictions._FIND,
    "closed": assignments._CLOSE[False],
    "closed, paid": assignments._CLOSE[True],
}
#: What a key leads to. A scan of these by anything less reads more the more there is.
KEYS = {
    "tasks": ({"id"}, {"project_id", "external_id"}, {"project_id", "batch"}),
    "assignments": ({"id"}, {"task_id"}),
    "participations": ({"annotator_id"},),
    "transfers": ({"assignment_id"}, {"closes_id"}),
    "qualifications": ({"tenant_id", "name", "annotator_id"},),
    "pools": ({"tenant_id", "name"},),
    "pool_members": ({"annotator_id"},),
    "predictions": ({"id"}, {"task_id"}),
    "shown_predictions": ({"assignment_id"},),
    "annotators": ({"id"}, {"tenant_id", "external_id"}),
}
#: The queue goes along its index by design, and stops after a bounded number of rows.
QUEUES = {"ix_tasks_queue", "ix_tasks_gold_queue"}

#: Some tasks, of a project that need not exist for this.
TASKS = """
SET session_replication_role = replica;
INSERT INTO tasks (id, project_id, external_id, payload, priority, state, wanted, cap, leased,
                   answered, result_version, seen, is_gold, batch)
SELECT gen_random_uuid(), '00000000-0000-0000-0000-000000000001', i, '{}', 0, 'open', 3, 3, 0,
       0, 0, 0, false, i / 10
FROM generate_series(1, 1000) i
"""


@pytest.fixture(scope="module")
def planner(engine: Engine) -> Iterator[psycopg.Connection[Any]]:
    """A connection of the web's to a database in which all but the tasks is known to be empty."""
    url = engine.url.set(database="plans")
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as server:
        server.exec_driver_sql("CREATE DATABASE plans")
        fresh = create_engine(url)
        migrations.upgrade(fresh)
        fresh.dispose()
        options = " ".join(f"-c {name}={value}" for name, value in db.BY_INDEX.items())
        address = url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(address, options=options, autocommit=True) as connection:
            connection.execute(TASKS)
            connection.execute("ANALYZE")
            yield connection
        server.exec_driver_sql("DROP DATABASE plans")


@pytest.mark.parametrize("name", STATEMENTS)
def test_each_table_is_read_by_a_key(planner: psycopg.Connection[Any], name: str) -> None:
    scans = list(scans_of(generic_plan(planner, STATEMENTS[name])))

    assert scans
    for table, index, by in scans:
        if table in KEYS and index not in QUEUES:
            assert any(key <= by for key in KEYS[table]), f"{table} by {index} on {by or 'nothing'}"


def generic_plan(connection: psycopg.Connection[Any], statement: str) -> dict[str, Any]:
    """Plan a statement as it is prepared: for parameters that are not known yet."""
    names = list(dict.fromkeys(re.findall(r"%\((\w+)\)s", statement)))
    numbered = re.sub(r"%\((\w+)\)s", lambda m: f"${1 + names.index(m[1])}", statement)
    cursor = psycopg.RawCursor(connection)
    row: Any = cursor.execute(f"EXPLAIN (GENERIC_PLAN, FORMAT JSON) {numbered}").fetchone()
    plan: dict[str, Any] = row[0][0]["Plan"]
    return plan


def scans_of(
    plan: dict[str, Any], table: str | None = None
) -> Iterator[tuple[str, str | None, set[str]]]:
    """Give the table, the index and the columns it is entered by, of each scan of a plan."""
    table = plan.get("Relation Name", table)
    parts = plan.get("Plans", ())
    if table is not None and "Scan" in plan["Node Type"] and "Bitmap Heap" not in plan["Node Type"]:
        # an index condition reads `((id = $1) AND (rank > $2))`
        by = set(re.findall(r"(\w+) (?:=|<|>|<=|>=) ", plan.get("Index Cond", "")))
        yield table, plan.get("Index Name"), by
    for part in parts:
        yield from scans_of(part, table if "Bitmap" in plan["Node Type"] else None)
