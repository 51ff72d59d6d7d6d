"""Coefficients of agreement for a whole crowd, each with a bootstrap interval over tasks."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import partial
from typing import Unpack

import numpy as np

from consensus.agreement.resampling import Agreement, Patterns, Resampling, ratio
from consensus.votes import Floats, Ints, Votes

#: How far apart two labels are, given the values they stand for.
METRICS: dict[str, Callable[[Floats, Floats], Floats]] = {
    "nominal": lambda one, other: (one != other).astype(np.float64),
    "linear": lambda one, other: np.abs(one - other),
    "interval": lambda one, other: (one - other) ** 2,
    # two zeros are not apart
    "ratio": lambda one, other: np.nan_to_num(ratio(np.abs(one - other), one + other)) ** 2,
}
#: Scales of measurement that alpha knows.
SCALES = ("nominal", "ordinal", "interval", "ratio")
#: How kappa may weigh a disagreement, and the metric that does so.
WEIGHTS = {"none": "nominal", "linear": "linear", "quadratic": "interval"}


def percent_agreement(votes: Votes, **resampling: Unpack[Resampling]) -> Agreement:
    """Compute how often two answers to a task agree: a share from 0 to 1.

    The share of agreeing pairs in each task, averaged over the tasks with at least two answers;
    NaN where there are none.
    """
    patterns = Patterns.of(votes.counts)
    return patterns.agreement(
        _agreeing(patterns), lambda sums: ratio(sums[:, 1], sums[:, 0]), **resampling
    )


def fleiss_kappa(votes: Votes, **resampling: Unpack[Resampling]) -> Agreement:
    """Compute Fleiss' kappa (Fleiss 1971).

    Tasks may have unequal numbers of answers: each task weighs the same, both in the agreement
    observed, if it has at least two answers, and in the shares of the labels, if it has any (Gwet
    2014, ch. 2). With equal numbers this is Fleiss' own. NaN where no task has two answers or all
    labels are equal.
    """
    return _beyond_chance(votes, lambda shares: (shares**2).sum(axis=1), resampling)


def gwet_ac1(votes: Votes, **resampling: Unpack[Resampling]) -> Agreement:
    """Compute Gwet's AC1 (Gwet 2008), which stays high where nearly all labels are rightly equal.

    Tasks weigh as in `fleiss_kappa`. Labels of the label set that nobody chose count as possible.
    NaN where no task has two answers or the label set has one label.
    """
    others = votes.shape[2] - 1
    return _beyond_chance(
        votes, lambda shares: ratio((shares * (1 - shares)).sum(axis=1), others), resampling
    )


def krippendorff_alpha(
    votes: Votes,
    scale: str = "nominal",
    values: Sequence[float] | None = None,
    **resampling: Unpack[Resampling],
) -> Agreement:
    """Compute Krippendorff's alpha (Krippendorff 2011); answers may be missing.

    `scale` is "nominal", "ordinal", "interval" or "ratio"; `values` are what the labels stand for,
    a number each, by default their places in the label set: 0, 1, 2 and so on. 1 is perfect
    agreement, 0 is chance; NaN where no task has two answers or all labels are equal. Raises
    ValueError for an unknown scale, values that are not one for each label, repeat or are not
    finite, and for a ratio scale without values or with negative ones.
    """
    if scale == "ratio" and (values is None or min(values, default=0) < 0):
        raise ValueError("a ratio scale needs values of 0 or more: give one for each label")
    numbers = label_values(values, votes.shape[2])
    if scale not in SCALES:
        raise ValueError(f"scale must be one of {SCALES}, not {scale!r}")
    patterns = Patterns.of(votes.counts)
    paired = _paired(patterns.counts)
    if scale == "ordinal":
        # ranks come from the sums, so each draw has distances of its own
        statistics = _coincidences(paired[:, np.argsort(numbers)])
        return patterns.agreement(statistics, partial(_ordinal_alpha, len(numbers)), **resampling)
    apart = distances(scale, numbers)
    observed = ratio(((paired @ apart) * paired).sum(axis=1), paired.sum(axis=1) - 1)
    statistics = np.column_stack([np.nan_to_num(observed), paired])

    def alpha(sums: Floats) -> Floats:
        totals = sums[:, 1:]
        expected = ((totals @ apart) * totals).sum(axis=1)
        return 1 - ratio(sums[:, 0] * (totals.sum(axis=1) - 1), expected)

    return patterns.agreement(statistics, alpha, **resampling)


def cohen_kappa(
    votes: Votes,
    weights: str = "none",
    values: Sequence[float] | None = None,
    *,
    between: tuple[Hashable, Hashable] | None = None,
    **resampling: Unpack[Resampling],
) -> Agreement:
    """Compute Cohen's kappa of two annotators over the tasks both answered (Cohen 1960, 1968).

    `weights` says how a disagreement grows with the distance of the `values` of two labels, by
    default their places in the label set: "none", "linear" or "quadratic". `between` names the two;
    it may be left out where the votes are of two. NaN where they share no task, or both always gave
    one and the same label. Raises ValueError where the two are not known, and as
    `krippendorff_alpha` does.
    """
    apart = kappa_distances(weights, values, votes.shape[2])
    labels = len(apart)
    one, other = (votes.where(votes.annotator == a) for a in _two(votes, between))
    _, ours, theirs = np.intersect1d(one.task, other.task, return_indices=True)
    cells = one.label[ours] * np.int64(labels) + other.label[theirs]
    # tasks are told apart by who said what: the patterns are the cells of the two's table
    eye = np.eye(labels)
    counts = (eye[:, None] + eye[None, :]).reshape(-1, labels)
    patterns = Patterns(counts, np.bincount(cells, minlength=labels**2))
    return patterns.agreement(
        np.eye(labels**2),
        lambda sums: kappa(sums.reshape(-1, labels, labels), apart),
        **resampling,
    )


def coincidences(votes: Votes) -> Floats:
    """Count how often one label meets another in answers to one task: shape (K, K), symmetric.

    Each answer that can be compared counts once, spread over those it is compared with
    (Krippendorff 2011), so that the whole adds up to their number.
    """
    patterns = Patterns.of(votes.counts)
    paired = _paired(patterns.counts)
    weight = patterns.tasks / np.maximum(paired.sum(axis=1) - 1, 1)
    weighted = paired * weight[:, None]
    met: Floats = weighted.T @ paired - np.diag(weighted.sum(axis=0))
    return met


def kappa(tables: Floats, apart: Floats) -> Floats:
    """Compute weighted kappa of tables of counts (P, K, K), given the labels' distances (K, K)."""
    rows, columns = tables.sum(axis=2), tables.sum(axis=1)
    observed = (tables * apart).sum(axis=(1, 2)) * rows.sum(axis=1)
    return 1 - ratio(observed, ((rows @ apart) * columns).sum(axis=1))


def kappa_distances(weights: str, values: Sequence[float] | None, labels: int) -> Floats:
    """Lay out how bad each disagreement is: shape (K, K). Raises ValueError for unknown weights."""
    if weights not in WEIGHTS:
        raise ValueError(f"weights must be one of {tuple(WEIGHTS)}, not {weights!r}")
    return distances(WEIGHTS[weights], label_values(values, labels))


def distances(metric: str, values: Floats) -> Floats:
    """Measure how far each label is from each other: shape (K, K)."""
    return METRICS[metric](values[:, None], values[None, :])


def label_values(values: Sequence[float] | None, labels: int) -> Floats:
    """Read the numbers that labels stand for: shape (K,). Raises ValueError for bad ones."""
    given = np.arange(labels) if values is None else values
    numbers = np.array(given, np.float64)
    if numbers.shape != (labels,):
        raise ValueError(f"values must be {labels} numbers, one for each label")
    if not np.isfinite(numbers).all() or len(np.unique(numbers)) < labels:
        raise ValueError("values must be finite, and no two labels may have the same")
    return numbers


def _beyond_chance(
    votes: Votes, expected: Callable[[Floats], Floats], resampling: Resampling
) -> Agreement:
    """Correct the agreement observed by that expected of the labels' shares (B, K)."""
    patterns = Patterns.of(votes.counts)
    shares = patterns.counts / patterns.answers[:, None]
    statistics = np.column_stack([_agreeing(patterns), np.ones(len(shares)), shares])

    def coefficient(sums: Floats) -> Floats:
        observed = ratio(sums[:, 1], sums[:, 0])
        by_chance = expected(ratio(sums[:, 3:], sums[:, 2:3]))
        return ratio(observed - by_chance, 1 - by_chance)

    return patterns.agreement(statistics, coefficient, **resampling)


def _agreeing(patterns: Patterns) -> Floats:
    """Say of each pattern whether it has pairs, and what share of them agree: shape (U, 2)."""
    answers = patterns.answers
    agreeing = (patterns.counts * (patterns.counts - 1)).sum(axis=1)
    shares = np.nan_to_num(ratio(agreeing, answers * (answers - 1)))
    return np.column_stack([answers > 1, shares])


def _paired(counts: Floats) -> Floats:
    """Leave out single answers: what can be compared with nothing says nothing of agreement."""
    paired: Floats = counts * (counts.sum(axis=1, keepdims=True) > 1)
    return paired


def _coincidences(paired: Floats) -> Floats:
    """Count each label, and each pair of unlike labels as alpha weighs it: (U, K + K·(K-1)/2)."""
    one, other = np.triu_indices(paired.shape[1], 1)
    unlike = paired[:, one] * paired[:, other]
    others = np.maximum(paired.sum(axis=1, keepdims=True) - 1, 1)
    return np.hstack([paired, unlike / others])


def _ordinal_alpha(labels: int, sums: Floats) -> Floats:
    """Compute alpha from sums of coincidences: labels lie as far apart as their middle ranks."""
    totals, unlike = sums[:, :labels], sums[:, labels:]
    ranks = np.cumsum(totals, axis=1) - totals / 2
    one, other = np.triu_indices(labels, 1)
    apart = (ranks[:, one] - ranks[:, other]) ** 2
    observed = (unlike * apart).sum(axis=1) * (totals.sum(axis=1) - 1)
    return 1 - ratio(observed, (totals[:, one] * totals[:, other] * apart).sum(axis=1))


def _two(votes: Votes, between: tuple[Hashable, Hashable] | None) -> Ints:
    """Find the rows of the two annotators to compare."""
    names = tuple(votes.annotator_ids) if between is None else between
    if len(names) != 2 or names[0] == names[1]:
        raise ValueError(f"kappa compares two annotators, not {len(set(names))}: say between whom")
    row = {annotator: number for number, annotator in enumerate(votes.annotator_ids)}
    if unknown := [name for name in names if name not in row]:
        raise ValueError(f"there is no annotator {unknown[0]!r} among the votes")
    return np.array([row[name] for name in names])
