"""What a report on quality is made of, as far as the database can count it.

For a job: some statements read every task or answer of the project, each of them once.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any

from sqlalchemy.orm import Session

from crowd.db import rows
from crowd.models import ProjectConfig
from crowd.services import projects, quality_numbers
from crowd.services.answer_kinds import labels_in, same, says_same, slack_of
from crowd.services.shares import Share

#: Where bins of confidence end: the finer, the nearer to what projects ask for.
ENDS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 1.0)
EDGES = [{"low": low, "high": high} for low, high in pairwise((0.0, *ENDS))]


def gather(session: Session, project_id: uuid.UUID) -> dict[str, Any]:
    """Read all of it, as JSON can hold it: counts, shares with their 95 % intervals, versions."""
    config = projects.in_force(session, project_id)
    key = {"project": project_id}
    ends = list(ENDS[:-1])
    judged = _judged(config, _rows(session, _GOLD, ends=ends, **key))
    decided = _rows(session, _LABELS, ends=ends, **key)
    return {
        "project": _rows(session, _PROJECT, **key)[0],
        "counts": {**_rows(session, _TASKS, **key)[0], **_rows(session, _ANSWERS, **key)[0]},
        "gold": _accuracy(judged) | {"answers": _of_answers(session, config)},
        "calibration": _calibration(judged),
        "classes": _classes(config, judged, decided),
        "numbers": quality_numbers.gather(config.number, judged, decided),
        "confidence": _confidence(decided),
        "disputes": _rows(session, _DISPUTES, **key),
        "models": _rows(session, _MODELS, **key)[0],
        "configs": _rows(session, _CONFIGS, **key),
        "guidelines": _rows(session, _GUIDELINES, **key),
        "cost": _cost(session, config, decided, key),
    }


def _judged(config: ProjectConfig, found: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Say of what has been decided of known tasks whether it is right: a tie is not."""
    slack = slack_of(config)

    def is_right(label: str | None, known: str) -> bool:
        return label is not None and says_same(label, known, slack)

    return [{**one, "is_right": is_right(one["label"], one["known"])} for one in found]


def _accuracy(judged: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Hold what the crowd came to, as if nothing were known, against what is."""
    return {"labels": _share(_right(judged), sum(one["tasks"] for one in judged))}


def _right(judged: Sequence[Mapping[str, Any]]) -> int:
    return sum(one["tasks"] for one in judged if one["is_right"])


def _of_answers(session: Session, config: ProjectConfig) -> dict[str, Any]:
    row = _rows(session, _ANSWERS_TO_GOLD, project=config.project_id, slack=slack_of(config))[0]
    return _share(row["correct"], row["answers"])


def _calibration(judged: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Compare how sure labels are with how often they are right, bin by bin.

    `ece`: the expected calibration error (Naeini et al. 2015); None without a known answer.
    """
    bins, gap, total = [], 0.0, sum(one["tasks"] for one in judged)
    for number, edges in enumerate(EDGES):
        inside = [one for one in judged if one["bin"] == number]
        tasks = sum(one["tasks"] for one in inside)
        if not tasks:
            continue
        right = _right(inside)
        stated = sum(one["confidence"] for one in inside)
        gap += abs(stated - right)
        bins.append({"bin": edges, "stated": stated / tasks, "right": _share(right, tasks)})
    return {"bins": bins, "ece": gap / total if total else None}


def _classes(
    config: ProjectConfig,
    judged: Sequence[Mapping[str, Any]],
    decided: Sequence[Mapping[str, Any]],
) -> list[dict[str, Any]]:
    """Tell of each label how often it is given, and how far it can be trusted where it is known.

    Of sets: how often they hold it.
    """
    kind, total = config.answer_type, sum(one["tasks"] for one in decided)
    given, known, said, right = (Counter[str]() for _ in range(4))
    for one in decided:
        _count(given, labels_in(kind, one["label"]), one["tasks"])
    for one in judged:
        true = labels_in(kind, one["known"])
        told = [] if one["label"] is None else labels_in(kind, one["label"])
        _count(known, true, one["tasks"])
        _count(said, told, one["tasks"])
        _count(right, set(true) & set(told), one["tasks"])
    return [
        {
            "label": label,
            "share": _share(given[label], total),
            "precision": _share(right[label], said[label]),
            "recall": _share(right[label], known[label]),
        }
        for label in config.labels
    ]


def _count(counter: Counter[str], labels: Iterable[str], tasks: int) -> None:
    for label in labels:
        counter[label] += tasks


def _confidence(decided: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {**edges, "tasks": sum(one["tasks"] for one in decided if one["bin"] == number)}
        for number, edges in enumerate(EDGES)
    ]


def _cost(
    session: Session, config: Any, decided: Sequence[Mapping[str, Any]], key: Mapping[str, Any]
) -> dict[str, Any] | None:
    if config.currency is None:
        return None
    row = _rows(session, _COST, **key)[0]
    labels = sum(one["tasks"] for one in decided)
    per_label = round(Decimal(row["spent"]) / labels, 6) if labels else None
    return {
        "currency": config.currency,
        **row,
        "per_label": None if per_label is None else f"{per_label:f}",
    }


def _share(count: int, of: int) -> dict[str, Any]:
    share = Share.among(count, of)
    return {"count": count, "of": of, "share": share.share, "low": share.low, "high": share.high}


def _rows(session: Session, statement: str, **parameters: Any) -> list[dict[str, Any]]:
    return [row._asdict() for row in rows(session, statement, **parameters)]


_TIME = """to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')"""
_PROJECT = f"""
SELECT p.name, p.state, c.question, c.answer_type, c.number, to_json(c.labels) AS labels,
       c.version AS config_version, c.guideline, c.overlap_min, c.overlap_max, c.target_confidence,
       coalesce(r.method, c.method) AS method, r.number AS run_number,
       r.answers_seen AS run_answers, {_TIME.format("r.created_at")} AS run_at,
       {_TIME.format("now()")} AS written_at
FROM projects p
JOIN project_configs c ON c.project_id = p.id AND c.version = p.config_version
LEFT JOIN consensus_runs r ON r.project_id = p.id AND r.number = p.decided_run
WHERE p.id = %(project)s
"""
_TASKS = """
SELECT count(*) AS tasks, count(*) FILTER (WHERE state = 'open') AS open,
       count(*) FILTER (WHERE state = 'resolved') AS resolved,
       count(*) FILTER (WHERE state = 'disputed') AS disputed,
       count(*) FILTER (WHERE is_gold) AS gold
FROM tasks WHERE project_id = %(project)s
"""
_ANSWERS = f"""
SELECT count(*) AS answers, count(e.answer_id) AS excluded,
       count(DISTINCT a.annotator_id) AS annotators,
       {_TIME.format("min(a.submitted_at)")} AS first_at,
       {_TIME.format("max(a.submitted_at)")} AS last_at,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY a.time_spent_s) AS median_s
FROM answers a LEFT JOIN excluded_answers e ON e.answer_id = a.id
WHERE a.project_id = %(project)s
"""
# results know no gold: what stands there of a gold task was decided blind, unless somebody ruled
_GOLD = """
SELECT g.label AS known, r.label,
       width_bucket(r.confidence::float, %(ends)s::float[]) AS bin,
       count(*) AS tasks, sum(r.confidence)::float AS confidence
FROM gold g
JOIN tasks t ON t.id = g.task_id
JOIN results r ON r.task_id = t.id AND r.version = t.result_version
WHERE g.project_id = %(project)s AND g.retired_at IS NULL AND r.answers_seen > 0
  AND r.ruling_id IS NULL
GROUP BY 1, 2, 3
"""
_ANSWERS_TO_GOLD = f"""
SELECT count(*) AS answers, count(*) FILTER (WHERE {same("a.label", "g.label")}) AS correct
FROM gold g JOIN answers a ON a.task_id = g.task_id
WHERE g.project_id = %(project)s AND g.retired_at IS NULL
  AND NOT EXISTS (SELECT FROM excluded_answers e WHERE e.answer_id = a.id)
"""
# a known answer goes before what was decided, as in exports
_LABELS = """
SELECT coalesce(g.label, r.label) AS label,
       width_bucket(CASE WHEN g.label IS NULL THEN r.confidence ELSE 1 END::float,
                    %(ends)s::float[]) AS bin,
       count(*) AS tasks
FROM tasks t
LEFT JOIN results r ON r.task_id = t.id AND r.version = t.result_version
LEFT JOIN gold g ON g.task_id = t.id AND g.retired_at IS NULL
WHERE t.project_id = %(project)s
  AND (t.state = 'resolved' AND r.label IS NOT NULL OR g.label IS NOT NULL)
GROUP BY 1, 2
"""
_DISPUTES = """
SELECT cause AS reason, count(*) AS disputes, count(*) FILTER (WHERE d.state = 'open') AS open,
       count(*) FILTER (WHERE d.state = 'ruled') AS ruled,
       count(*) FILTER (WHERE d.state = 'settled') AS settled
FROM disputes d CROSS JOIN unnest(d.causes) cause
WHERE d.project_id = %(project)s GROUP BY 1 ORDER BY 2 DESC, 1
"""
_MODELS = """
SELECT (SELECT count(*) FROM registered_models WHERE project_id = %(project)s) AS models,
       (SELECT count(*) FROM predictions WHERE project_id = %(project)s) AS predictions,
       (SELECT count(*) FROM tasks t
        JOIN results r ON r.task_id = t.id AND r.version = t.result_version
        WHERE t.project_id = %(project)s AND r.models IS NOT NULL) AS tasks,
       (SELECT count(*) FROM tasks t
        JOIN results r ON r.task_id = t.id AND r.version = t.result_version
        WHERE t.project_id = %(project)s AND t.state = 'resolved' AND r.answers_seen = 0) AS alone
"""
_CONFIGS = f"""
SELECT c.version, {_TIME.format("c.created_at")} AS created_at, c.guideline, c.method,
       c.overlap_min, c.overlap_max, c.target_confidence, coalesce(a.answers, 0) AS answers
FROM project_configs c
LEFT JOIN (
    SELECT config_version, count(*) AS answers FROM answers
    WHERE project_id = %(project)s GROUP BY 1
) a ON a.config_version = c.version
WHERE c.project_id = %(project)s ORDER BY c.version
"""
_GUIDELINES = f"""
SELECT g.version, {_TIME.format("g.created_at")} AS created_at, coalesce(a.answers, 0) AS answers
FROM guidelines g
LEFT JOIN (
    SELECT c.guideline, count(*) AS answers FROM answers a
    JOIN project_configs c ON c.project_id = a.project_id AND c.version = a.config_version
    WHERE a.project_id = %(project)s GROUP BY 1
) a ON a.guideline = g.version
WHERE g.project_id = %(project)s ORDER BY g.version
"""
_COST = """
SELECT coalesce(sum(held), 0)::text AS held, coalesce(sum(earned), 0)::text AS spent
FROM participations WHERE project_id = %(project)s
"""
