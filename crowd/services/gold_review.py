"""Gold and how it fares: which may be wrong, which is used up, for somebody to look at.

How a gold task fares is worked out by surveys and kept beside it; until the next one, nothing is
known of what has become gold, or got another label, since.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from crowd.db import rows
from crowd.errors import NotFound
from crowd.models import Gold, Task
from crowd.services import projects
from crowd.services.answer_kinds import same, slack_of
from crowd.services.paging import Page
from crowd.services.shares import Share
from crowd.services.tenants import Caller

#: Fewer answers say nothing about a gold task.
LEAST_ANSWERS = 3
#: An annotator whose accuracy is above this, at the low end of its interval, is a good one.
GOOD = 0.7
#: A known label is doubted when it is more likely wrong than right.
DOUBTED = 0.5
#: Orders of the list, what needs a look first: by what is smallest.
SORTS = {
    "task": "0",
    "doubt": "-coalesce(s.doubt, -1)",
    "missed": "-coalesce(s.missed::float / nullif(s.answers, 0), -1)",
    "answers": "-coalesce(s.answers, 0)::float",
    "fresh": "coalesce(s.fresh_annotators, 2147483647)::float",
    "seconds": "-coalesce(s.seconds, -1)",
    "age": "extract(epoch FROM g.created_at)::float",
}


@dataclass(frozen=True, slots=True)
class GoldReview:
    """A gold task and how it fared, by the newest survey."""

    task_id: uuid.UUID
    external_id: str
    label: str
    explanation: str | None
    created_at: datetime
    #: Of the task: a closed one is not handed out any more.
    state: str
    answers: int
    #: Answers that were not the known one; of all annotators, and of the good ones.
    missed: int
    good_answers: int
    good_missed: int
    #: What most annotators say, or the median of numbers; None on a tie, or without answers.
    majority: str | None
    #: The crowd's own decision, made as if nothing were known, and how sure it is.
    consensus: str | None
    confidence: float | None
    #: Why somebody should look: `contested` (the crowd is sure of another label), `doubted` (by
    #: what good annotators say it is more likely wrong than right), `often_missed` (good annotators
    #: miss it more often than not). None: nothing is wrong with it.
    concern: str | None
    #: P(the known label is wrong), and what is right then. None: nobody has answered.
    doubt: float | None
    instead: str | None
    #: The median of seconds from lease to answer.
    seconds: float | None
    #: Annotators at work of late who have not had it; None: it has not been surveyed.
    fresh_annotators: int | None

    @property
    def right(self) -> Share:
        """The share of answers that are the known one, with its interval."""
        return Share.among(self.answers - self.missed, self.answers)


@dataclass(frozen=True, slots=True)
class Said:
    """How often a label was given to a task, in all and by good annotators."""

    label: str
    answers: int
    good: int


@dataclass(frozen=True, slots=True)
class GoldHistory:
    """A task that is gold, or was: every known label it has had, and what was said of it."""

    task_id: uuid.UUID
    external_id: str
    payload: Mapping[str, Any]
    #: None: it is not gold now.
    review: GoldReview | None
    #: The newest first.
    versions: Sequence[Gold]
    said: Sequence[Said]


def one_page_of(
    session: Session,
    caller: Caller,
    project_id: uuid.UUID,
    *,
    concern: bool | None = None,
    label: str | None = None,
    sort: str = "task",
    after: uuid.UUID | None,
    limit: int,
) -> Page:
    """List a project's gold with how it fares: all, or what gives concern, or not; of one label.

    It goes over the gold and its standings, none of the answers: some 20 ms for 10,000 of them.
    """
    projects.find(session, caller, project_id)
    chosen = {"concern": concern, "label": label, "after": after, "most": limit + 1}
    found = rows(session, _PAGES[sort], project=project_id, task=None, **chosen)
    items = [GoldReview(*row) for row in found[:limit]]
    return Page(items, items[-1].task_id if len(found) > limit else None)


def history(session: Session, caller: Caller, task_id: uuid.UUID) -> GoldHistory:
    """Read what was known of a task, now and before, and what annotators said. Raises NotFound."""
    task = session.get(Task, task_id)
    if task is None:
        raise NotFound("There is no such task.")
    run = projects.find(session, caller, task.project_id).project.run_number
    query = select(Gold).filter_by(task_id=task_id).order_by(Gold.id.desc())
    versions = session.scalars(query).all()
    if not versions:
        raise NotFound("The task is not gold, and never was.")
    chosen = {"concern": None, "label": None, "after": None, "most": 1}
    present = rows(session, _PAGES["task"], project=task.project_id, task=task_id, **chosen)
    said = rows(session, _SAID, project=task.project_id, task=task_id, run=run, good=GOOD)
    return GoldHistory(
        task_id=task_id,
        external_id=task.external_id,
        payload=task.payload,
        review=GoldReview(*present[0]) if present else None,
        versions=versions,
        said=[Said(*row) for row in said],
    )


def record(
    session: Session,
    project_id: uuid.UUID,
    doubts: Iterable[Mapping[str, Any]],
    active: Collection[uuid.UUID],
) -> None:
    """Put how gold fares in the place of what the survey before found.

    `doubts` has task_id, doubt and instead of gold with answers; `active` are the annotators at
    work of late. It goes over the answers to gold: for a job.
    """
    project = projects.in_force(session, project_id)
    rows(session, "DELETE FROM gold_standings WHERE project_id = %(project)s", project=project_id)
    rows(
        session,
        _RECORD,
        project=project_id,
        doubts=orjson.dumps(list(doubts)).decode(),
        active=list(active),
        good=GOOD,
        least=LEAST_ANSWERS,
        doubted=DOUBTED,
        sure=project.target_confidence,
        slack=slack_of(project),
    )


_COUNTS = "NOT EXISTS (SELECT FROM excluded_answers e WHERE e.answer_id = a.id)"
_RECORD = f"""
WITH judged AS (
    SELECT g.task_id, g.label, count(a.id) AS answers,
           count(a.id) FILTER (WHERE NOT {same("a.label", "g.label")}) AS missed,
           count(a.id) FILTER (WHERE s.accuracy_low >= %(good)s) AS good_answers,
           count(a.id) FILTER (
               WHERE s.accuracy_low >= %(good)s AND NOT {same("a.label", "g.label")}
           ) AS good_missed,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY a.time_spent_s) AS seconds
    FROM gold g
    JOIN projects p ON p.id = g.project_id
    LEFT JOIN answers a ON a.task_id = g.task_id AND {_COUNTS}
    LEFT JOIN skills s ON s.project_id = g.project_id AND s.run_number = p.run_number
        AND s.annotator_id = a.annotator_id
    WHERE g.project_id = %(project)s AND g.retired_at IS NULL
    GROUP BY g.task_id, g.label
)
INSERT INTO gold_standings (task_id, project_id, label, answers, missed, good_answers, good_missed,
    majority, consensus, confidence, concern, doubt, instead, seconds, fresh_annotators)
SELECT j.task_id, %(project)s, j.label, j.answers, j.missed, j.good_answers, j.good_missed,
    CASE WHEN %(slack)s::float IS NULL THEN (
        SELECT CASE WHEN count(*) = 1 THEN min(label) END FROM (
            SELECT label, rank() OVER (ORDER BY count(*) DESC) AS place
            FROM answers a WHERE a.task_id = j.task_id AND {_COUNTS} GROUP BY label
        ) counted WHERE place = 1
    ) ELSE (
        SELECT (array_agg(label ORDER BY label::float))[(count(*) + 1) / 2]
        FROM answers a WHERE a.task_id = j.task_id AND {_COUNTS}
    ) END,
    r.label, r.confidence,
    CASE WHEN j.answers >= %(least)s AND r.confidence >= %(sure)s
              AND NOT {same("r.label", "j.label")} THEN 'contested'
         WHEN j.good_answers >= %(least)s AND d.doubt > %(doubted)s THEN 'doubted'
         WHEN j.good_answers >= %(least)s AND 2 * j.good_missed > j.good_answers
             THEN 'often_missed'
    END,
    d.doubt, d.instead, j.seconds,
    cardinality(%(active)s::uuid[]) - (
        SELECT count(DISTINCT h.annotator_id) FROM assignments h
        WHERE h.task_id = j.task_id AND h.annotator_id = ANY (%(active)s::uuid[])
    )
FROM judged j
JOIN tasks t ON t.id = j.task_id
LEFT JOIN results r ON r.task_id = t.id AND r.version = t.result_version
LEFT JOIN json_to_recordset(%(doubts)s::json) AS d (task_id uuid, doubt float, instead text)
    ON d.task_id = j.task_id AND j.answers > 0
ORDER BY j.task_id
"""
_SAID = f"""
SELECT a.label, count(*) AS answers,
       count(*) FILTER (WHERE s.accuracy_low >= %(good)s) AS good
FROM answers a
LEFT JOIN skills s ON s.project_id = %(project)s AND s.run_number = %(run)s
    AND s.annotator_id = a.annotator_id
WHERE a.task_id = %(task)s AND {_COUNTS}
GROUP BY a.label ORDER BY answers DESC, a.label
"""


def _page_by(value: str) -> str:
    """Write the list in one order: what comes after a task comes after its place in that order."""
    standing = "gold_standings s ON s.task_id = g.task_id AND s.label = g.label"
    return f"""
WITH listed AS (
    SELECT g.*, {value} AS place
    FROM gold g LEFT JOIN {standing}
    WHERE g.project_id = %(project)s AND g.retired_at IS NULL
      AND (%(task)s::uuid IS NULL OR g.task_id = %(task)s)
      AND (%(label)s::text IS NULL OR g.label = %(label)s)
      AND (%(concern)s::bool IS NULL OR (s.concern IS NOT NULL) = %(concern)s)
),
page AS (
    SELECT * FROM listed
    WHERE %(after)s::uuid IS NULL OR (place, task_id) > (
        (SELECT {value} FROM gold g LEFT JOIN {standing}
         WHERE g.task_id = %(after)s ORDER BY g.retired_at DESC NULLS FIRST LIMIT 1), %(after)s
    )
    ORDER BY place, task_id LIMIT %(most)s
)
SELECT g.task_id, t.external_id, g.label, g.explanation, g.created_at, t.state,
       coalesce(s.answers, 0) AS answers, coalesce(s.missed, 0) AS missed,
       coalesce(s.good_answers, 0) AS good_answers, coalesce(s.good_missed, 0) AS good_missed,
       s.majority, s.consensus, s.confidence, s.concern, s.doubt, s.instead, s.seconds,
       s.fresh_annotators
FROM page g
JOIN tasks t ON t.id = g.task_id
LEFT JOIN {standing}
ORDER BY g.place, g.task_id
"""


_PAGES = {sort: _page_by(value) for sort, value in SORTS.items()}
