"""Gold that may be wrong, and tasks that would make good gold."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import numpy as np

from crowd.services.gold_candidates import MOST
from crowd.services.gold_review import GOOD
from workers.surveys.documents import number
from workers.surveys.material import Material

#: Who has answered within so many seconds before the newest answer is at work.
ACTIVE_S = 30 * 86_400.0
#: Candidates found for each that is kept: some turn out to be open, or examples.
SPARE = 5


def doubts_of(material: Material) -> list[dict[str, Any]]:
    """Lay out how probably each known label is wrong, and what is right then."""
    votes = material.votes
    # rulings are known as well, but nobody's gold
    return [
        {
            "task_id": votes.task_ids[found.row],
            "doubt": number(found.wrong),
            "instead": found.instead,
        }
        for found in material.judge.doubts()
        if votes.task_ids[found.row] in material.gold
    ]


def candidates_of(
    material: Material, accuracies: Mapping[uuid.UUID, float]
) -> list[dict[str, Any]]:
    """Lay out tasks of which the crowd is sure, the best first. `accuracies`: their low ends."""
    votes = material.votes
    good = np.array([accuracies.get(a, 0.0) >= GOOD for a in votes.annotator_ids], np.bool_)  # type: ignore[call-overload]
    found, labels = material.judge.candidates(good, SPARE * MOST)
    return [
        {
            "task_id": votes.task_ids[row],
            "label": labels[place],
            "confidence": number(found.confidence[place]),
            "answers": int(found.answers[place]),
            "unlike": int(found.unlike[place]),
            "good": int(found.good[place]),
        }
        for place, row in enumerate(found.rows.tolist())
    ]


def at_work(material: Material) -> list[uuid.UUID]:
    """Find who has answered of late."""
    votes = material.votes
    assert votes.at is not None
    if not len(votes):
        return []
    late = np.unique(votes.annotator[votes.at > votes.at.max() - ACTIVE_S])
    return [votes.annotator_ids[row] for row in late.tolist()]
