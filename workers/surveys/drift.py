"""Whether accuracy changes as time goes on: of each annotator, and of the crowd as a whole."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np

from consensus.drift import LEAST_ANSWERS, Drift, drift_of, drift_of_crowd
from workers.surveys.documents import moment, number
from workers.surveys.material import Material


def drift_of_project(material: Material) -> dict[str, Any]:
    """Lay out the accuracy of all answers over time, whoever gave them."""
    if len(material.votes) < LEAST_ANSWERS:
        return {"changed": False, "p_value": None, "changed_at": None, "windows": []}
    judge = material.judge
    found = drift_of_crowd(material.votes, judge.rightness, judge.centre)
    changed_at = moment(found.changed_at[0])
    return {**_row(found, 0), "changed_at": changed_at}


def drifts_of(material: Material) -> list[dict[str, Any]]:
    """Lay out whose accuracy was tested, as rows of `Drift`: with answers enough to say."""
    if not len(material.votes):
        return []
    judge = material.judge
    found = drift_of(material.votes, judge.rightness, judge.centre)
    answers = np.bincount(material.votes.annotator, minlength=material.votes.shape[1])
    return [
        {
            "annotator_id": material.votes.annotator_ids[place],
            "answers": int(answers[place]),
            "changed_at": datetime.fromtimestamp(float(found.changed_at[place]), UTC),
            **_row(found, place),
        }
        for place in np.flatnonzero(np.isfinite(found.changed_at)).tolist()
    ]


def _row(found: Drift, place: int) -> dict[str, Any]:
    around, windows = found.around, found.windows
    sides = {}
    for side, name in enumerate(("before", "after")):
        for end, column in (("", around.mean), ("_low", around.low), ("_high", around.high)):
            sides[name + end] = number(column[place, side])
    return {
        "p_value": number(found.p_value[place], 12),
        "changed": bool(found.changed[place]),
        **sides,
        "windows": [
            {
                "starts_at": moment(start),
                "accuracy": number(windows.mean[place, window]),
                "low": number(windows.low[place, window]),
                "high": number(windows.high[place, window]),
            }
            for window, start in enumerate(found.starts[place])
            if np.isfinite(start)
        ],
    }
