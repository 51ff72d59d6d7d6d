"""How often each label is given as time goes on, of tasks that are not gold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from consensus.agreement import fitting_window
from consensus.label_shares import LabelShares, label_shares
from crowd.services.shares import interval
from workers.surveys.documents import MONDAY, moment, number
from workers.surveys.material import Material

#: Pairs of answers that half of the windows hold at least.
LEAST_PAIRS = 100


def label_shares_of(material: Material, expected: Sequence[float] | None) -> dict[str, Any]:
    """Lay out shares by window, and whether they are still what was expected."""
    votes = material.votes.where(~material.is_gold)
    assert votes.at is not None
    window = fitting_window(votes, LEAST_PAIRS)
    found = label_shares(replace(votes, at=votes.at - MONDAY), window, expected)
    return {
        "labels": list(votes.label_set),
        "window_seconds": window,
        "expected": [number(share) for share in found.expected],
        "expected_from": "config" if expected else "beginning",
        "periods": [_period(found, place) for place in range(len(found.starts))],
    }


def _period(found: LabelShares, place: int) -> dict[str, Any]:
    tasks = int(found.tasks[place])
    shares = found.shares[place].tolist()
    bounds = [interval(share * tasks, tasks) for share in shares]
    return {
        "starts_at": moment(found.starts[place] + MONDAY),
        "tasks": tasks,
        "shares": [number(share) for share in shares],
        "low": [number(low) for low, _ in bounds],
        "high": [number(high) for _, high in bounds],
        "p_value": number(found.p_value[place], 12),
        "off": bool(found.off[place]),
        "is_reference": place < found.reference,
    }
