"""Gold that may be wrong: what annotators made of it, for somebody to look at."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from crowd.db import rows
from crowd.services import projects
from crowd.services.paging import Page
from crowd.services.projects import ProjectView
from crowd.services.tenants import Caller

#: Fewer answers say nothing about a gold task.
LEAST_ANSWERS = 3
#: An annotator whose accuracy is above this, at the low end of its interval, is a good one.
GOOD = 0.7


@dataclass(frozen=True, slots=True)
class GoldReview:
    """A gold task and how it fared."""

    task_id: uuid.UUID
    external_id: str
    label: str
    created_at: datetime
    answers: int
    #: Answers that were not the known one; of all annotators, and of the good ones.
    missed: int
    good_answers: int
    good_missed: int
    #: What most annotators say; None on a tie, or without answers.
    majority: str | None
    #: The crowd's own decision, made as if nothing were known, and how sure it is.
    consensus: str | None
    confidence: float | None
    #: Why somebody should look: `contested` (the crowd is sure of another label), `often_missed`
    #: (good annotators miss it more often than not). None: nothing is wrong with it.
    concern: str | None


def one_page_of(
    session: Session,
    caller: Caller,
    project_id: uuid.UUID,
    *,
    concern: bool | None,
    after: uuid.UUID | None,
    limit: int,
) -> Page:
    """List a project's gold with what annotators made of it: all, or what gives concern, or not."""
    view = projects.find(session, caller, project_id)
    found = _reviewed(session, view, concern=concern, after=after, most=limit + 1)
    return Page(found[:limit], found[limit - 1].task_id if len(found) > limit else None)


def concerning(
    session: Session, caller: Caller, project_id: uuid.UUID, *, most: int
) -> list[GoldReview]:
    """Find gold that gives concern, some of it. Walks the project's gold with its answers."""
    view = projects.find(session, caller, project_id)
    return _reviewed(session, view, concern=True, after=None, most=most)


def _reviewed(session: Session, view: ProjectView, **which: Any) -> list[GoldReview]:
    found = rows(
        session,
        _REVIEW,
        project=view.project.id,
        run=view.project.run_number,
        good=GOOD,
        least=LEAST_ANSWERS,
        sure=view.config.target_confidence,
        **which,
    )
    return [GoldReview(*row) for row in found]


_REVIEW = """
WITH judged AS (
    SELECT g.task_id, g.label, g.created_at, t.external_id,
           count(a.id) AS answers,
           count(a.id) FILTER (WHERE a.label <> g.label) AS missed,
           count(a.id) FILTER (WHERE s.accuracy_low >= %(good)s) AS good_answers,
           count(a.id) FILTER (WHERE s.accuracy_low >= %(good)s AND a.label <> g.label)
               AS good_missed,
           r.label AS consensus, r.confidence
    FROM gold g
    JOIN tasks t ON t.id = g.task_id
    LEFT JOIN answers a ON a.task_id = g.task_id AND NOT EXISTS (
        SELECT FROM excluded_answers e WHERE e.answer_id = a.id
    )
    LEFT JOIN skills s ON s.project_id = g.project_id AND s.run_number = %(run)s
        AND s.annotator_id = a.annotator_id
    LEFT JOIN results r ON r.task_id = t.id AND r.version = t.result_version
    WHERE g.project_id = %(project)s AND g.retired_at IS NULL
    GROUP BY g.id, t.id, r.id
),
concerning AS (
    SELECT j.*, CASE
        WHEN answers >= %(least)s AND consensus <> label AND confidence >= %(sure)s
            THEN 'contested'
        WHEN good_answers >= %(least)s AND 2 * good_missed > good_answers THEN 'often_missed'
    END AS concern
    FROM judged j
)
SELECT c.task_id, c.external_id, c.label, c.created_at, c.answers, c.missed, c.good_answers,
       c.good_missed,
       (SELECT CASE WHEN count(*) = 1 THEN min(label) END FROM (
            SELECT label, rank() OVER (ORDER BY count(*) DESC) AS place
            FROM answers a WHERE a.task_id = c.task_id AND NOT EXISTS (
                SELECT FROM excluded_answers e WHERE e.answer_id = a.id
            ) GROUP BY label
        ) counted WHERE place = 1) AS majority,
       c.consensus, c.confidence, c.concern
FROM concerning c
WHERE (%(after)s::uuid IS NULL OR c.task_id > %(after)s)
  AND (%(concern)s::bool IS NULL OR (c.concern IS NOT NULL) = %(concern)s)
ORDER BY c.task_id LIMIT %(most)s
"""
