"""What keeps a project's tasks from going on, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from crowd.db import each, rows
from crowd.models import Project, ProjectConfig
from crowd.services import pools, qualifications
from crowd.services.configs import Terms
from crowd.services.progress import Counts

#: What to do, by what is in the way; the worst first.
ADVICE = {
    "draft": "Start the project.",
    "paused": "Start the project again.",
    "finished": "The project is over; start it again if its tasks are still wanted.",
    "deadline_passed": "Set a later deadline, or finish the project.",
    "budget_spent": "Raise the budget; a what-if tells what the rest will cost.",
    "no_marketplace": "Open the project to a marketplace.",
    "nobody_qualified": "Grant the qualifications, offer a training for them, or ask for fewer.",
    "nobody_in_pool": "Invite annotators into the project's pools, or let others in.",
    "nobody_for_unsure": "Grant somebody what tasks that models are unsure of ask for.",
    "everybody_kept_out": "Everybody who works here is blocked, paused or in retraining: see why.",
    "guideline_not_accepted": "Marketplaces have to show annotators the guideline in force.",
    "nobody_at_work": "Nobody has answered for an hour: tell marketplaces, or raise the price.",
    "everybody_had_it": "All who are at work have had these tasks: bring others.",
    "held_long": "Leases are held for long: shorten `lease_seconds`, or wait until they expire.",
    "gold_ran_out": "All gold has been seen by as many as it may be: add gold.",
    "waiting_for_ruling": "Rule on the disputes, or ask for more answers.",
}
#: More annotators than this cannot all have had a task.
FEW = 50
#: Tasks looked at for whether everybody has had them.
LOOKED_AT = 20_000
#: A lease is held long after so many times what an answer takes, and after so many seconds.
LONG_TIMES, LONG_S = 10, 600


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Something in the way."""

    #: A name of `ADVICE`.
    reason: str
    #: Tasks it holds up.
    tasks: int
    #: Annotators it is about, where it is about some.
    annotators: int | None = None


def of_project(
    session: Session,
    project: Project,
    config: ProjectConfig,
    terms: Terms,
    counts: Counts,
    *,
    room: int,
    active: int,
    median_s: float,
) -> list[Obstacle]:
    """Find what is in the way of a project now, the worst first.

    For a job: reads its open tasks up to a bound, and everybody who takes part. `room`: answers the
    budget has left; `active`: annotators who have answered within the last hour.
    """
    found = list(_by_rule(session, project, terms, counts, room)) if counts.open else []
    if counts.open and not found:
        long_s = max(LONG_S, LONG_TIMES * median_s)
        found = [*_by_people(session, config, terms, counts, active, long_s)]
    if counts.disputed:
        found.append(Obstacle("waiting_for_ruling", counts.disputed))
    order = list(ADVICE)
    return sorted(found, key=lambda one: order.index(one.reason))


def _by_rule(
    session: Session, project: Project, terms: Terms, counts: Counts, room: int
) -> Iterator[Obstacle]:
    """Find what holds up everything."""
    if project.state != "running":
        state = "finished" if project.state == "archived" else project.state
        yield Obstacle(state, counts.open)
        return
    row = rows(session, _RULES, project=project.id, deadline=terms.deadline_at)[0]
    if row.deadline_passed:
        yield Obstacle("deadline_passed", counts.open)
    if not row.marketplaces:
        yield Obstacle("no_marketplace", counts.open)
    if room <= 0:
        yield Obstacle("budget_spent", counts.open)
    if row.working == 0 < row.taking_part:
        yield Obstacle("everybody_kept_out", counts.open, row.taking_part)


def _by_people(
    session: Session,
    config: ProjectConfig,
    terms: Terms,
    counts: Counts,
    active: int,
    long_s: float,
) -> Iterator[Obstacle]:
    """Find what keeps people from some tasks, or from all."""
    project_id = config.project_id
    if terms.requires and not _may_work(session, _QUALIFIED, config, terms, terms.requires):
        yield Obstacle("nobody_qualified", counts.open)
    if terms.pools and not _may_work(session, _IN_POOL, config, terms, terms.pools):
        yield Obstacle("nobody_in_pool", counts.open)
    if needed := terms.unsure_requires:
        (unsure,) = rows(session, _UNSURE, project=project_id)
        if unsure.tasks and not _may_work(session, _QUALIFIED, config, terms, needed):
            yield Obstacle("nobody_for_unsure", unsure.tasks)
    if terms.must_accept and terms.guideline is not None:
        (lacking,) = rows(session, _NOT_ACCEPTED, project=project_id, version=terms.guideline)
        if lacking.annotators and not lacking.others:
            yield Obstacle("guideline_not_accepted", counts.open, lacking.annotators)
    if not active:
        yield Obstacle("nobody_at_work", counts.open)
    (had,) = rows(session, _HAD_IT, project=project_id, few=FEW, looked_at=LOOKED_AT)
    if had.tasks:
        yield Obstacle("everybody_had_it", had.tasks, had.annotators)
    (held,) = rows(session, _HELD_LONG, project=project_id, seconds=long_s)
    if held.tasks:
        yield Obstacle("held_long", held.tasks, held.annotators)
    if terms.mixes_gold and not rows(session, _OPEN_GOLD, project=project_id):
        yield Obstacle("gold_ran_out", counts.gold)


def _may_work(
    session: Session, statement: str, config: ProjectConfig, terms: Terms, names: Any
) -> bool:
    key = {"project": config.project_id, "owner": terms.tenant_id, "names": list(names)}
    return bool(rows(session, statement, **key))


_KEPT_OUT = """(w.state = 'blocked' OR w.barred OR w.retraining IS NOT NULL
        OR coalesce(w.paused_until > now(), false))"""
_RULES = f"""
SELECT coalesce(now() >= %(deadline)s::timestamptz, false) AS deadline_passed,
       EXISTS (SELECT FROM project_marketplaces WHERE project_id = %(project)s) AS marketplaces,
       count(w.annotator_id) AS taking_part,
       count(w.annotator_id) FILTER (WHERE NOT {_KEPT_OUT}) AS working
FROM (SELECT) one LEFT JOIN participations w ON w.project_id = %(project)s
"""
# from the rarest side: those who hold one of them at all
_QUALIFIED = f"""
SELECT FROM qualifications q
JOIN annotators a ON {each("a.id", "q.annotator_id")}
JOIN project_marketplaces m ON m.tenant_id = a.tenant_id AND m.project_id = %(project)s
WHERE q.tenant_id = %(owner)s AND q.name = (%(names)s::text[])[1] AND NOT EXISTS (
    SELECT FROM unnest(%(names)s::text[]) AS n (name)
    WHERE NOT {qualifications.holds("%(owner)s", "n.name", "a.id")}
) LIMIT 1
"""
_IN_POOL = f"""
SELECT FROM project_marketplaces m JOIN annotators a ON a.tenant_id = m.tenant_id
JOIN pools p ON p.tenant_id = %(owner)s AND p.name = ANY (%(names)s)
WHERE m.project_id = %(project)s AND {pools.is_in("a.id", "a.tenant_id")} LIMIT 1
"""
_UNSURE = """
SELECT count(*) AS tasks FROM tasks WHERE project_id = %(project)s AND unsure AND state = 'open'
"""
_NOT_ACCEPTED = """
SELECT count(*) FILTER (WHERE guideline <> %(version)s) AS annotators,
       count(*) FILTER (WHERE guideline = %(version)s) AS others
FROM participations WHERE project_id = %(project)s
"""
_HAD_IT = f"""
WITH active AS (
    SELECT array_agg(r.annotator_id) AS ids, count(*) AS n
    FROM track_records r
    JOIN participations w ON w.project_id = r.project_id AND w.annotator_id = r.annotator_id
    WHERE r.project_id = %(project)s AND r.last_answer_at > now() - interval '1 day'
      AND NOT {_KEPT_OUT}
)
SELECT max(a.n) AS annotators, count(t.id) AS tasks FROM active a LEFT JOIN LATERAL (
    SELECT id FROM (
        SELECT id FROM tasks WHERE project_id = %(project)s AND open AND NOT is_gold
        LIMIT %(looked_at)s
    ) looked
    WHERE a.n BETWEEN 1 AND %(few)s AND a.n = (
        SELECT count(*) FROM assignments h
        WHERE h.task_id = looked.id AND h.annotator_id = ANY (a.ids)
    )
) t ON true
"""
_HELD_LONG = """
SELECT count(*) AS tasks, count(DISTINCT annotator_id) AS annotators FROM assignments
WHERE project_id = %(project)s AND state = 'leased'
  AND leased_at < now() - make_interval(secs => %(seconds)s)
"""
_OPEN_GOLD = "SELECT FROM tasks WHERE project_id = %(project)s AND open AND is_gold LIMIT 1"
