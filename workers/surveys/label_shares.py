"""How often each label is given as time goes on, of tasks that are not gold; how numbers spread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from consensus.agreement import fitting_window
from consensus.label_shares import LabelShares, label_shares, set_shares
from consensus.number_shares import QUANTILES, NumberShares, number_shares
from crowd.services.shares import interval
from workers.answer_kinds import Numbers, Sets
from workers.surveys.documents import MONDAY, moment, number
from workers.surveys.material import Material

#: Pairs of answers that half of the windows hold at least.
LEAST_PAIRS = 100


def label_shares_of(material: Material, expected: Sequence[float] | None) -> dict[str, Any]:
    """Lay out shares by window, and whether they are still what was expected.

    Of numbers quantiles stand in the place of shares.
    """
    kind = material.kind
    votes = material.votes.where(~material.is_gold)
    assert votes.at is not None
    window = fitting_window(votes, LEAST_PAIRS)
    shifted = replace(votes, at=votes.at - MONDAY)
    found: LabelShares | NumberShares
    labels: list[str] = []
    if isinstance(kind, Numbers):
        found = number_shares(shifted, kind.values, window)
    elif isinstance(kind, Sets):
        found, labels = set_shares(shifted, kind.chosen, window), list(kind.labels)
    else:
        found, labels = label_shares(shifted, window, expected), list(votes.label_set)
    by_config = expected and not isinstance(kind, (Numbers, Sets))
    return {
        "labels": labels,
        "quantiles": list(QUANTILES) if isinstance(kind, Numbers) else [],
        "window_seconds": window,
        "expected": [number(share) for share in found.expected],
        "expected_from": "config" if by_config else "beginning",
        "periods": [_period(found, place) for place in range(len(found.starts))],
    }


def _period(found: LabelShares | NumberShares, place: int) -> dict[str, Any]:
    return {
        "starts_at": moment(found.starts[place] + MONDAY),
        "tasks": int(found.tasks[place]),
        **(_values(found, place) if isinstance(found, NumberShares) else _shares(found, place)),
        "p_value": number(found.p_value[place], 12),
        "off": bool(found.off[place]),
        "is_reference": place < found.reference,
    }


def _shares(found: LabelShares, place: int) -> dict[str, Any]:
    tasks, shares = int(found.tasks[place]), found.shares[place].tolist()
    bounds = [interval(share * tasks, tasks) for share in shares]
    return {
        "shares": [number(share) for share in shares],
        "values": [],
        "low": [number(low) for low, _ in bounds],
        "high": [number(high) for _, high in bounds],
    }


def _values(found: NumberShares, place: int) -> dict[str, Any]:
    columns = {"values": found.values, "low": found.low, "high": found.high}
    told = {name: [number(one) for one in column[place]] for name, column in columns.items()}
    return {"shares": [], **told}
