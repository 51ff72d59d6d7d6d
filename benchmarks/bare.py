"""The bound: the same statements by plain psycopg, one process a client, nothing in between."""

from __future__ import annotations

import multiprocessing as mp
import random
import time
from typing import Any

import orjson
import psycopg

from benchmarks.planted import Planted
from crowd import db
from crowd.db import new_id
from crowd.services import answers, participations, queue

#: As the web process has it.
OPTIONS = " ".join(f"-c {name}={value}" for name, value in {**db.EVERYWHERE, **db.BY_INDEX}.items())


def cycles_per_s(database_url: str, project: Planted, seconds: float, *, batch: int = 1) -> float:
    """Lease and submit in two transactions a turn; gives the answers a second of all clients."""
    context = mp.get_context("spawn")
    results = context.SimpleQueue()
    clients = [
        context.Process(
            target=_client, args=(database_url, project.id, name, seconds, batch, results)
        )
        for name in project.annotators
    ]
    for client in clients:
        client.start()
    rates = [results.get() for _ in clients]
    for client in clients:
        client.join()
    return float(sum(rates))


def _client(url: str, project: Any, name: str, seconds: float, batch: int, results: Any) -> None:
    with psycopg.connect(url, options=OPTIONS) as connection:
        who = connection.execute(
            "SELECT w.annotator_id, w.tenant_id, p.config_version FROM participations w "
            "JOIN projects p ON p.id = w.project_id JOIN annotators n ON n.id = w.annotator_id "
            "WHERE w.project_id = %s AND n.external_id = %s",
            (project, name),
        ).fetchone()
        connection.commit()
        assert who is not None
        turn = {"project": project, "annotator": who[0], "tenant": who[1], "version": who[2]}
        began, done = time.perf_counter(), 0
        while (elapsed := time.perf_counter() - began) < seconds:
            done += _turn(connection, turn, name, batch)
        results.put(done / elapsed)


def _turn(connection: psycopg.Connection[Any], turn: dict[str, Any], name: str, batch: int) -> int:
    connection.execute(participations._ENTER, {**turn, "name": name}).fetchall()
    more = {
        "lease_seconds": 900,
        "start": random.random(),
        "count": batch,
        "gold": 0,
        "ceiling": queue.TOP,
        "ids": [new_id() for _ in range(batch)],
    }
    leased = connection.execute(
        queue._NEXT[False, False, False, False], {**turn, **more}
    ).fetchall()
    connection.commit()
    return _submit(connection, turn, [row[0] for row in leased], batch)


def _submit(
    connection: psycopg.Connection[Any], turn: dict[str, Any], ids: list[Any], batch: int
) -> int:
    lock = answers._LOCK_WITH_TASK if batch == 1 else answers._LOCK
    held = connection.execute(lock, {"ids": ids, "tenant": turn["tenant"]}).fetchall()
    tasks = [(row[2], *row[11:]) for row in held]
    if batch > 1:
        ids = [row[2] for row in held]
        tasks = connection.execute(answers._LOCK_TASKS, {"ids": ids}).fetchall()
    numbers = {row[0]: row[4] + 1 for row in tasks}
    given = [
        {
            "id": new_id(),
            "assignment_id": row[0],
            "project_id": row[1],
            "task_id": row[2],
            "annotator_id": row[3],
            "number": numbers[row[2]],
            "config_version": row[4],
            "label": "yes",
            "leased_at": row[6],
            "submitted_at": row[10],
            "time_spent_s": 0.0,
            "unsure": False,
            "comment": None,
            "late": False,
        }
        for row in held
    ]
    if given:
        connection.execute(answers._STORE[False], {"given": orjson.dumps(given).decode()})
    connection.commit()
    return len(held)
