"""Leasing the tasks that a marketplace names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from crowd.db import checked, each, new_id, rows
from crowd.services import participations, policies, transfers
from crowd.services.participations import Entry
from crowd.services.queue import Taken


def take(
    session: Session, entry: Entry, names: Sequence[str]
) -> tuple[list[Taken], list[tuple[str, str]]]:
    """Take a slot of each named task; one that cannot be had is refused, with its reason.

    What the annotator holds already is given again.
    """
    key: dict[str, Any] = {"project": entry.project_id, "annotator": entry.annotator_id}
    locked = {row.external_id: row for row in rows(session, _LOCK, names=list(set(names)), **key)}
    # asked when the tasks are locked: with a budget, nobody waits for a task while it is its turn
    room, no_room, _ = policies.room(session, entry, len(set(names)))
    wanted, refused = [], []
    for name in dict.fromkeys(names):
        row: Any = locked.get(name)
        if row is not None and row.had == "leased":
            wanted.append(row.id)
        elif reason := _refusal(entry, row, room, no_room or "limit_reached"):
            refused.append((name, reason))
        else:
            room -= 1
            wanted.append(row.id)
    taken = rows(
        session,
        _TAKE[entry.terms.pays],
        tasks=wanted,
        ids=[new_id() for _ in wanted],
        version=entry.terms.version,
        lease_seconds=entry.terms.lease_seconds,
        **transfers.terms_of_holds(entry.terms, len(wanted)),
        **key,
    )
    return [Taken(*row) for row in taken], refused


def _refusal(entry: Entry, row: Any, room: int, no_room: str) -> str | None:
    if row is None:
        return "no_such_task"
    if row.had == "answered":
        return "already_answered"
    if row.state != "open":
        return "task_closed"
    if row.unsure and entry.only_sure:
        return "not_qualified"
    if not row.open:
        return "task_full"
    return no_room if room <= 0 else None


_LOCK = f"""
WITH named AS MATERIALIZED (
    SELECT id FROM unnest(%(names)s::text[]) AS n (name)
    JOIN tasks ON project_id = %(project)s AND {each("external_id", "n.name")}
)
SELECT t.id, t.external_id, t.state, t.open, t.unsure, a.state AS had
FROM tasks t LEFT JOIN assignments a ON {each("a.task_id", "t.id")}
    AND {checked("a.annotator_id = %(annotator)s")}
WHERE t.id = ANY (ARRAY(SELECT id FROM named))
ORDER BY t.id
FOR NO KEY UPDATE OF t
"""
# a returned or expired one comes to life again: nobody has two assignments of one task
_TAKE_UNTIL_COUNTED = f"""
WITH named AS (
    SELECT * FROM unnest(%(tasks)s::uuid[], %(ids)s::uuid[]) WITH ORDINALITY
        AS n (task_id, assignment_id, place)
),
made AS (
    INSERT INTO assignments (id, project_id, task_id, annotator_id, config_version, state,
                             leased_at, expires_at)
    SELECT assignment_id, %(project)s, task_id, %(annotator)s, %(version)s, 'leased',
           now(), now() + make_interval(secs => %(lease_seconds)s)
    FROM named
    ON CONFLICT (task_id, annotator_id) DO UPDATE SET
        state = 'leased', closed_at = NULL, config_version = excluded.config_version,
        leased_at = excluded.leased_at, expires_at = excluded.expires_at
    WHERE assignments.state <> 'leased'
    RETURNING id, task_id, leased_at, expires_at
),
counted AS (
    UPDATE tasks t SET leased = leased + 1 FROM made WHERE {each("t.id", "made.task_id")}
    RETURNING t.is_gold
)"""
_TAKE_FROM_HELD = f"""held AS (
    SELECT id, task_id, leased_at, expires_at FROM made
    UNION ALL
    SELECT a.id, a.task_id, a.leased_at, a.expires_at
    FROM assignments a JOIN named n ON {each("a.task_id", "n.task_id")}
    WHERE {checked("a.annotator_id = %(annotator)s AND a.state = 'leased'")}
)
SELECT h.id, h.task_id, t.external_id, t.payload::text, t.batch, t.priority,
       h.leased_at, h.expires_at
FROM held h JOIN named n USING (task_id) JOIN tasks t ON {each("t.id", "h.task_id")}
ORDER BY n.place
"""
_TAKE = {
    False: f"{_TAKE_UNTIL_COUNTED}, {participations.count_leases('counted', paid=False)}, "
    f"{_TAKE_FROM_HELD}",
    True: f"{_TAKE_UNTIL_COUNTED}, {transfers.hold('made')}, "
    f"{participations.count_leases('counted', paid=True)}, {_TAKE_FROM_HELD}",
}
