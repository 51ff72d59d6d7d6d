"""Whether what the engine stated was right as often as it was sure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from consensus.calibration import calibration
from consensus.scores import TIE
from crowd.services.answer_kinds import says_same
from crowd.services.survey_sources import Known
from workers.surveys.agreement import RESAMPLES
from workers.surveys.documents import estimate, number

COLUMNS = ("low_edge", "high_edge", "tasks", "stated", "right", "right_low", "right_high")


def calibration_of(
    gold: Sequence[Known], rulings: Sequence[Known], slack: float | None = None
) -> dict[str, Any]:
    """Lay out the calibration of what was stated of gold, blind, of audits and of other rulings.

    Apart: audits are drawn by chance, what else is disputed because the engine was unsure of it.
    `slack`: by how much a number may be off and still be right; None: labels are asked for.
    """
    return {
        "gold": _calibrated(gold, slack),
        "audits": _calibrated([one for one in rulings if one.is_audit], slack),
        "rulings": _calibrated([one for one in rulings if not one.is_audit], slack),
    }


def _calibrated(known: Sequence[Known], slack: float | None) -> dict[str, Any] | None:
    judged = [_stated(one, slack) for one in known if one.posterior]
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


def _stated(known: Known, slack: float | None) -> tuple[float, float]:
    """Say how sure it was, and whether it was right: a tie is right as often as a guess."""
    posterior = known.posterior or {}
    if slack is not None and known.stated is not None:
        # beside what was said of a number its posterior speaks of every answer
        return posterior[known.stated], float(says_same(known.stated, known.label, slack))
    top = max(posterior.values())
    best = [name for name, p in posterior.items() if p >= top - TIE]
    return top, sum(says_same(name, known.label, slack) for name in best) / len(best)
