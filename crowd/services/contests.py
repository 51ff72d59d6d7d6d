"""What speaks against labels that the engine is sure of: found after each fit, for people to see.

Gold that good annotators miss; pools that answer differently; answers that a change of the
guideline has turned. What a ruling stands for is not looked at again.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations, groupby
from math import comb
from typing import Any

from sqlalchemy.orm import Session

from crowd.db import rows
from crowd.models import ConsensusRun, Project, Tenant
from crowd.services import disputes, gold_review, outbox, pools, projects, tenants
from crowd.services.answer_kinds import slack_of

#: Asks for a search, after the run whose id it names.
WANTED = "disputes.requested"
#: Answers of a group, at least, for its majority to say anything.
LEAST = 2
#: Pools are said to differ where chance alone would part them so in one task of ten at the most.
BY_CHANCE = 0.1
#: Disputes opened in one go about gold: whoever has more has chosen the wrong gold.
MOST_GOLD = 1000


def request(session: Session, run: ConsensusRun) -> None:
    """Ask for a search through what a run has seen that the one before had not."""
    outbox.publish(session, WANTED, project_id=run.project_id, subject_ids=[run.id])


def contested_gold(session: Session, project_id: uuid.UUID) -> Sequence[uuid.UUID]:
    """Find gold that gives concern by the newest survey."""
    project = session.get_one(Project, project_id)
    owner = tenants.operator_of(session.get_one(Tenant, project.tenant_id))
    found = gold_review.one_page_of(
        session, owner, project_id, concern=True, after=None, limit=MOST_GOLD
    )
    return _without_ruling(session, [one.task_id for one in found.items])


def open_about_gold(session: Session, project_id: uuid.UUID) -> int:
    """Open disputes about gold that gives concern; gives how many there are with something new."""
    found = contested_gold(session, project_id)
    return disputes.open_about(session, found, "contested_gold")


def split_by_guideline(session: Session, run_ids: Sequence[uuid.UUID]) -> Sequence[uuid.UUID]:
    """Find tasks whose answers under two versions of the guideline have different majorities.

    Among those that some runs were the first to see answers to; costs a walk over these answers.
    """
    return _without_ruling(session, [task for task, _ in _split(session, run_ids, _BY_GUIDELINE)])


def split_by_pool(session: Session, run_ids: Sequence[uuid.UUID]) -> Sequence[uuid.UUID]:
    """Find tasks on which two of the project's pools have different majorities, hardly by chance.

    Where the project has not two pools, two marketplaces. Who is in a pool is read as of now. On an
    item that everybody finds hard, majorities differ half the time; that is no matter of pools.
    """
    found = _split(session, run_ids, _BY_POOL)
    return _without_ruling(session, [task for task, votes in found if chance(votes) <= BY_CHANCE])


def chance(votes: Mapping[str, Mapping[str, int]]) -> float:
    """Say how likely sides part as much as they do, or more, if sides were no matter, 0 to 1.

    `votes` are each side's, by label. Fisher's exact test (1922), two-sided, of each pair of sides
    between the labels that each prefers; the least of them times the pairs there are (Bonferroni).
    """
    pairs = list(combinations(votes.values(), 2))
    return min(1.0, len(pairs) * min((_fisher(*pair) for pair in pairs), default=1.0))


def search(session: Session, run_ids: Sequence[uuid.UUID]) -> Mapping[str, Sequence[uuid.UUID]]:
    """Find what some runs have brought to light: tasks by cause, in the order of their ids."""
    return {
        "split_by_pool": split_by_pool(session, run_ids),
        "guideline_change": split_by_guideline(session, run_ids),
    }


def _fisher(one: Mapping[str, int], other: Mapping[str, int]) -> float:
    mine, theirs = (max(side, key=lambda label: side[label]) for side in (one, other))
    if mine == theirs:
        return 1.0
    here = one[mine], one.get(theirs, 0)
    there = other.get(mine, 0), other[theirs]
    of_one, of_label, everyone = sum(here), here[0] + there[0], sum(here) + sum(there)
    least, most = max(0, of_one + of_label - everyone), min(of_one, of_label)
    ways = [comb(of_one, n) * comb(everyone - of_one, of_label - n) for n in range(least, most + 1)]
    return sum(n for n in ways if n <= ways[here[0] - least]) / comb(everyone, of_label)


def _split(
    session: Session, run_ids: Sequence[uuid.UUID], groups: str
) -> Iterable[tuple[uuid.UUID, Mapping[str, Mapping[str, int]]]]:
    """Find tasks whose sides have different majorities: each side's votes by label."""
    seen = rows(session, _NEWLY_SEEN, runs=list(run_ids))
    if not seen:
        return []
    (span,) = seen
    config = projects.in_force(session, span.project_id)
    key = {"project": span.project_id, "after": span.after, "upto": span.upto, "least": LEAST}
    wish = {"pools": list(config.pools) if len(config.pools) > 1 else None}
    slack = slack_of(config)
    split = _SPLIT if slack is None else _SPLIT_NUMBERS
    found = rows(session, split.format(groups=groups), slack=slack, **key, **wish)
    return [
        (task_id, _by_side(votes)) for task_id, votes in groupby(found, lambda row: row.task_id)
    ]


def _by_side(votes: Iterable[Any]) -> Mapping[str, Mapping[str, int]]:
    sides: dict[str, dict[str, int]] = {}
    for row in votes:
        sides.setdefault(row.name, {})[row.label] = row.votes
    return sides


def _without_ruling(session: Session, task_ids: Sequence[uuid.UUID]) -> Sequence[uuid.UUID]:
    return [row.id for row in rows(session, _WITHOUT_RULING, tasks=list(task_ids))]


_WITHOUT_RULING = """
SELECT t.id FROM unnest(%(tasks)s::uuid[]) AS t (id)
WHERE NOT EXISTS (SELECT FROM standing_rulings h WHERE h.task_id = t.id)
"""
# nothing before the first run
_NEWLY_SEEN = """
SELECT r.project_id,
       (array_agg(before.last_answer_id ORDER BY before.number NULLS FIRST))[1] AS after,
       (array_agg(r.last_answer_id ORDER BY r.number DESC))[1] AS upto
FROM consensus_runs r
LEFT JOIN consensus_runs before
    ON before.project_id = r.project_id AND before.number = r.number - 1
WHERE r.id = ANY (%(runs)s) GROUP BY r.project_id
"""
#: The group that answer `a` counts for: by a join, of which more than one row may come.
_BY_GUIDELINE = """
JOIN project_configs c ON c.project_id = a.project_id AND c.version = a.config_version
CROSS JOIN LATERAL (SELECT c.guideline::text AS name WHERE c.guideline IS NOT NULL) side
"""
_BY_POOL = f"""
JOIN annotators who ON who.id = a.annotator_id
JOIN projects w ON w.id = a.project_id
CROSS JOIN LATERAL (
    SELECT who.tenant_id::text AS name WHERE %(pools)s::text[] IS NULL
    UNION ALL
    SELECT p.name FROM pools p
    WHERE p.tenant_id = w.tenant_id AND p.name = ANY (%(pools)s::text[])
      AND {pools.is_in("who.id", "who.tenant_id")}
) side
"""
_TOUCHED = """
WITH touched AS MATERIALIZED (
    SELECT DISTINCT task_id FROM answers
    WHERE project_id = %(project)s AND id <= %(upto)s
      AND (%(after)s::uuid IS NULL OR id > %(after)s)
)"""
_SPLIT = f"""{_TOUCHED},
counted AS (
    SELECT a.task_id, side.name, a.label, count(*) AS votes,
           max(count(*)) OVER side_of_task AS most, sum(count(*)) OVER side_of_task AS every
    FROM touched JOIN answers a ON a.task_id = touched.task_id {{groups}}
    WHERE NOT EXISTS (SELECT FROM excluded_answers e WHERE e.answer_id = a.id)
    GROUP BY a.task_id, side.name, a.label
    WINDOW side_of_task AS (PARTITION BY a.task_id, side.name)
),
majorities AS (
    SELECT task_id, name, min(label) AS label FROM counted
    WHERE votes = most AND every >= %(least)s GROUP BY task_id, name HAVING count(*) = 1
),
parted AS (
    SELECT task_id FROM majorities GROUP BY task_id HAVING count(DISTINCT label) > 1
)
SELECT task_id, name, label, votes FROM counted JOIN parted USING (task_id)
WHERE every >= %(least)s ORDER BY task_id, name, label
"""
# numbers have no majority: their medians lie further apart than what counts as the same
_SPLIT_NUMBERS = f"""{_TOUCHED},
middles AS (
    SELECT a.task_id, side.name,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY a.label::float) AS middle
    FROM touched JOIN answers a ON a.task_id = touched.task_id {{groups}}
    WHERE NOT EXISTS (SELECT FROM excluded_answers e WHERE e.answer_id = a.id)
    GROUP BY a.task_id, side.name HAVING count(*) >= %(least)s
),
parted AS (
    SELECT task_id, (max(middle) + min(middle)) / 2 AS between_them FROM middles
    GROUP BY task_id HAVING max(middle) - min(middle) > %(slack)s
)
SELECT a.task_id, side.name,
       CASE WHEN a.label::float < parted.between_them THEN 'lower' ELSE 'higher' END AS label,
       count(*) AS votes
FROM parted JOIN answers a ON a.task_id = parted.task_id {{groups}}
JOIN middles m ON m.task_id = a.task_id AND m.name = side.name
WHERE NOT EXISTS (SELECT FROM excluded_answers e WHERE e.answer_id = a.id)
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
