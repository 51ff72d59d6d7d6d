"""What became of the tasks that a model had predicted: for it to learn from."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from crowd.db import checked, each, rows
from crowd.services import models
from crowd.services.paging import Page
from crowd.services.tenants import Caller


@dataclass(frozen=True, slots=True)
class Correction:
    """A prediction beside the label that its task has in the end."""

    result_id: uuid.UUID
    task_id: uuid.UUID
    external_id: str
    #: As JSON text: nobody on the way out needs to look into it.
    payload: str
    prediction: str
    #: How sure the model was.
    confidence: float | None
    label: str
    source: str
    #: How sure the label is.
    certainty: float
    differs: bool
    decided_at: datetime


def one_page_of(
    session: Session,
    caller: Caller,
    project_id: uuid.UUID,
    name: str,
    *,
    differs: bool | None,
    after: uuid.UUID | None,
    limit: int,
) -> Page:
    """List a model's predictions of resolved tasks, in the order in which these were decided.

    Whoever has read all goes on from there: what is decided later, or anew, comes behind it.
    Raises NotFound.
    """
    model = models.find(session, caller, project_id, name)
    found = rows(
        session,
        _CORRECTIONS,
        project=project_id,
        model=model.annotator_id,
        differs=differs,
        after=after or uuid.UUID(int=0),
        most=limit + 1,
    )
    items = [Correction(*row) for row in found[:limit]]
    return Page(items, items[-1].result_id if len(found) > limit else None)


_CORRECTIONS = f"""
SELECT r.id AS result_id, t.id AS task_id, t.external_id, t.payload::text AS payload,
       p.label AS prediction, p.confidence, l.label,
       CASE WHEN g.label IS NOT NULL THEN 'gold' WHEN r.ruling_id IS NOT NULL THEN 'ruling'
            ELSE 'consensus' END AS source,
       CASE WHEN g.label IS NULL THEN r.confidence ELSE 1 END AS certainty,
       p.label <> l.label AS differs, r.created_at AS decided_at
FROM results r
JOIN tasks t ON {each("t.id", "r.task_id")} AND t.result_version = r.version
    AND {checked("t.state = 'resolved'")}
JOIN predictions p ON {each("p.task_id", "t.id")} AND {checked("p.annotator_id = %(model)s")}
LEFT JOIN gold g ON g.task_id = t.id AND g.retired_at IS NULL
CROSS JOIN LATERAL (SELECT coalesce(g.label, r.label) AS label) l
WHERE r.project_id = %(project)s AND r.id > %(after)s AND l.label IS NOT NULL
  AND (%(differs)s::boolean IS NULL OR (p.label <> l.label) = %(differs)s)
ORDER BY r.id LIMIT %(most)s
"""
