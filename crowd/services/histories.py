"""One annotator's work in a project: by day, from fit to fit, and answer by answer.

For the project's requester alone: it tells what is gold.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from crowd.db import checked, each, rows
from crowd.models import Action, Qualification
from crowd.services import actions, pools, projects, qualifications, track_records
from crowd.services.answer_kinds import same, slack_of
from crowd.services.paging import Page
from crowd.services.shares import Share
from crowd.services.tenants import Caller
from crowd.services.track_records import Record
from crowd.services.track_upkeep import LEAST_SEEN

#: Answers looked back on by day, and fits of which the skill is shown.
MOST_ANSWERS, MOST_RUNS = 5000, 100


@dataclass(frozen=True, slots=True)
class Day:
    """What an annotator did on a day (UTC)."""

    day: date
    answers: int
    median_s: float
    #: Of those that could be compared with a label that others had a part in.
    agreement: Share


@dataclass(frozen=True, slots=True)
class History:
    """All that a page about an annotator shows, but for its answers."""

    record: Record
    #: The order of labels in `confusion`.
    labels: Sequence[str]
    #: Rows are the true labels, columns what it says: shares; None before a fit has seen it.
    confusion: Sequence[Sequence[float]] | None
    #: Days with answers, the oldest first.
    days: Sequence[Day]
    #: Skill as each of the last fits had it: run, time, accuracy and its interval.
    skills: Sequence[Any]
    actions: Sequence[Action]
    qualifications: Sequence[Qualification]
    #: The requester's pools it is in.
    pools: Sequence[Any]


def read(
    session: Session, caller: Caller, project_id: uuid.UUID, annotator_id: uuid.UUID
) -> History:
    """Read how an annotator has done in a project, and what it may do. Raises NotFound.

    Looks at its last answers and fits only: some 20 ms, however long it has been at work.
    """
    record = track_records.find(session, caller, project_id, annotator_id)
    key = {"project": project_id, "annotator": annotator_id}
    config = projects.in_force(session, project_id)
    skills = rows(session, _SKILLS, most=MOST_RUNS, **key)
    newest = rows(session, _CONFUSION, **key)
    return History(
        record=record,
        labels=list(newest[0].labels) if newest else list(config.labels),
        confusion=_square(newest[0].confusion) if newest else None,
        days=[
            Day(row.day, row.answers, row.median_s, Share.among(row.agreed, row.compared))
            for row in rows(session, _DAYS, most=MOST_ANSWERS, slack=slack_of(config), **key)
        ],
        skills=skills[::-1],
        actions=actions.in_force_about(session, project_id, annotator_id),
        qualifications=qualifications.of_annotator(session, caller, annotator_id),
        pools=rows(
            session,
            _POOLS,
            owner=caller.tenant_id,
            annotator=annotator_id,
            marketplace=record.marketplace_id,
        ),
    )


def answers_page(
    session: Session,
    caller: Caller,
    project_id: uuid.UUID,
    annotator_id: uuid.UUID,
    *,
    differs: bool | None,
    after: uuid.UUID | None,
    limit: int,
) -> Page:
    """List an annotator's answers beside what became of their tasks, the newest first.

    `differs`: only those that say another label than all answers come to, or only the others.
    Raises NotFound.
    """
    slack = slack_of(projects.find_own(session, caller, project_id).config)
    key = {"project": project_id, "annotator": annotator_id, "differs": differs, "slack": slack}
    found = rows(session, _ANSWERS, after=after, most=limit + 1, **key)
    return Page(found[:limit], found[limit - 1].id if len(found) > limit else None)


def _square(flat: Sequence[float]) -> list[list[float]]:
    size = round(len(flat) ** 0.5)
    return [list(flat[first : first + size]) for first in range(0, len(flat), size)]


_SKILLS = """
SELECT s.run_number, r.created_at, s.accuracy, s.accuracy_low, s.accuracy_high, s.answers
FROM skills s JOIN consensus_runs r ON r.project_id = s.project_id AND r.number = s.run_number
WHERE s.project_id = %(project)s AND s.annotator_id = %(annotator)s
ORDER BY s.run_number DESC LIMIT %(most)s
"""
_CONFUSION = """
SELECT s.confusion, r.labels FROM projects p
JOIN skills s ON s.project_id = p.id AND s.run_number = p.run_number
JOIN consensus_runs r ON r.project_id = p.id AND r.number = p.run_number
WHERE p.id = %(project)s AND s.annotator_id = %(annotator)s
"""
_NEWEST = f"""(
        SELECT * FROM answers
        WHERE annotator_id = %(annotator)s AND {checked("project_id = %(project)s")}
        ORDER BY id DESC LIMIT %(most)s
    )"""
_DAYS = f"""
SELECT date_trunc('day', a.submitted_at)::date AS day, count(*) AS answers,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY a.time_spent_s) AS median_s,
       count(r.label) AS compared, count(*) FILTER (WHERE {same("r.label", "a.label")}) AS agreed
FROM {_NEWEST} a
JOIN tasks t ON {each("t.id", "a.task_id")}
LEFT JOIN results r ON {each("r.task_id", "t.id")} AND r.version = t.result_version
    AND r.answers_seen >= {LEAST_SEEN}
GROUP BY 1 ORDER BY 1
"""
_POOLS = f"""
SELECT p.id, p.name FROM pools p
WHERE p.tenant_id = %(owner)s AND {pools.is_in("%(annotator)s::uuid", "%(marketplace)s::uuid")}
ORDER BY p.name
"""
_ANSWERS = f"""
SELECT a.id, a.task_id, t.external_id AS task, a.label, a.submitted_at, a.time_spent_s,
       t.state AS task_state, r.label AS consensus, r.confidence, r.answers_seen,
       (r.posterior ->> a.label)::float AS probability, g.label AS gold,
       x.answer_id IS NOT NULL AS excluded
FROM answers a
JOIN tasks t ON {each("t.id", "a.task_id")}
LEFT JOIN results r ON {each("r.task_id", "t.id")} AND r.version = t.result_version
LEFT JOIN gold g ON {each("g.task_id", "t.id")} AND g.retired_at IS NULL
LEFT JOIN excluded_answers x ON {each("x.answer_id", "a.id")}
WHERE a.annotator_id = %(annotator)s AND {checked("a.project_id = %(project)s")}
  AND (%(after)s::uuid IS NULL OR a.id < %(after)s)
  AND (%(differs)s::bool IS NULL
       OR (r.label IS NOT NULL AND NOT {same("r.label", "a.label")}) = %(differs)s)
ORDER BY a.id DESC LIMIT %(most)s
"""
