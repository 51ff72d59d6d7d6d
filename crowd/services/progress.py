"""How far a project is and how fast it goes, without counting tasks or answers when asked.

Tasks are counted by moves: whatever changes a task's state adds a row to `task_moves` in the same
commit (a trigger does), and a job adds these up. What is read is the sum and what is not in it yet:
exact at any moment, and nobody waits for anybody. Answers are counted by ten minutes, from those
that are new.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crowd.db import rows
from crowd.models import Pace
from crowd.services import projects
from crowd.services.ledger_days import id_at
from crowd.services.tenants import Caller

SLOT = timedelta(minutes=10)
#: The clock in an answer's id and the database's differ by no more than this, or an answer is
#: counted when its slot is looked at again; and no transaction stays open for longer.
SKEW = timedelta(minutes=10)
#: What a series can be by, and how many of these it has at the most.
EVERY = {"ten_minutes": SLOT, "hour": timedelta(hours=1), "day": timedelta(days=1)}
MOST_SLOTS = 1000


@dataclass(frozen=True, slots=True)
class Counts:
    """A project's tasks by state; gold stands apart, for it is never done."""

    open: int = 0
    resolved: int = 0
    disputed: int = 0
    gold: int = 0

    @property
    def tasks(self) -> int:
        """Count all but gold."""
        return self.open + self.resolved + self.disputed

    @property
    def done(self) -> float:
        """Say which share of the tasks has its label."""
        return self.resolved / self.tasks if self.tasks else 0.0


@dataclass(frozen=True, slots=True)
class Slot:
    """What came in during a stretch of time."""

    began_at: datetime
    answers: int
    #: The most at work in any ten minutes of it.
    annotators: int
    #: Median of seconds from lease to answer; of longer stretches the mean of those, by answers.
    median_s: float


def counts(session: Session, project_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Counts]:
    """Count the tasks of some projects by state, as of this moment.

    Reads one row a project, and the moves of the last seconds.
    """
    found = rows(session, _COUNTS, projects=list(project_ids))
    counted = {row.project_id: Counts(*row[1:]) for row in found}
    return {one: counted.get(one, Counts()) for one in project_ids}


def add_up(session: Session) -> int:
    """Add moves to the counts and remove them; returns how many there were."""
    return int(rows(session, _ADD_UP)[0].moves)


def keep_pace(session: Session, project_id: uuid.UUID) -> None:
    """Count the answers of each ten minutes that are new since the last time; none twice."""
    newest = session.scalar(select(func.max(Pace.began_at)).filter_by(project_id=project_id))
    since = None if newest is None else newest - SLOT
    low = None if since is None else id_at(since - SKEW)
    rows(session, _KEEP_PACE, project=project_id, since=since, low=low)


def series(
    session: Session,
    caller: Caller,
    project_id: uuid.UUID,
    *,
    every: str,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[Slot]:
    """Say what came in, by ten minutes, hours or days; stretches without answers are left out.

    The newest `MOST_SLOTS` of them, the oldest first. Reads at the most that many rows, a hundred
    times as many by days. Raises NotFound.
    """
    projects.find_own(session, caller, project_id)
    return [
        Slot(*row)
        for row in rows(
            session,
            _SERIES,
            project=project_id,
            every=EVERY[every],
            since=since,
            until=until,
            most=MOST_SLOTS,
            slots=MOST_SLOTS * (EVERY[every] // SLOT),
        )
    ]


def paces(session: Session, project_id: uuid.UUID, since: datetime) -> Sequence[Any]:
    """Read the ten minutes since a moment that had answers: began_at and answers of each."""
    query = select(Pace.began_at, Pace.answers).filter_by(project_id=project_id)
    return session.execute(query.where(Pace.began_at >= since).order_by(Pace.began_at)).all()


_SUMS = ", ".join(f"sum({name})::int AS {name}" for name in Counts.__slots__)
_NAMES = ", ".join(Counts.__slots__)
_COUNTS = f"""
SELECT project_id, {_SUMS} FROM (
    SELECT project_id, {_NAMES} FROM task_counts WHERE project_id = ANY (%(projects)s)
  UNION ALL
    SELECT project_id, {_NAMES} FROM task_moves WHERE project_id = ANY (%(projects)s)
) c GROUP BY project_id
"""
_ADD_UP = f"""
WITH gone AS (
    DELETE FROM task_moves WHERE id IN (
        SELECT id FROM task_moves ORDER BY id LIMIT 100000 FOR UPDATE SKIP LOCKED
    ) RETURNING *
),
added AS (
    INSERT INTO task_counts AS c (project_id, {_NAMES})
    SELECT project_id, {_SUMS} FROM gone GROUP BY project_id ORDER BY project_id
    ON CONFLICT (project_id) DO UPDATE SET
        {", ".join(f"{name} = c.{name} + excluded.{name}" for name in Counts.__slots__)}
)
SELECT count(*) AS moves FROM gone
"""
_KEEP_PACE = """
INSERT INTO paces (project_id, began_at, answers, annotators, median_s)
SELECT project_id, date_bin('10 minutes', submitted_at, 'epoch'), count(*),
       count(DISTINCT annotator_id), percentile_cont(0.5) WITHIN GROUP (ORDER BY time_spent_s)
FROM answers
WHERE project_id = %(project)s AND (%(low)s::uuid IS NULL OR id >= %(low)s)
  AND (%(since)s::timestamptz IS NULL OR submitted_at >= %(since)s)
GROUP BY 1, 2
ON CONFLICT (project_id, began_at) DO UPDATE SET
    answers = excluded.answers, annotators = excluded.annotators, median_s = excluded.median_s
"""
_SERIES = """
SELECT * FROM (
    SELECT date_bin(%(every)s, began_at, 'epoch') AS began_at, sum(answers)::int AS answers,
           max(annotators) AS annotators, sum(median_s * answers) / sum(answers) AS median_s
    FROM (
        SELECT * FROM paces WHERE project_id = %(project)s
          AND (%(since)s::timestamptz IS NULL OR began_at >= %(since)s)
          AND (%(until)s::timestamptz IS NULL OR began_at < %(until)s)
        ORDER BY began_at DESC LIMIT %(slots)s
    ) p
    GROUP BY 1 ORDER BY 1 DESC LIMIT %(most)s
) s ORDER BY began_at
"""
