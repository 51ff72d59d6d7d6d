"""Keeping track records: skill from each fit, agreement and speed from the last answers.

What an annotator's answers say of agreement comes from results, and so from no gold. Only those are
looked at who have answered since, and only those written whose skill has moved.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy.orm import Session

from crowd.db import checked, each, rows
from crowd.services import projects
from crowd.services.answer_kinds import same, slack_of
from crowd.services.shares import Difference, Share

#: Answers of an annotator looked at, and those of them that are held against the others for drift.
LAST, RECENT = 200, 50
#: A result that has seen fewer answers says nothing of them.
LEAST_SEEN = 2
#: Annotators brought up to date in one transaction.
BATCH = 200
#: Skill that has moved less than this need not be written again.
SAME_WITHIN = 0.002
#: Likeness that is less probable by chance is copying.
COPYING_BELOW = 0.01


def keep(
    session: Session, project_id: uuid.UUID, after: uuid.UUID | None = None
) -> uuid.UUID | None:
    """Bring up to date some who have answered since, in the order of their ids.

    Gives the last of them, `after` whom to go on; None at the end. Reads the last answers of each:
    some 2 ms an annotator.
    """
    behind = rows(session, _BEHIND, project=project_id, after=after, most=BATCH)
    who = [row.annotator_id for row in behind]
    if who:
        slack = slack_of(projects.in_force(session, project_id))
        found = rows(session, _LAST_ANSWERS, project=project_id, annotators=who, slack=slack)
        _write(session, _KEEP, project_id, [_summed_up(row) for row in found])
    return who[-1] if len(who) == BATCH else None


def learn(session: Session, project_id: uuid.UUID) -> None:
    """Take over what the newest fit says of those who have a record, where it says anything new."""
    found = rows(
        session, _LEARNED, project=project_id, same=SAME_WITHIN, copying_below=COPYING_BELOW
    )
    learned = [
        {**row._asdict(), "gold_low": Share.among(row.gold_correct, row.gold_seen).low}
        for row in found
    ]
    _write(session, _LEARN, project_id, learned)


def _summed_up(row: Any) -> dict[str, Any]:
    before = Share.among(row.agreed - row.recently_agreed, row.compared - row.recently_compared)
    recently = Share.among(row.recently_agreed, row.recently_compared)
    return {
        **row._asdict(),
        "agreement_low": Share.among(row.agreed, row.compared).low,
        "is_drifting": Difference.between(recently, before).high < 0,
    }


def _write(
    session: Session, statement: str, project_id: uuid.UUID, found: Sequence[Mapping[str, Any]]
) -> None:
    if found:
        rows(session, statement, project=project_id, found=orjson.dumps(found).decode())


# exclusions and pay move what stands here too
_BEHIND = """
SELECT w.annotator_id FROM participations w
LEFT JOIN track_records r ON r.project_id = w.project_id AND r.annotator_id = w.annotator_id
WHERE w.project_id = %(project)s AND w.answered > 0
  AND (%(after)s::uuid IS NULL OR w.annotator_id > %(after)s)
  AND (r.annotator_id IS NULL OR r.answers <> w.answered OR r.spent <> w.earned)
ORDER BY w.annotator_id LIMIT %(most)s
"""
_LAST_ANSWERS = f"""
SELECT who.id AS annotator_id, n.median_s, n.last_answer_at, n.compared, n.agreed,
       n.recently_compared, n.recently_agreed
FROM unnest(%(annotators)s::uuid[]) AS who (id) CROSS JOIN LATERAL (
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY a.time_spent_s) AS median_s,
           max(a.submitted_at) AS last_answer_at,
           count(r.label) AS compared,
           count(*) FILTER (WHERE {same("r.label", "a.label")}) AS agreed,
           count(r.label) FILTER (WHERE a.place <= {RECENT}) AS recently_compared,
           count(*) FILTER (WHERE a.place <= {RECENT} AND {same("r.label", "a.label")})
               AS recently_agreed
    FROM (
        SELECT *, row_number() OVER (ORDER BY id DESC) AS place FROM (
            SELECT id, task_id, label, time_spent_s, submitted_at FROM answers
            WHERE annotator_id = who.id AND {checked("project_id = %(project)s")}
            ORDER BY id DESC LIMIT {LAST}
        ) newest
    ) a
    JOIN tasks t ON {each("t.id", "a.task_id")}
    LEFT JOIN results r ON {each("r.task_id", "t.id")} AND r.version = t.result_version
        AND r.answers_seen >= {LEAST_SEEN}
) n
WHERE n.last_answer_at IS NOT NULL
"""
_KEEP = """
INSERT INTO track_records AS r (project_id, annotator_id, tenant_id, answers, spent, compared,
                                agreed, agreement_low, median_s, last_answer_at, is_drifting)
SELECT %(project)s, n.annotator_id, w.tenant_id, w.answered, w.earned, n.compared, n.agreed,
       n.agreement_low, n.median_s, n.last_answer_at, n.is_drifting
FROM json_to_recordset(%(found)s::json) AS n (
    annotator_id uuid, compared int, agreed int, agreement_low float, median_s float,
    last_answer_at timestamptz, is_drifting bool
)
JOIN participations w ON w.project_id = %(project)s AND w.annotator_id = n.annotator_id
ORDER BY n.annotator_id
ON CONFLICT (project_id, annotator_id) DO UPDATE SET
    answers = excluded.answers, spent = excluded.spent, compared = excluded.compared,
    agreed = excluded.agreed, agreement_low = excluded.agreement_low,
    median_s = excluded.median_s, last_answer_at = excluded.last_answer_at,
    is_drifting = excluded.is_drifting, updated_at = now()
"""
_LEARNED = """
SELECT s.annotator_id, s.run_number, s.accuracy, s.accuracy_low, s.accuracy_high, s.gold_seen,
       s.gold_correct, s.is_spammer, c.is_copying
FROM projects p
JOIN skills s ON s.project_id = p.id AND s.run_number = p.run_number
JOIN track_records r ON r.project_id = p.id AND r.annotator_id = s.annotator_id
CROSS JOIN LATERAL (
    SELECT EXISTS (
        SELECT FROM likenesses l WHERE l.project_id = p.id AND l.annotator_id = s.annotator_id
        AND l.chance < %(copying_below)s
    ) AS is_copying
) c
WHERE p.id = %(project)s AND (
    r.run_number IS NULL OR abs(r.accuracy - s.accuracy) > %(same)s
    OR abs(r.accuracy_low - s.accuracy_low) > %(same)s
    OR (r.gold_seen, r.gold_correct) <> (s.gold_seen, s.gold_correct)
    OR (r.is_spammer, r.is_copying) <> (s.is_spammer, c.is_copying)
)
"""
# in the order in which records are kept: two workers may have been given the same project
_LEARN = """
WITH n AS MATERIALIZED (
    SELECT * FROM json_to_recordset(%(found)s::json) AS n (
        annotator_id uuid, run_number int, accuracy float, accuracy_low float, accuracy_high float,
        gold_seen int, gold_correct int, gold_low float, is_spammer bool, is_copying bool
    )
),
locked AS (
    SELECT annotator_id FROM track_records
    WHERE project_id = %(project)s AND annotator_id = ANY (ARRAY(SELECT annotator_id FROM n))
    ORDER BY annotator_id FOR NO KEY UPDATE
)
UPDATE track_records r SET
    run_number = n.run_number, accuracy = n.accuracy, accuracy_low = n.accuracy_low,
    accuracy_high = n.accuracy_high, gold_seen = n.gold_seen, gold_correct = n.gold_correct,
    gold_low = n.gold_low, is_spammer = n.is_spammer, is_copying = n.is_copying, updated_at = now()
FROM n JOIN locked USING (annotator_id)
WHERE r.project_id = %(project)s AND r.annotator_id = n.annotator_id
"""
