"""The next tasks of a project for an annotator: found, taken and noted in one statement.

Open tasks stand in an index by priority, level and rank. A group is all tasks of one priority and
level. Within a group each search starts at a rank of its own, drawn at random, and passes over what
the annotator has had. So its cost depends neither on how many tasks there are, nor on how many are
done, nor on how long the annotator has been at work; no two annotators meet tasks in the same
order; and two requests seldom want the same row. It looks at a bounded part of a bounded number of
groups; only where all of that is the annotator's own is everything searched.
"""

from __future__ import annotations

import itertools
import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from crowd.db import checked, each, new_id, rows
from crowd.services import participations, transfers
from crowd.services.participations import Entry

#: Tasks looked at in either direction within a group, and groups looked into.
LOOK = 256
GROUPS = 32
#: Spare candidates, in case another request holds the first ones for a moment.
SPARE = 8
#: Nobody can compute the next draw from those before.
_chance = random.SystemRandom()
#: No priority is higher.
TOP = 2_147_483_647


@dataclass(frozen=True, slots=True)
class Taken:
    """A slot that has been taken, with the assignment made for it."""

    assignment_id: uuid.UUID
    task_id: uuid.UUID
    external_id: str
    #: As JSON text: nobody on the way out needs to look into it.
    payload: str
    batch: str | None
    priority: int
    leased_at: datetime
    expires_at: datetime


def take(
    session: Session, entry: Entry, *, count: int, gold: int, ceiling: int | None = None
) -> list[Taken]:
    """Take a slot of each of the next `count` tasks, `gold` of them gold where there is any.

    Without a policy gold stands in the queue as any other task. With one it comes only beside
    ordinary work: what is left when that is gone would give it away.
    `ceiling`: the highest priority worth searching.
    """
    terms = entry.terms
    suggested = terms.strategy == "informative"
    statement = _NEXT[terms.mixes_gold, suggested, terms.pays, entry.only_sure]
    return _run(session, statement, entry, count, gold, TOP if ceiling is None else ceiling)


def take_anywhere(session: Session, entry: Entry, *, count: int, gold: int) -> list[Taken]:
    """Take the next tasks as `take` does, and leave out none: costs as much as there are tasks."""
    statement = _ANYWHERE[entry.terms.mixes_gold, entry.terms.pays, entry.only_sure]
    return _run(session, statement, entry, count, gold, TOP)


def take_batches(session: Session, entry: Entry, names: Sequence[str], most: int) -> list[Taken]:
    """Take a slot of every other task of some batches."""
    statement = _BATCHES[entry.terms.pays, entry.only_sure]
    return _run(session, statement, entry, most, 0, TOP, batches=list(names))


def _run(
    session: Session,
    statement: str,
    entry: Entry,
    count: int,
    gold: int,
    ceiling: int,
    **more: Any,
) -> list[Taken]:
    found = rows(
        session,
        statement,
        project=entry.project_id,
        annotator=entry.annotator_id,
        version=entry.terms.version,
        lease_seconds=entry.terms.lease_seconds,
        start=_chance.random(),
        count=count,
        gold=gold,
        ceiling=ceiling,
        # made beforehand and dealt out at random: their order tells nothing of what was picked how
        ids=[new_id() for _ in range(count)],
        **transfers.terms_of_holds(entry.terms, count),
        **more,
    )
    return [Taken(*row) for row in found]


# looked up by the task, never through all that the annotator has had
_HAD = f"""EXISTS (
    SELECT FROM assignments h
    WHERE h.task_id = {{task}} AND {checked("h.annotator_id = %(annotator)s")} OFFSET 0
)"""


def _lane(name: str, which: str, limit: str, first: str = "") -> str:
    """Write the search among the open tasks that meet a condition, as two common tables.

    A loose scan goes from the first task of a group straight to the first task of the next; in
    each, the search goes from the drawn start up, then round to it. `first`: what goes before.
    """
    lane = f"project_id = %(project)s AND open AND {which}"
    part = f"""(SELECT id FROM (
            SELECT id, rank FROM tasks
            WHERE {lane} AND priority = g.priority AND level = g.level AND rank {{side}} %(start)s
            ORDER BY rank LIMIT {LOOK}
        ) part WHERE NOT {_HAD.format(task="part.id")})"""
    return f"""{name}_groups AS (
        (SELECT priority, level FROM tasks WHERE {lane} AND priority <= %(ceiling)s
         ORDER BY priority DESC, level, rank LIMIT 1)
      UNION ALL
        SELECT n.priority, n.level FROM {name}_groups g CROSS JOIN LATERAL (
            (SELECT priority, level FROM tasks
             WHERE {lane} AND priority = g.priority AND level > g.level
             ORDER BY priority DESC, level, rank LIMIT 1)
          UNION ALL
            (SELECT priority, level FROM tasks WHERE {lane} AND priority < g.priority
             ORDER BY priority DESC, level, rank LIMIT 1)
          LIMIT 1
        ) n
    ),
    {name} AS (
        {first}
        SELECT c.id FROM (SELECT * FROM {name}_groups LIMIT {GROUPS}) g
        CROSS JOIN LATERAL ({part.format(side=">")} UNION ALL {part.format(side="<=")}) c
        LIMIT {limit}
    )"""


_WANTED = f"%(count)s + {SPARE}"
_ORDINARY, _GOLD = "NOT is_gold", "is_gold"
#: Which tasks an annotator may have: any, or those alone that models are not unsure of.
_MAY = {False: "true", True: "NOT unsure"}
# what a job found to be worth most from this annotator goes first
_SUGGESTIONS = f"""(SELECT id FROM (
    SELECT t.id FROM suggestions s JOIN tasks t ON {each("t.id", "s.task_id")}
    WHERE t.open AND {{which}} AND s.project_id = %(project)s AND s.annotator_id = %(annotator)s
    ORDER BY s.position
) suggested WHERE NOT {_HAD.format(task="suggested.id")}) UNION ALL"""
# gold is searched for whether it is wanted or not: time must not tell
_MIXED = """mixed AS (
    SELECT id FROM (SELECT id, row_number() OVER () AS number FROM golden) g
    WHERE number <= %(gold)s AND EXISTS (SELECT FROM found)
  UNION ALL
    SELECT id FROM found
)"""


def _everywhere(which: str) -> str:
    return f"""found AS (
        SELECT id FROM tasks WHERE project_id = %(project)s AND open AND {which}
        AND NOT {_HAD.format(task="tasks.id")}
        ORDER BY priority DESC, level, rank LIMIT {_WANTED}
    )"""


def _take(source: str, *, paid: bool) -> str:
    """Write the part of a statement that takes what can be had of the rows of `source`.

    The row lock and the recheck of `open` under it make the cap hold; SKIP LOCKED lets two pass.
    LATERAL: candidates are looked at one by one, in their order, and no further than needed.
    """
    held = f"{transfers.hold('made')}," if paid else ""
    return f"""picked AS (
    SELECT t.id FROM {source} c CROSS JOIN LATERAL (
        SELECT id FROM tasks WHERE id = c.id AND open FOR NO KEY UPDATE SKIP LOCKED
    ) t LIMIT %(count)s
),
taken AS (
    UPDATE tasks t SET leased = leased + 1 FROM picked WHERE {each("t.id", "picked.id")}
    RETURNING t.id, t.external_id, t.payload::text AS payload, t.batch, t.priority, t.is_gold
),
dealt AS (SELECT *, row_number() OVER (ORDER BY random()) AS number FROM taken),
made AS (
    INSERT INTO assignments (id, project_id, task_id, annotator_id, config_version, state,
                             leased_at, expires_at)
    SELECT (%(ids)s::uuid[])[number], %(project)s, id, %(annotator)s, %(version)s, 'leased',
           now(), now() + make_interval(secs => %(lease_seconds)s)
    FROM dealt
    RETURNING id, task_id, leased_at, expires_at
),
{held}
{participations.count_leases("taken", paid=paid)}
SELECT made.id, task_id, external_id, payload, batch, priority, leased_at, expires_at
FROM made JOIN dealt ON dealt.id = made.task_id ORDER BY number"""


def _golden(which: str) -> str:
    return _lane("golden", f"{_GOLD} AND {which}", "greatest(%(gold)s, 1)")


def _related(which: str) -> str:
    return f"""related AS (
    SELECT id FROM unnest(%(batches)s::text[]) AS b (name) JOIN tasks ON {each("batch", "b.name")}
    WHERE project_id = %(project)s AND {checked(f"open AND {which}")}
      AND NOT {_HAD.format(task="tasks.id")}
)"""


def _ordinary(which: str, *, mixed: bool) -> str:
    return f"{_ORDINARY} AND {which}" if mixed else which


def _statement(found: str, which: str, *, mixed: bool, paid: bool) -> str:
    if mixed:
        return f"WITH RECURSIVE {found}, {_golden(which)}, {_MIXED}, {_take('mixed', paid=paid)}"
    return f"WITH RECURSIVE {found}, {_take('found', paid=paid)}"


_EITHER = (False, True)
#: By whether gold has a policy of its own, whether suggestions go first, whether it is paid, and
#: whether what models are unsure of is left out.
_NEXT = {
    (mixed, suggested, paid, only_sure): _statement(
        _lane(
            "found",
            ordinary := _ordinary(_MAY[only_sure], mixed=mixed),
            _WANTED,
            _SUGGESTIONS.format(which=ordinary) if suggested else "",
        ),
        _MAY[only_sure],
        mixed=mixed,
        paid=paid,
    )
    for mixed, suggested, paid, only_sure in itertools.product(_EITHER, repeat=4)
}
_ANYWHERE = {
    (mixed, paid, only_sure): _statement(
        _everywhere(_ordinary(_MAY[only_sure], mixed=mixed)),
        _MAY[only_sure],
        mixed=mixed,
        paid=paid,
    )
    for mixed, paid, only_sure in itertools.product(_EITHER, repeat=3)
}
_BATCHES = {
    (paid, only_sure): f"WITH {_related(_MAY[only_sure])}, {_take('related', paid=paid)}"
    for paid, only_sure in itertools.product(_EITHER, repeat=2)
}
