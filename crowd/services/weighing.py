"""What disputes are worth, worked out when they are opened and again after each fit."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import orjson
from sqlalchemy.orm import Session

from crowd.db import rows
from crowd.services import lookalikes
from crowd.services.worth import worth_of


def open_ones(session: Session, project_id: uuid.UUID) -> Sequence[uuid.UUID]:
    """Find the open disputes of a project."""
    return [row.id for row in rows(session, _OPEN_ONES, project=project_id)]


def keep_prints(session: Session, dispute_ids: Sequence[uuid.UUID]) -> None:
    """Take the items of new disputes apart, once: from then on others find them."""
    unread = rows(session, _UNREAD, disputes=list(dispute_ids))
    prints = [
        {
            "id": row.id,
            "fingerprint": lookalikes.fingerprint(
                row.project_id, sorted(lookalikes.features(row.payload))
            ),
        }
        for row in unread
    ]
    if prints:
        rows(session, _KEEP_PRINTS, given=orjson.dumps(prints).decode())


def compare(session: Session, dispute_ids: Sequence[uuid.UUID]) -> list[uuid.UUID]:
    """Count the look-alikes of some disputes, and of these; gives all that were counted.

    Locks nothing before it has looked at everything: whoever claims one need not wait.
    """
    keep_prints(session, dispute_ids)
    touched = {one: _open_like(session, one) for one in dispute_ids}
    every = {one for near in touched.values() for one in near} | set(touched)
    counts = [
        {"id": one, "alike": len(touched[one] if one in touched else _open_like(session, one))}
        for one in every
    ]
    rows(session, _KEEP_COUNTS, given=orjson.dumps(counts).decode())
    return sorted(every)


def weigh(session: Session, dispute_ids: Sequence[uuid.UUID]) -> None:
    """Say what rulings on some disputes are worth by now; those that are not open stay as they are.

    One statement to read and one to write, some 20 ms for a hundred.
    """
    found = rows(session, _TO_WEIGH, disputes=list(dispute_ids))
    weighed = [
        {
            "id": row.id,
            "worth": worth_of(
                doubt=row.doubt,
                causes=row.causes,
                alike=row.alike,
                unknown=row.unknown,
                days_old=row.days_old,
                days_left=row.days_left,
            ),
        }
        for row in found
    ]
    rows(session, _KEEP_WORTH, given=orjson.dumps(weighed).decode())


def _open_like(session: Session, dispute_id: uuid.UUID) -> list[uuid.UUID]:
    found = lookalikes.of_dispute(session, dispute_id, most=lookalikes.MOST_CANDIDATES)
    return [one.dispute_id for one in found if one.state == "open"]


_OPEN_ONES = "SELECT id FROM disputes WHERE project_id = %(project)s AND state = 'open' ORDER BY id"
_UNREAD = """
SELECT d.id, d.project_id, t.payload FROM disputes d JOIN tasks t ON t.id = d.task_id
WHERE d.id = ANY (%(disputes)s) AND d.fingerprint IS NULL ORDER BY d.id
"""
# in the order of their ids, as everybody locks disputes
_KEEP = """
WITH given AS MATERIALIZED (
    SELECT * FROM json_to_recordset(%(given)s::json) AS g (id uuid, {column} {kind})
),
locked AS (
    SELECT id FROM disputes WHERE id IN (SELECT id FROM given) ORDER BY id FOR NO KEY UPDATE
)
UPDATE disputes d SET {column} = given.{column} FROM given JOIN locked USING (id)
WHERE d.id = given.id
"""
_KEEP_PRINTS = _KEEP.format(column="fingerprint", kind="bigint[]")
_KEEP_COUNTS = _KEEP.format(column="alike", kind="int")
_KEEP_WORTH = _KEEP.format(column="worth", kind="float8")
# what stands: of gold the known answer, else the label of the newest result; a tie has none
_TO_WEIGH = """
SELECT d.id, d.causes, d.alike,
       extract(epoch FROM now() - d.opened_at)::float8 / 86400 AS days_old,
       extract(epoch FROM d.deadline_at - now())::float8 / 86400 AS days_left,
       1 - coalesce((r.posterior ->> coalesce(g.label, r.label))::float8, 0.5) AS doubt,
       coalesce((
           SELECT array_agg(coalesce(s.accuracy_high - s.accuracy_low, 1))
           FROM answers a
           LEFT JOIN skills s ON s.project_id = d.project_id AND s.run_number = p.run_number
               AND s.annotator_id = a.annotator_id
           WHERE a.task_id = d.task_id
       ), '{}') AS unknown
FROM disputes d
JOIN projects p ON p.id = d.project_id
JOIN tasks t ON t.id = d.task_id
LEFT JOIN results r ON r.task_id = t.id AND r.version = t.result_version
LEFT JOIN gold g ON g.task_id = t.id AND g.retired_at IS NULL
WHERE d.id = ANY (%(disputes)s) AND d.state = 'open'
"""
