"""Whether what the engine stated was right as often as it was sure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from consensus.calibration import calibration
from consensus.scores import TIE
from crowd.services.survey_sources import Known
from workers.surveys.agreement import RESAMPLES
from workers.surveys.documents import estimate, number

COLUMNS = ("low_edge", "high_edge", "tasks", "stated", "right", "right_low", "right_high")


def calibration_of(gold: Sequence[Known], rulings: Sequence[Known]) -> dict[str, Any]:
    """Lay out the calibration of what was stated of gold, blind, of audits and of other rulings.

    Apart: audits are drawn by chance, what else is disputed because the engine was unsure of it.
    """
    return {
        "gold": _calibrated(gold),
        "audits": _calibrated([one for one in rulings if one.is_audit]),
        "rulings": _calibrated([one for one in rulings if not one.is_audit]),
    }


def _calibrated(known: Sequence[Known]) -> dict[str, Any] | None:
    judged = [_stated(one.posterior, one.label) for one in known if one.posterior]
    if not judged:
        return None
    stated, hit = np.array(judged).T
    found = calibration(stated, hit, resamples=RESAMPLES)
    columns = [getattr(found, name) for name in COLUMNS]
    return {
        "tasks": len(judged),
        "stated": number(stated.mean()),
        "right": number(hit.mean()),
        **estimate("gap", found.gap),
        **estimate("error", found.error),
        "bins": [
            dict(zip(COLUMNS, map(number, row), strict=True)) for row in zip(*columns, strict=True)
        ],
    }


def _stated(posterior: Any, label: str) -> tuple[float, float]:
    """Say how sure it was, and whether it was right: a tie is right as often as a guess."""
    top = max(posterior.values())
    best = [name for name, p in posterior.items() if p >= top - TIE]
    return top, (label in best) / len(best)
