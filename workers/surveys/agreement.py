"""How far annotators agree beyond chance: in all, over time, by class and between groups."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from consensus.agreement import (
    between_groups,
    by_class,
    fitting_window,
    krippendorff_alpha,
    over_time,
)
from consensus.looks import unlike_before
from consensus.votes import Votes
from crowd.services.survey_sources import MOST_GROUPS, Groups
from workers.surveys.documents import MONDAY, moment, number, point
from workers.surveys.material import Material

#: How often tasks are drawn anew for an interval.
RESAMPLES = 500


def agreement_of(material: Material, groups: Groups) -> dict[str, Any]:
    """Lay out Krippendorff's alpha of the first answers to each task.

    Who disagrees is asked for more answers: all together would look less alike than people are.
    """
    votes = material.first
    by_label = by_class(votes, krippendorff_alpha, resamples=RESAMPLES)
    return {
        "answers_a_task": material.answers_a_task,
        "overall": point(krippendorff_alpha(votes, resamples=RESAMPLES)),
        **_over_time(votes),
        "classes": [
            {"label": label, **point(one)}
            for label, one in zip(votes.label_set, by_label, strict=True)
        ],
        "groups": _between(votes, groups),
    }


def _over_time(votes: Votes) -> dict[str, Any]:
    assert votes.at is not None
    window = fitting_window(votes)
    shifted = replace(votes, at=votes.at - MONDAY)
    starts, series = over_time(shifted, krippendorff_alpha, window, resamples=RESAMPLES)
    p_value, off = unlike_before(series)
    return {
        "window_seconds": window,
        "periods": [
            {"starts_at": moment(at), **point(one), "p_value": number(p), "off": bool(is_off)}
            for at, one, p, is_off in zip(starts + MONDAY, series, p_value, off, strict=True)
        ],
    }


def _between(votes: Votes, groups: Groups) -> dict[str, Any]:
    """Compare each two of the groups with the most answers, and each with itself."""
    answers = np.bincount(votes.annotator, minlength=votes.shape[1])
    masks = {
        name: np.array([annotator in members for annotator in votes.annotator_ids], np.bool_)
        for name, members in groups.members.items()
    }
    named = sorted(masks, key=lambda name: -answers[masks[name]].sum())
    kept = sorted(named[:MOST_GROUPS])
    pairs = [(one, other) for place, one in enumerate(kept) for other in kept[place:]]
    return {
        "by": groups.by,
        "names": kept,
        "left_out": len(named) - len(kept),
        "pairs": [
            {
                "one": one,
                "other": other,
                **point(between_groups(votes, masks[one], masks[other], resamples=RESAMPLES)),
            }
            for one, other in pairs
        ],
    }
