"""Agreement of groups of annotators: within each, and between each two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Unpack

import numpy as np
import numpy.typing as npt

from consensus.agreement.coefficients import kappa_distances
from consensus.agreement.resampling import Agreement, Patterns, Resampling, ratio
from consensus.votes import Floats, Votes


def between_groups(
    votes: Votes,
    one: npt.NDArray[np.bool_],
    other: npt.NDArray[np.bool_],
    weights: str = "none",
    values: Sequence[float] | None = None,
    **resampling: Unpack[Resampling],
) -> Agreement:
    """Compute kappa between two groups of annotators, masks of shape (A,) each.

    Of each task that both have answered, every answer of the one is compared with every answer of
    the other; each such task weighs the same (Vanbelle & Albert 2009). Of two annotators it is
    Cohen's kappa, of a group with itself the agreement within. Who is in both groups is never
    compared with itself. `weights` and `values` are those of `cohen_kappa`, and so are the errors;
    NaN where no task was answered by both.
    """
    apart = kappa_distances(weights, values, votes.shape[2])
    labels = len(apart)
    ours, theirs = _counts(votes, one), _counts(votes, other)
    both = np.bincount(votes.task, (one & other)[votes.annotator], votes.shape[0])
    shared = ours.sum(axis=1) * theirs.sum(axis=1) > both
    patterns = Patterns.of(np.column_stack([ours, theirs, both])[shared])
    ours, theirs = patterns.counts[:, :labels], patterns.counts[:, labels:-1]
    pairs = ours.sum(axis=1) * theirs.sum(axis=1) - patterns.counts[:, -1]
    unlike = ((ours @ apart) * theirs).sum(axis=1) / pairs
    shares = [side / side.sum(axis=1, keepdims=True) for side in (ours, theirs)]

    def coefficient(sums: Floats) -> Floats:
        tasks = sums[:, 1:2]
        rows, columns = sums[:, 2 : 2 + labels] / tasks, sums[:, 2 + labels :] / tasks
        return 1 - ratio(sums[:, 0] / tasks[:, 0], ((rows @ apart) * columns).sum(axis=1))

    statistics = np.column_stack([unlike, np.ones(len(unlike)), *shares])
    if not len(statistics):
        return Agreement(np.nan, np.nan, np.nan, 0, 0)
    found = patterns.agreement(statistics, coefficient, **resampling)
    compared = float(patterns.tasks @ pairs) / (2 if np.array_equal(one, other) else 1)
    return replace(found, tasks=int(patterns.tasks.sum()), pairs=round(compared))


def _counts(votes: Votes, group: npt.NDArray[np.bool_]) -> Floats:
    """Count the answers of a group for each label: shape (T, K)."""
    return votes.where(group[votes.annotator]).counts
