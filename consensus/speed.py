"""Answers given faster than anybody can have read the task, and whether they are worse."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from consensus.columns import numbered
from consensus.credible import Accuracy, accuracy_of, chance_of_less
from consensus.methods.base import Method
from consensus.peers import Evidence
from consensus.votes import Floats, Ints, Votes

#: How many deviations below the middle of log time an answer is too fast: 1 of 700 by chance.
DEVIATIONS = 3.0
#: The median absolute deviation of a normal distribution, as a share of its deviation.
MAD_OF_NORMAL = 0.6745
#: Least deviation of log time: people who all take the same time to 10 % are not told apart.
LEAST_DEVIATION = 0.1
#: Below this many answers an annotator's own pace is not known.
LEAST_ANSWERS = 20
#: Shorter times are taken for this one, in seconds: the logarithm of 0 is no number.
SHORTEST = 0.01


@dataclass(frozen=True, eq=False)
class Speed:
    """How fast answers were given. Rows follow the order of votes, types and annotators."""

    #: Which answers are too fast; never one whose time is not known: shape (N,).
    too_fast: npt.NDArray[np.bool_]
    #: The types of tasks, and the time below which nobody's answer can be honest, in seconds: (Y,).
    types: Sequence[Hashable]
    threshold: Floats
    #: The middle of each annotator's times, as a multiple of what is usual for the type; NaN where
    #: no time is known: shape (A,).
    pace: Floats
    #: Share of each annotator's timed answers that are too fast; NaN where none is: shape (A,).
    share: Floats


@dataclass(frozen=True, eq=False)
class FastAndSlow:
    """Whether too-fast answers are worse than others."""

    #: Accuracy of each annotator's too-fast and other answers, with its 95 % interval: (A, 2) each.
    accuracy: Accuracy
    #: P(the too-fast are right more seldom | answers) of each annotator; near 0.5 where there are
    #: too few to tell: shape (A,).
    worse: Floats
    #: The same of the whole crowd: shapes (1, 2) and (1,).
    crowd: Accuracy
    crowd_worse: Floats


def speed(votes: Votes, types: Sequence[Hashable] | None = None) -> Speed:
    """Find answers given faster than can be honest.

    What is usual for a type of task is the median of its annotators' median log times, so that
    nobody shifts it by answering much. What is left of log time has, for each annotator, a median
    and a deviation, the scaled median absolute one. An answer is too fast when it lies `DEVIATIONS`
    deviations below the crowd's median, where that deviation combines the one between annotators'
    medians with the middle one within annotators; or as far below its own annotator's median, if
    they have `LEAST_ANSWERS` timed answers and it is quicker than usual, too.

    `types` names the type of each task, of shape (T,); None: all are of one. Raises ValueError
    where no vote has a time, or for types of another length.
    """
    if votes.seconds is None:
        raise ValueError("speed needs to know how long answers took: build votes with `seconds`")
    tasks, annotators, _ = votes.shape
    if types is not None and len(types) != tasks:
        raise ValueError(f"types must have one entry a task: {tasks}, not {len(types)}")
    type_ids, type_of_task = numbered(["all"] * tasks if types is None else types, "type")
    timed = ~np.isnan(votes.seconds)
    who, kind = votes.annotator[timed], type_of_task[votes.task[timed]]
    log_time = np.log(np.maximum(votes.seconds[timed], SHORTEST))
    usual = _usual(log_time, who, kind, (annotators, len(type_ids)))
    left = log_time - usual[kind]
    answers = np.bincount(who, minlength=annotators)
    middle, floor, own_floor = _floors(left, who, answers)
    too_fast = np.zeros(len(votes), bool)
    too_fast[timed] = left < np.maximum(floor, own_floor)[who]
    flagged = np.bincount(votes.annotator[too_fast], minlength=annotators)
    return Speed(
        too_fast=too_fast,
        types=type_ids,
        threshold=np.exp(usual + floor),
        pace=np.exp(middle),
        share=np.where(answers > 0, flagged / np.maximum(answers, 1), np.nan),
    )


def fast_and_slow(
    votes: Votes,
    fit: Method,
    too_fast: npt.NDArray[np.bool_],
    gold: Mapping[Any, str] | None = None,
) -> FastAndSlow:
    """Compare too-fast answers, a mask of shape (N,), with the others.

    In the crowd as a whole they may be worse because poor annotators hurry, and not because of the
    hurry itself: that is for the figures of each annotator to say. Raises ValueError for a mask of
    another shape, or a fit of other votes.
    """
    if too_fast.shape != (len(votes),):
        raise ValueError(f"too_fast must have one entry a vote: {len(votes)}, not {too_fast.shape}")
    rightness = Evidence.of(votes, fit, gold).rightness(votes)
    centre = float(fit.class_prior_ @ np.diag(fit.pooled_confusion_))
    slow, size = (~too_fast).astype(np.int64), votes.shape[1]
    of_each = 2 * votes.annotator + slow
    return FastAndSlow(
        accuracy=accuracy_of(of_each, 2 * size, rightness, centre).reshape(size, 2),
        worse=chance_of_less(of_each, 2 * size, rightness, centre),
        crowd=accuracy_of(slow, 2, rightness, centre).reshape(1, 2),
        crowd_worse=chance_of_less(slow, 2, rightness, centre),
    )


def _usual(log_time: Floats, who: Ints, kind: Ints, shape: tuple[int, int]) -> Floats:
    """Take the middle over annotators of their middle log time for each type: shape (Y,)."""
    annotators, types = shape
    each = _medians(log_time, kind * np.int64(annotators) + who, types * annotators)
    known = np.flatnonzero(~np.isnan(each))
    return _medians(each[known], known // max(1, annotators), types)


def _floors(left: Floats, who: Ints, answers: Ints) -> tuple[Floats, float, Floats]:
    """Find the annotators' medians (A,), the floor of the crowd, and their own floors (A,)."""
    size = len(answers)
    middle = _medians(left, who, size)
    within = _medians(np.abs(left - middle[who]), who, size) / MAD_OF_NORMAL
    known = answers > 0
    if not known.any():
        return middle, -np.inf, np.full(size, -np.inf)
    centre = np.median(middle[known])
    between = np.median(np.abs(middle[known] - centre)) / MAD_OF_NORMAL
    deviation = max(float(np.hypot(between, np.median(within[known]))), LEAST_DEVIATION)
    own = np.minimum(middle - DEVIATIONS * np.maximum(within, LEAST_DEVIATION), 0.0)
    own[answers < LEAST_ANSWERS] = -np.inf
    return middle, float(centre - DEVIATIONS * deviation), own


def _medians(values: Floats, group: Ints, groups: int) -> Floats:
    """Take the median of each group, NaN where it is empty: shape (groups,)."""
    ordered = values[np.lexsort((values, group))]
    sizes = np.bincount(group, minlength=groups)
    first = np.cumsum(sizes) - sizes
    medians = np.full(groups, np.nan)
    filled = sizes > 0
    low = ordered[(first + (sizes - 1) // 2)[filled]]
    medians[filled] = (low + ordered[(first + sizes // 2)[filled]]) / 2
    return medians
