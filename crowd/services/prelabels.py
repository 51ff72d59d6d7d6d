"""Predictions shown to people before they answer, and what that does to their answers.

For a share of the assignments none is shown. Which, is drawn when the task is handed out, so that
nobody can foresee it, and kept with the assignment: the blind are what the others are held against.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from crowd.db import each, rows
from crowd.services import projects
from crowd.services.participations import Entry
from crowd.services.queue import Taken
from crowd.services.shares import Difference, Share
from crowd.services.tenants import Caller

_chance = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class Prelabel:
    """What an annotator is shown of a prediction."""

    label: str
    confidence: float | None


@dataclass(frozen=True, slots=True)
class Bias:
    """How a model's predictions moved those who were shown them."""

    model: str
    #: Answers that agree with the prediction: of those who saw it, and of the blind.
    agreed_shown: Share
    agreed_blind: Share
    #: The same, of tasks where the prediction turned out to be wrong.
    misled_shown: Share
    misled_blind: Share
    #: By how much more often people give a wrong label because it is shown.
    bias: Difference


def show(session: Session, entry: Entry, taken: Sequence[Taken]) -> dict[uuid.UUID, Prelabel]:
    """Show predictions with some assignments, but for the blind share; gives them by assignment.

    The newest prediction of a task, once and for all: who takes a task again is shown the same.
    """
    if entry.terms.models["use"] != "prelabel" or not taken:
        return {}
    found = rows(
        session,
        _SHOW,
        assignments=[one.assignment_id for one in taken],
        tasks=[one.task_id for one in taken],
        draws=[_chance.random() for _ in taken],
        blind=entry.terms.models["blind_share"],
    )
    return {r.assignment_id: Prelabel(r.label, r.confidence) for r in found if r.is_shown}


def biases(session: Session, caller: Caller, project_id: uuid.UUID) -> list[Bias]:
    """Hold those who were shown predictions against the blind, for each model. Raises NotFound.

    What is right, gold says or else the result, to which those who were shown it have contributed:
    where there is no gold the bias is rather larger than it seems.
    """
    projects.find(session, caller, project_id)
    counted: dict[str, dict[bool, Any]] = {}
    for row in rows(session, _COUNT, project=project_id):
        counted.setdefault(row.model, {})[row.is_shown] = row
    return [_bias(model, sides.get(True), sides.get(False)) for model, sides in counted.items()]


def _bias(model: str, shown: Any, blind: Any) -> Bias:
    misled_shown, misled_blind = (_share(side, "misled", "wrong") for side in (shown, blind))
    return Bias(
        model=model,
        agreed_shown=_share(shown, "agreed", "answers"),
        agreed_blind=_share(blind, "agreed", "answers"),
        misled_shown=misled_shown,
        misled_blind=misled_blind,
        bias=Difference.between(misled_shown, misled_blind),
    )


def _share(side: Any, count: str, of: str) -> Share:
    return Share.among(getattr(side, count, 0), getattr(side, of, 0))


_SHOW = f"""
WITH held AS (
    SELECT * FROM unnest(%(assignments)s::uuid[], %(tasks)s::uuid[], %(draws)s::float8[])
        AS h (assignment_id, task_id, draw)
),
said AS (
    SELECT h.assignment_id, p.id, h.draw >= %(blind)s AS is_shown
    FROM held h CROSS JOIN LATERAL (
        SELECT id FROM (
            SELECT id FROM predictions p WHERE {each("p.task_id", "h.task_id")} AND NOT EXISTS (
                SELECT FROM registered_models m
                WHERE m.project_id = p.project_id AND m.annotator_id = p.annotator_id
                  AND m.retired_at IS NOT NULL OFFSET 0
            ) OFFSET 0
        ) of_task ORDER BY id DESC LIMIT 1
    ) p
),
before AS (
    SELECT s.* FROM held h JOIN shown_predictions s ON {each("s.assignment_id", "h.assignment_id")}
),
noted AS (
    INSERT INTO shown_predictions (assignment_id, prediction_id, is_shown)
    SELECT assignment_id, id, is_shown FROM said
    WHERE assignment_id NOT IN (SELECT assignment_id FROM before)
    RETURNING *
)
SELECT s.assignment_id, s.is_shown, p.label, p.confidence
FROM (SELECT * FROM before UNION ALL SELECT * FROM noted) s
JOIN predictions p ON {each("p.id", "s.prediction_id")}
"""
_COUNT = f"""
WITH told AS (
    SELECT p.annotator_id, s.is_shown, a.label = p.label AS agrees,
           coalesce(g.label, r.label) <> p.label AS is_wrong
    FROM predictions p
    JOIN shown_predictions s ON {each("s.prediction_id", "p.id")}
    JOIN answers a ON {each("a.assignment_id", "s.assignment_id")}
    JOIN tasks t ON {each("t.id", "p.task_id")}
    LEFT JOIN gold g ON g.task_id = t.id AND g.retired_at IS NULL
    LEFT JOIN results r ON r.task_id = t.id AND r.version = t.result_version
        AND t.state = 'resolved'
    WHERE p.project_id = %(project)s
      AND NOT EXISTS (SELECT FROM excluded_answers e WHERE e.answer_id = a.id)
)
SELECT n.external_id AS model, is_shown, count(*) AS answers,
       count(*) FILTER (WHERE agrees) AS agreed, count(*) FILTER (WHERE is_wrong) AS wrong,
       count(*) FILTER (WHERE is_wrong AND agrees) AS misled
FROM told JOIN annotators n ON n.id = told.annotator_id
GROUP BY n.external_id, is_shown ORDER BY n.external_id
"""
