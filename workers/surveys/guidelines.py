"""What changed with a version of the guideline: answers given by it, and by the one before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import pairwise
from typing import Any

import numpy as np

from consensus.agreement import Agreement
from consensus.label_shares import label_shares, set_shares
from consensus.votes import Votes
from crowd.services.shares import Difference, Share
from workers.answer_kinds import Numbers, Sets
from workers.surveys.agreement import RESAMPLES
from workers.surveys.confusion import errors_against
from workers.surveys.documents import number, point
from workers.surveys.material import Mask, Material

#: A window that holds all of time.
ALWAYS = 1e12


def guideline_effects_of(material: Material, in_order: Sequence[int]) -> dict[str, Any]:
    """Lay out, by version, agreement, accuracy on gold and shares of labels before and after.

    `in_order`: versions as they came into force, 0 for none. Before is what was in force when the
    version came first.
    """
    return {
        str(version): _effect(material, before, version)
        for before, version in _changes(in_order)
        if (material.guideline == before).any() and (material.guideline == version).any()
    }


def _changes(in_order: Sequence[int]) -> Iterator[tuple[int, int]]:
    known = set(in_order[:1])
    for before, version in pairwise(in_order):
        if version not in known:
            known.add(version)
            yield before, version


def _effect(material: Material, before: int, version: int) -> dict[str, Any]:
    sides = [material.guideline == one for one in (before, version)]
    return {
        "version": version,
        "before_version": before or None,
        "answers_before": int(sides[0].sum()),
        "answers_after": int(sides[1].sum()),
        "agreement": _agreement(*(_alpha(material, side) for side in sides)),
        "gold": _compared(*(_right(material, side) for side in sides)),
        "labels": [
            {"label": label, **_compared(one, other)}
            for label, one, other in zip(
                _labels(material), *(_shares(material, side) for side in sides), strict=True
            )
        ],
        "error": _error(*(_off(material, side) for side in sides)),
    }


def _alpha(material: Material, side: Mask) -> Agreement:
    votes = material.votes.where(side & material.is_first)
    return material.kind.alpha(votes, resamples=RESAMPLES)


def _agreement(before: Agreement, after: Agreement) -> dict[str, Any]:
    apart = Difference.of(
        (after.value, after.low, after.high), (before.value, before.low, before.high)
    )
    return {"before": point(before), "after": point(after), **_rounded(apart)}


def _right(material: Material, side: Mask) -> Share:
    """Count answers to gold that are the known one."""
    told = material.known_of(material.gold)
    answered = side & (told >= 0)
    right = answered & material.is_right(told)
    return Share.among(int(right.sum()), int(answered.sum()))


def _labels(material: Material) -> Sequence[str]:
    kind = material.kind
    if isinstance(kind, Numbers):
        return ()
    return kind.labels if isinstance(kind, Sets) else material.votes.label_set


def _shares(material: Material, side: Mask) -> list[Share]:
    """Share tasks that are not gold among labels: answers to one task are no more than one case."""
    kind, labels = material.kind, len(_labels(material))
    votes: Votes = material.votes.where(side & ~material.is_gold)
    if isinstance(kind, Sets):
        found = set_shares(votes, kind.chosen, ALWAYS)
    elif labels:
        found = label_shares(votes, ALWAYS, [1 / labels] * labels)
    if not labels or not len(found.tasks):
        return [Share.among(0, 0)] * labels
    tasks = int(found.tasks[0])
    return [Share.among(int(np.rint(share * tasks)), tasks) for share in found.shares[0]]


def _off(material: Material, side: Mask) -> dict[str, Any] | None:
    """Say how far numbers are off where they are known; None: no numbers are asked for."""
    if not isinstance(material.kind, Numbers):
        return None
    told = np.where(side, material.known_of(material.gold), -1)
    return errors_against(material, material.kind, told)


def _error(before: dict[str, Any] | None, after: dict[str, Any] | None) -> dict[str, Any] | None:
    """Compare mean distances from what is known; None where there are none on either side."""
    if before is None or after is None:
        return None
    names = "absolute", "absolute_low", "absolute_high"
    sides = [tuple(one[name] for name in names) for one in (after, before)]
    known = all(value is not None for side in sides for value in side)
    apart = Difference.of(*sides) if known else Difference(None, 0, 0)
    return {"before": before, "after": after, **_rounded(apart)}


def _compared(before: Share, after: Share) -> dict[str, Any]:
    return {
        "before": asdict(before),
        "after": asdict(after),
        **_rounded(Difference.between(after, before)),
    }


def _rounded(apart: Difference) -> dict[str, Any]:
    if apart.difference is None:
        return {"difference": None, "low": None, "high": None}
    return {
        "difference": number(apart.difference),
        "low": number(apart.low),
        "high": number(apart.high),
    }
