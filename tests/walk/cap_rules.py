"""The promise, as SQL: each query counts what breaks it, at any moment, and must find nothing."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from psycopg import IsolationLevel

from tests.walk.storm import Gone, Log

RULES = {
    "a task over its overlap": """
        SELECT count(*) FROM tasks WHERE NOT (leased + answered <= wanted AND wanted <= cap)""",
    "a task with more answers than its cap": """
        SELECT count(*) FROM tasks t JOIN (
            SELECT task_id, count(*) AS n FROM answers GROUP BY task_id
        ) a ON a.task_id = t.id WHERE a.n > t.cap""",
    "a counter that is not the rows": """
        SELECT count(*) FROM tasks t
        LEFT JOIN (
            SELECT task_id, count(*) FILTER (WHERE state = 'leased') AS leased,
                   count(*) FILTER (WHERE state = 'answered') AS answered
            FROM assignments GROUP BY task_id
        ) held ON held.task_id = t.id
        LEFT JOIN (SELECT task_id, count(*) AS n FROM answers GROUP BY task_id) a
               ON a.task_id = t.id
        WHERE t.leased <> coalesce(held.leased, 0) OR t.answered <> coalesce(held.answered, 0)
           OR t.answered <> coalesce(a.n, 0)""",
    "a task twice for one annotator": """
        SELECT count(*) FROM (SELECT FROM assignments GROUP BY task_id, annotator_id
                              HAVING count(*) > 1
                              UNION ALL
                              SELECT FROM answers GROUP BY task_id, annotator_id
                              HAVING count(*) > 1) twice""",
    "an answered assignment without its answer, or the reverse": """
        SELECT count(*) FROM assignments s FULL JOIN answers a ON a.assignment_id = s.id
        WHERE (s.state = 'answered') IS DISTINCT FROM (a.id IS NOT NULL)
           OR (s.task_id, s.annotator_id, s.project_id)
              <> (a.task_id, a.annotator_id, a.project_id)""",
    "answers that are not numbered from 1 without a gap": """
        SELECT count(*) FROM (
            SELECT FROM answers GROUP BY task_id
            HAVING min(number) <> 1 OR max(number) <> count(*)
                OR count(DISTINCT number) <> count(*)) gaps""",
    "a blocked annotator who holds a slot": """
        SELECT count(*) FROM assignments s JOIN annotators w ON w.id = s.annotator_id
        WHERE s.state = 'leased' AND w.state = 'blocked'""",
}
#: A slot is freed a little after the moment its row names: the transaction's beginning.
SLACK = timedelta(seconds=2)


def broken_rules(connection: psycopg.Connection[Any]) -> list[str]:
    """Name the rules that do not hold, all in one snapshot."""
    found = {rule: connection.execute(query).fetchone() for rule, query in RULES.items()}  # type: ignore[call-overload]
    return [f"{rule}: {row[0]}" for rule, row in found.items() if row[0]]


class Watch(threading.Thread):
    """Looks at the rules again and again while the storm blows, each time in one snapshot."""

    def __init__(self, url: str, promised: Callable[[], int], pause_s: float = 1.0) -> None:
        super().__init__(daemon=True)
        self.broken: list[str] = []
        self.looks = 0
        self._url = url
        self._promised = promised
        self._pause_s = pause_s
        self._over = threading.Event()

    def run(self) -> None:
        with psycopg.connect(self._url) as connection:
            connection.isolation_level = IsolationLevel.REPEATABLE_READ
            before = 0
            while not self._over.wait(self._pause_s):
                promised = self._promised()
                with connection.transaction():
                    self.broken += broken_rules(connection)
                    stored = connection.execute("SELECT count(*) FROM answers").fetchone()[0]  # type: ignore[index]
                if stored < max(promised, before):
                    self.broken.append(f"{stored} answers stored, {promised} promised")
                before, self.looks = stored, self.looks + 1

    def stop(self) -> None:
        self._over.set()
        self.join(30)


def broken_promises(connection: psycopg.Connection[Any], log: Log) -> list[str]:
    """Compare what clients were told with what is stored, answer by answer."""
    rows = connection.execute("SELECT assignment_id::text, label FROM answers").fetchall()
    stored = dict(rows)
    fresh = Counter(each for each, _ in log.acknowledged)
    twice = [each for each, count in fresh.items() if count > 1]
    return [
        *(f"acknowledged twice: {each}" for each in twice),
        *(f"told {label}, stored {stored.get(each)}: {each}"
          for each, label in [*log.acknowledged, *log.replayed] if stored.get(each) != label),
        *(f"stored and never sent: {each}" for each in rows if tuple(each) not in log.sent),
    ]  # fmt: skip


def wrongly_refused(
    connection: psycopg.Connection[Any], gone: Iterable[Gone], leased: set[tuple[str, datetime]]
) -> tuple[int, list[str]]:
    """Prove from the rows' times that each late answer was refused because its slot was taken.

    Only for tasks whose overlap never moved and none of whose assignments came to life again,
    which overwrites its times. Returns how many refusals could be judged, and the wrong ones.
    """
    times = Counter(each for each, _ in leased)
    judged, wrong = 0, []
    for refusal in gone:
        if refusal.after < refusal.held.expires_at:
            wrong.append(f"refused before its lease was over: {refusal}")
        rows = connection.execute(_HELD, {"assignment": refusal.held.id}).fetchall()
        if any(times[row[0]] > 1 or _lived_twice(row[0], row[2]) for row in rows):
            continue
        judged += 1
        taken = sum(
            leased_at <= refusal.after
            and (state == "answered" or closed_at is None or closed_at + SLACK >= refusal.before)
            for each, state, leased_at, closed_at, _ in rows
            if each != refusal.held.id
        )
        if taken < rows[0][4]:
            wrong.append(f"refused while its slot was free: {refusal}")
    return judged, wrong


def _lived_twice(assignment_id: str, leased_at: datetime) -> bool:
    # an id (UUIDv7) holds the time it was made: a later one in its row is that of a second lease
    made_at = datetime.fromtimestamp((UUID(assignment_id).int >> 80) / 1000, UTC)
    return abs(leased_at - made_at) > timedelta(seconds=0.9)


_HELD = """
SELECT s.id::text, s.state, s.leased_at, s.closed_at, t.wanted
FROM assignments s JOIN tasks t ON t.id = s.task_id
WHERE s.task_id = (SELECT task_id FROM assignments WHERE id = %(assignment)s)
"""
