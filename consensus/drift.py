"""Whether annotators become better or worse as time goes on, and since when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from consensus.credible import Accuracy, accuracy_of
from consensus.discoveries import discovered
from consensus.methods.base import Method
from consensus.peers import Evidence
from consensus.votes import Floats, Ints, Votes

#: Below this many answers with a time nobody is tested: the law of the statistic is far off there.
LEAST_ANSWERS = 30


@dataclass(frozen=True, eq=False)
class Drift:
    """One row an annotator, in the order of `votes.annotator_ids`."""

    #: Accuracy in W windows of equally many answers, by time, with its 95 % interval: (A, W) each.
    windows: Accuracy
    #: When each window begins, in seconds since 1970; NaN where it has no answer: shape (A, W).
    starts: Floats
    #: The largest excursion of the scaled CUSUM, and the chance of one as large where nothing
    #: changes; 0 and 1 where there are too few answers: shape (A,) each.
    statistic: Floats
    p_value: Floats
    #: Whose accuracy changed; of those named, a share of `false_rate` is wrong on average.
    changed: npt.NDArray[np.bool_]
    #: When it most likely changed, in seconds since 1970; NaN where not tested: shape (A,).
    changed_at: Floats
    #: Accuracy before that time, and from it on, with its 95 % interval: (A, 2) each.
    around: Accuracy


@dataclass(frozen=True, eq=False)
class Course:
    """The answers that have a time: by annotator, and of each annotator by time."""

    annotator: Ints
    #: The number of each answer among its annotator's, from 0.
    rank: Ints
    at: Floats
    #: What the others say of each answer: see `Evidence.rightness`.
    rightness: Floats
    #: How many answers each annotator has: shape (A,).
    answers: Ints
    #: How often the crowd is right.
    centre: float

    @classmethod
    def of(cls, votes: Votes, at: Floats, rightness: Floats, centre: float) -> Course:
        """Put the answers in order."""
        timed = np.flatnonzero(~np.isnan(at))
        order = timed[np.lexsort((at[timed], votes.annotator[timed]))]
        annotator = votes.annotator[order]
        answers = np.bincount(annotator, minlength=votes.shape[1])
        rank = np.arange(len(order)) - (np.cumsum(answers) - answers)[annotator]
        return cls(annotator, rank, at[order], rightness[order], answers, centre)

    def in_parts(self, part: Ints, parts: int) -> tuple[Accuracy, Floats]:
        """Cut each annotator's answers into parts: how accurate each is, and when it begins."""
        shape = len(self.answers), parts
        group = self.annotator * np.int64(parts) + part
        opens = np.flatnonzero(np.diff(group, prepend=-1))
        starts = np.full(shape, np.nan)
        starts.flat[group[opens]] = self.at[opens]
        accuracy = accuracy_of(group, shape[0] * parts, self.rightness, self.centre)
        return accuracy.reshape(*shape), starts

    def largest_excursion(self) -> tuple[Floats, Ints]:
        """Find the peak of each annotator's scaled CUSUM, and the rank of the answer after it.

        An answer's score says how steeply its log likelihood climbs with the accuracy. The scores,
        less their mean and divided by their deviation, add up to a Brownian bridge where the
        accuracy stays (Ploberger & Krämer 1992).
        """
        size = len(self.answers)
        accuracy = accuracy_of(self.annotator, size, self.rightness, self.centre).mean
        p, r = accuracy[self.annotator], self.rightness
        scores = (2 * r - 1) / (r * p + (1 - r) * (1 - p))
        mean = np.bincount(self.annotator, scores, size) / np.maximum(self.answers, 1)
        scores -= mean[self.annotator]
        deviation = np.sqrt(np.bincount(self.annotator, scores**2, size))
        # who makes less than one error has scores that differ by the evidence alone
        deviation = np.maximum(deviation, 1 / (accuracy * (1 - accuracy)))
        # each annotator's scores add up to 0, so that one sum runs over them all
        excursion = np.abs(np.cumsum(scores))
        peak = np.zeros(size)
        np.maximum.at(peak, self.annotator, excursion)
        at_peak = np.flatnonzero(excursion == peak[self.annotator])[::-1]
        after = np.zeros(size, np.int64)
        after[self.annotator[at_peak]] = self.rank[at_peak] + 1
        return peak / deviation, after


def drift(
    votes: Votes,
    fit: Method,
    gold: Mapping[Any, str] | None = None,
    *,
    windows: int = 10,
    false_rate: float = 0.05,
) -> Drift:
    """Test whether each annotator's accuracy changes over time, and find where.

    The peak of a CUSUM has Kolmogorov's law where nothing changes; over the annotators, the rate of
    false discoveries is held by Benjamini & Hochberg (1995). Answers without a time are left out,
    and an accuracy that falls because tasks become harder is found like any other. Raises
    ValueError where no vote has a time, for a fit of other votes, or for options out of range.
    """
    if votes.at is None:
        raise ValueError("drift needs to know when answers were given: build the votes with `at`")
    if windows < 1 or not 0 < false_rate < 1:
        raise ValueError("windows must be at least 1, and false_rate between 0 and 1")
    rightness = Evidence.of(votes, fit, gold).rightness(votes)
    return drift_of(votes, rightness, centre_of(fit), windows=windows, false_rate=false_rate)


def centre_of(fit: Method) -> float:
    """Say how often the crowd is right, by a fit."""
    return float(fit.class_prior_ @ np.diag(fit.pooled_confusion_))


def drift_of(
    votes: Votes,
    rightness: Floats,
    centre: float,
    *,
    windows: int = 10,
    false_rate: float = 0.05,
) -> Drift:
    """Test as `drift` does, where it is known what the others say of each answer, (N,).

    `rightness` is that of `Evidence.rightness`, or of `consensus.whole` for sets and numbers;
    `centre` is how often the crowd is right.
    """
    assert votes.at is not None
    course = Course.of(votes, votes.at, rightness, centre)
    by_window, starts = course.in_parts(
        course.rank * windows // course.answers[course.annotator], windows
    )
    statistic, change = course.largest_excursion()
    around, halves = course.in_parts(np.int64(1) * (course.rank >= change[course.annotator]), 2)
    tested = course.answers >= LEAST_ANSWERS
    p_value = np.where(tested, special.kolmogorov(statistic), 1.0)
    changed = np.zeros(len(tested), bool)
    changed[tested] = discovered(p_value[tested], false_rate)
    return Drift(
        windows=by_window,
        starts=starts,
        statistic=np.where(tested, statistic, 0.0),
        p_value=p_value,
        changed=changed,
        changed_at=np.where(tested, halves[:, 1], np.nan),
        around=around,
    )


def drift_of_crowd(votes: Votes, rightness: Floats, centre: float, **options: Any) -> Drift:
    """Test whether the accuracy of the crowd's answers changes, whoever gives them: one row.

    It changes as well where its better annotators leave. The arguments are those of `drift_of`.
    """
    everybody = replace(votes, annotator_ids=("crowd",), annotator=np.zeros_like(votes.annotator))
    return drift_of(everybody, rightness, centre, **options)
