"""A report on quality: what the database has counted, with what only the votes can tell."""

from __future__ import annotations

import math
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from consensus.agreement import Agreement
from crowd.db import transaction
from crowd.services import answers, projects, quality_material
from workers.answer_kinds import kind_of, votes_on

Row = tuple[uuid.UUID, uuid.UUID, str]
#: Draws for an interval: enough for two digits.
RESAMPLES = 400


def gather(project_id: uuid.UUID) -> dict[str, Any]:
    """Gather a report. A million answers take some seconds, most of them in the database."""
    with transaction() as session:
        content = quality_material.gather(session, project_id)
        config = projects.in_force(session, project_id)
        most = max(2, config.overlap_min)
        votes = votes_on(_first(most, answers.of_project(session, project_id)), config)
    kind = kind_of(config, votes)
    content["agreement"] = {
        "scale": kind.scale,
        "answers_a_task": most,
        "alpha": _told(kind.alpha(votes, resamples=RESAMPLES)),
        "percent": _told(kind.alike(votes, resamples=RESAMPLES)),
    }
    return content


def _first(most: int, given: Iterable[Row]) -> Iterator[Row]:
    """Keep what can be compared fairly, as surveys do: who disagrees is asked for more answers."""
    seen = Counter[uuid.UUID]()
    for row in given:
        seen[row[0]] += 1
        if seen[row[0]] <= most:
            yield row


def _told(found: Agreement) -> dict[str, Any]:
    """Write a coefficient as JSON can hold it: null where it is not defined."""
    numbers = {"value": found.value, "low": found.low, "high": found.high}
    defined = {name: None if math.isnan(one) else one for name, one in numbers.items()}
    return {**defined, "tasks": found.tasks, "pairs": found.pairs}
