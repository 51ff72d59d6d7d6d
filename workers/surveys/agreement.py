"""How far annotators agree beyond chance: in all, over time, by class and between groups."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from consensus.agreement import fitting_window, krippendorff_alpha, over_time
from consensus.agreement.slices import Coefficient
from consensus.looks import unlike_before
from consensus.votes import Votes
from crowd.services.survey_sources import MOST_GROUPS, Groups
from workers.answer_kinds import Kind
from workers.surveys.documents import MONDAY, moment, number, point
from workers.surveys.material import Material

#: How often tasks are drawn anew for an interval; for one of the many points of a course.
RESAMPLES, COURSE_RESAMPLES = 500, 200
#: Labels, and groups, whose agreement is followed over time: those with the most answers.
MOST_CLASSES, MOST_COURSES = 6, 3


def agreement_of(material: Material, groups: Groups) -> dict[str, Any]:
    """Lay out Krippendorff's alpha of the first answers to each task.

    Who disagrees is asked for more answers: all together would look less alike than people are.
    """
    votes = material.first
    window = fitting_window(votes)
    kind = material.kind
    alpha, kappa = kind.alpha, kind.kappa
    return {
        "scale": kind.scale,
        "answers_a_task": material.answers_a_task,
        "overall": point(alpha(votes, resamples=RESAMPLES)),
        "window_seconds": window,
        "periods": _over_time(votes, alpha, window, RESAMPLES),
        "classes": _by_label(kind, votes, window),
        "groups": _between(votes, groups, window, kappa),
    }


def _over_time(
    votes: Votes, coefficient: Coefficient, window: float, resamples: int
) -> list[dict[str, Any]]:
    assert votes.at is not None
    shifted = replace(votes, at=votes.at - MONDAY)
    starts, series = over_time(shifted, coefficient, window, resamples=resamples)
    p_value, off = unlike_before(series)
    return [
        {"starts_at": moment(at), **point(one), "p_value": number(p), "off": bool(is_off)}
        for at, one, p, is_off in zip(starts + MONDAY, series, p_value, off, strict=True)
    ]


def _by_label(kind: Kind, votes: Votes, window: float) -> list[dict[str, Any]]:
    """Ask of each label whether it is given; of those given most, over time as well."""
    # all of them at once would fill the memory
    given = np.array([-np.count_nonzero(asked.label) for _, asked in kind.by_label(votes)])
    drawn = set(np.argsort(given, kind="stable")[:MOST_CLASSES].tolist())
    alpha = krippendorff_alpha
    return [
        {
            "label": label,
            **point(alpha(asked, resamples=RESAMPLES)),
            "periods": _over_time(asked, alpha, window, COURSE_RESAMPLES) if place in drawn else [],
        }
        for place, (label, asked) in enumerate(kind.by_label(votes))
    ]


def _between(
    votes: Votes, groups: Groups, window: float, coefficient: Coefficient
) -> dict[str, Any]:
    """Compare each two of the groups with the most answers, and each with itself."""
    answers = np.bincount(votes.annotator, minlength=votes.shape[1])
    masks = {
        name: np.array([annotator in members for annotator in votes.annotator_ids], np.bool_)
        for name, members in groups.members.items()
    }
    named = sorted(masks, key=lambda name: -answers[masks[name]].sum())
    kept, drawn = sorted(named[:MOST_GROUPS]), set(named[:MOST_COURSES])
    pairs = [(one, other) for place, one in enumerate(kept) for other in kept[place:]]

    def compared(one: str, other: str) -> dict[str, Any]:
        kappa = partial(coefficient, one=masks[one], other=masks[other])
        is_drawn = {one, other} <= drawn
        return {
            "one": one,
            "other": other,
            **point(kappa(votes, resamples=RESAMPLES)),
            "periods": _over_time(votes, kappa, window, COURSE_RESAMPLES) if is_drawn else [],
        }

    return {
        "by": groups.by,
        "names": kept,
        "left_out": len(named) - len(kept),
        "pairs": [compared(one, other) for one, other in pairs],
    }
