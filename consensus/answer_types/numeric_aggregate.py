"""Consensus on numbers in the terms of the contract."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from scipy.special import ndtr

from consensus.answer_types.base import Aggregate, Gold
from consensus.answer_types.numeric_model import RobustMean
from consensus.answer_types.numeric_votes import NumericVotes
from consensus.answer_types.weighing import assembled
from consensus.votes import Floats

#: The usual error assumed before any answer, as a share of the span.
ERROR = 0.1
#: Keeps the truth that is known from being divided by.
LEAST = 1e-300


def aggregate_numbers(
    tasks: Sequence[Hashable],
    annotators: Sequence[Hashable],
    answers: Sequence[float],
    gold: Gold | None,
    *,
    span: float,
    tolerance: float,
    ends: tuple[float | None, float | None],
) -> Aggregate:
    """Fit `RobustMean` and say what it found; nothing lies beyond `ends`.

    `span`, `tolerance` and `ends` are in the unit of the answers. Raises ValueError as
    `NumericVotes.from_columns` does.
    """
    votes = NumericVotes.from_columns(tasks, annotators, answers)
    fit = RobustMean(error=ERROR * span).fit(votes, gold)
    within = ndtr(tolerance / np.maximum(fit.deviations_, LEAST))
    low, high, values = (_within(ends, column) for column in (*fit.intervals(), fit.values_))
    return assembled(
        votes,
        values.tolist(),
        2 * within - 1,
        closeness=1 - np.minimum(1.0, np.abs(votes.value - values[votes.task]) / span),
        counted=fit.weights_,
        low=low.tolist(),
        high=high.tolist(),
        fit=fit,
    )


def _within(ends: tuple[float | None, float | None], values: Floats) -> Floats:
    low = -np.inf if ends[0] is None else ends[0]
    high = np.inf if ends[1] is None else ends[1]
    return np.clip(values, low, high)
