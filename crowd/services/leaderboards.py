"""What good looks like: a project's best annotators, by what can be relied on, and examples."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from crowd.db import rows
from crowd.models import Example
from crowd.services import examples, gold, projects, track_records
from crowd.services.tenants import Caller
from crowd.services.track_records import Record

#: Places on a board, and examples beside it.
PLACES, EXAMPLES = 20, 10
#: With fewer answers nobody has a place.
LEAST_ANSWERS = 20


@dataclass(frozen=True, slots=True)
class Place:
    """A place on a board."""

    record: Record
    #: What it is ranked by: a lower bound of skill or agreement, seconds, or the share of items of
    #: one label that it gets right.
    value: float


@dataclass(frozen=True, slots=True)
class Leaderboard:
    places: Sequence[Place]
    #: With `label`, of that label.
    examples: Sequence[Example]


def read(
    session: Session,
    caller: Caller,
    project_id: uuid.UUID,
    *,
    by: str,
    label: str | None,
    least_answers: int = LEAST_ANSWERS,
) -> Leaderboard:
    """Rank annotators by the lower bound of their skill or agreement, by speed, or by one label.

    Speed counts among those alone whose skill, at its lower bound, is at least the median's: who
    is quick and careless is no example. Nobody with too few answers, or kept from work, has a
    place. Raises NotFound, UnknownLabel.
    """
    view = projects.find_own(session, caller, project_id)
    if label is not None:
        gold.check_label(label, view.config)
    found = rows(
        session,
        _BY[by],
        project=project_id,
        least=least_answers,
        label=label,
        most=PLACES,
    )
    who = [row.annotator_id for row in found]
    records = track_records.find_each(session, caller, project_id, who)
    places = [Place(records[row.annotator_id], row.value) for row in found]
    shown = examples.one_page_of(session, caller, project_id, after=None, limit=500).items
    of_label = [one for one in shown if label is None or one.label == label]
    return Leaderboard(places, of_label[:EXAMPLES])


def _board(value: str, *, best: str, which: str = "true") -> str:
    return f"""
WITH good AS (
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY accuracy_low) AS middle
    FROM track_records WHERE project_id = %(project)s AND answers >= %(least)s
)
SELECT r.annotator_id, ({value})::float AS value
FROM track_records r CROSS JOIN good
JOIN participations w ON w.project_id = r.project_id AND w.annotator_id = r.annotator_id
LEFT JOIN LATERAL (
    SELECT s.confusion, array_position(c.labels, %(label)s::text) AS place,
           cardinality(c.labels) AS labels
    FROM skills s JOIN consensus_runs c ON c.project_id = s.project_id AND c.number = s.run_number
    WHERE s.project_id = r.project_id AND s.annotator_id = r.annotator_id
      AND s.run_number = (SELECT run_number FROM projects WHERE id = %(project)s)
      AND %(label)s::text IS NOT NULL
) k ON true
WHERE r.project_id = %(project)s AND r.answers >= %(least)s AND NOT r.is_spammer
  AND w.state = 'active' AND NOT w.barred AND {which} AND ({value}) IS NOT NULL
ORDER BY value {best}, r.annotator_id LIMIT %(most)s
"""


_BY: dict[str, Any] = {
    "skill": _board("r.accuracy_low", best="DESC"),
    "agreement": _board("r.agreement_low", best="DESC"),
    "speed": _board("r.median_s", best="ASC", which="r.accuracy_low >= good.middle"),
    "label": _board("k.confusion[(k.place - 1) * k.labels + k.place]", best="DESC"),
}
