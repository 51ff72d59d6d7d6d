"""What a forecast is made from, when it falls due, where it is kept: for the job that makes it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crowd.db import rows
from crowd.models import Forecast, Project, ProjectConfig
from crowd.services import configs, ledger_days, obstacles, progress, projects
from crowd.services.configs import Terms
from crowd.services.obstacles import Obstacle
from crowd.services.policies import Left
from crowd.services.progress import Counts

#: Seconds between two forecasts of a project on which something moves; and so many times as long as
#: the last one took, for it reads the project's tasks.
REST_S, REST_TIMES = 15.0, 20.0
#: Where nothing moves time itself does: the pace falls.
STALE_AFTER_S = 600.0
#: Projects looked after in one run of the job.
MOST_DUE = 100
#: How far back the pace is looked at.
MEMORY = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class Spent:
    """What annotators of one marketplace, or all, have done and come to."""

    #: None: all of them.
    marketplace_id: uuid.UUID | None
    marketplace: str | None
    annotators: int
    answers: int
    leased: int
    held: Decimal
    spent: Decimal


@dataclass(frozen=True, slots=True)
class Ground:
    """What a forecast is made from."""

    project: Project
    config: ProjectConfig
    terms: Terms
    now: datetime
    counts: Counts
    #: Of tasks that are no gold: (state, answers, whether a decision has seen them all, tasks).
    tasks: Sequence[tuple[str, int, bool, int]]
    whole: Spent
    #: Share of leases that were gold.
    gold_share: float
    #: Ten minutes with answers, since `MEMORY`: when they began, and the answers.
    paces: Sequence[tuple[datetime, int]]
    #: Annotators with answers in the last quarter of an hour, and in the last hour.
    at_work: int
    active: int
    median_s: float
    obstacles: Sequence[Obstacle]
    seen: str


def due(session: Session) -> list[uuid.UUID]:
    """Name the projects whose forecast has fallen behind, the oldest first."""
    bounds = {"rest": REST_S, "times": REST_TIMES, "stale": STALE_AFTER_S, "most": MOST_DUE}
    return [row.id for row in rows(session, _DUE, **bounds)]


def ground(session: Session, project_id: uuid.UUID) -> Ground:
    """Read what a forecast is made from; for a job.

    Its cost grows with the project's tasks: a second for a million.
    """
    now = session.scalars(select(func.now())).one()
    project = session.get_one(Project, project_id, populate_existing=True)
    config = projects.in_force(session, project_id)
    terms = configs.terms(session, project_id, config.version)
    counts = progress.counts(session, [project_id])[project_id]
    (whole,) = rows(session, _WHOLE, project=project_id)
    (active,) = rows(session, _ACTIVE, project=project_id, low=ledger_days.id_at(now - _HOUR))
    (seen,) = rows(session, _SEEN, project=project_id)
    median_s = active.median_s or 0.0
    return Ground(
        project=project,
        config=config,
        terms=terms,
        now=now,
        counts=counts,
        tasks=[tuple(row) for row in rows(session, _TASKS, project=project_id)],
        whole=Spent(None, None, *whole[:5]),
        gold_share=whole.gold_share,
        paces=[(row[0], row[1]) for row in progress.paces(session, project_id, now - MEMORY)],
        at_work=active.at_work,
        active=active.active,
        median_s=median_s,
        obstacles=obstacles.of_project(
            session,
            project,
            config,
            terms,
            counts,
            room=_left(terms, whole).room(terms),
            active=active.active,
            median_s=median_s,
        ),
        seen=seen.seen,
    )


def store(
    session: Session, made_from: Ground, figures: Mapping[str, Any], *, took_s: float
) -> None:
    """Keep a forecast in the place of the one before; one that was made from less is dropped."""
    row = {
        "made_at": made_from.now,
        "took_s": took_s,
        "seen": made_from.seen,
        "figures": dict(figures),
    }
    new = insert(Forecast).values(project_id=made_from.project.id, **row)
    session.execute(
        new.on_conflict_do_update(
            index_elements=["project_id"], set_=row, where=Forecast.made_at <= row["made_at"]
        )
    )


def _left(terms: Terms, whole: Any) -> Left:
    """Count what the budget has left, without the lock that keeps it exact."""
    answers, money = terms.budget_answers, terms.budget
    return Left(
        None if answers is None else answers - whole.answers - whole.leased,
        None if money is None else money - whole.held - whole.spent,
    )


_HOUR = timedelta(hours=1)
SUMS = """count(*) AS annotators, coalesce(sum(w.answered), 0)::bigint AS answers,
       coalesce(sum(w.leased), 0)::bigint AS leased, coalesce(sum(w.held), 0) AS held,
       coalesce(sum(w.earned), 0) AS spent"""
_WHOLE = f"""
SELECT {SUMS},
       coalesce(sum(w.gold_leases)::float / nullif(sum(w.leases), 0), 0) AS gold_share
FROM participations w WHERE w.project_id = %(project)s
"""
_TASKS = """
SELECT state, answered::int AS answers, seen >= answered AS is_settled, count(*)::int AS tasks
FROM tasks WHERE project_id = %(project)s AND NOT is_gold GROUP BY 1, 2, 3
"""
_ACTIVE = """
SELECT count(DISTINCT annotator_id) FILTER (WHERE submitted_at > now() - interval '15 minutes')
           AS at_work,
       count(DISTINCT annotator_id) AS active,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY time_spent_s) AS median_s
FROM answers
WHERE project_id = %(project)s AND id >= %(low)s AND submitted_at > now() - interval '1 hour'
"""
_STATE = """concat_ws(' ', p.config_version, p.state, p.decided_run, (
        SELECT id FROM answers WHERE project_id = p.id ORDER BY id DESC LIMIT 1
    ), (
        SELECT concat_ws(',', open, resolved, disputed, gold) FROM task_counts
        WHERE project_id = p.id
    ))"""
_SEEN = f"SELECT {_STATE} AS seen FROM projects p WHERE p.id = %(project)s"
_DUE = f"""
SELECT p.id FROM projects p LEFT JOIN forecasts f ON f.project_id = p.id
WHERE p.state <> 'archived' AND (
    f.project_id IS NULL
    OR f.made_at < now() - make_interval(secs => greatest(%(rest)s, %(times)s * f.took_s)) AND (
        p.state = 'running' AND f.made_at < now() - make_interval(secs => %(stale)s)
        OR f.seen <> {_STATE}
    )
)
ORDER BY f.made_at NULLS FIRST, p.id LIMIT %(most)s
"""
