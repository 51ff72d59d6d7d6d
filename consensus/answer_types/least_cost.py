"""Deciding for the label that costs least, where labels are ordered or errors differ in price."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from consensus.decide import TIE
from consensus.votes import Floats, Ints

#: Stands for a tie: several labels that cost the same.
UNDECIDED = -1

Cost = str | Sequence[Sequence[float]] | Floats


def cost_matrix(cost: Cost, labels: int) -> Floats:
    """Lay out what each label costs where another is true: shape (K, K), rows true.

    `cost` is "absolute" (the steps between them, of which the median is best), "squared" (the
    mean), "zero-one" (the mode) or a matrix. Raises ValueError for another name or shape.
    """
    steps = np.abs(np.subtract.outer(np.arange(labels), np.arange(labels))).astype(np.float64)
    named = {"absolute": steps, "squared": steps**2, "zero-one": (steps > 0).astype(np.float64)}
    if isinstance(cost, str):
        if cost not in named:
            raise ValueError(f"cost must be a matrix or one of {', '.join(named)}, not {cost!r}")
        return named[cost]
    matrix = np.asarray(cost, np.float64)
    if matrix.shape != (labels, labels) or not np.isfinite(matrix).all():
        raise ValueError(f"cost must be {labels} × {labels} finite numbers, one a pair of labels")
    return matrix


def least_cost_label(posteriors: Floats, cost: Cost = "absolute") -> Ints:
    """Find the label of least expected cost for each posterior: (T, K) to (T,).

    `UNDECIDED` where several cost the same. Raises ValueError as `cost_matrix` does.
    (Berger 1985, *Statistical Decision Theory*.)
    """
    expected = posteriors @ cost_matrix(cost, posteriors.shape[1])
    least = expected.min(axis=1, keepdims=True)
    equal = (expected - least < TIE * (1 + np.abs(least))).sum(axis=1)
    return np.where(equal == 1, expected.argmin(axis=1), UNDECIDED)
