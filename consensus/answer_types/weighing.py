"""What all kinds share: how much an answer counted, and how reliable its annotator is."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, Protocol

import numpy as np
from scipy.special import betaincinv

from consensus.answer_types.base import Aggregate
from consensus.votes import Floats, Ints

#: Answers that the crowd's average weighs beside an annotator's own.
PRIOR_STRENGTH = 1.0
#: Answers that an even chance weighs beside the crowd's.
CROWD_STRENGTH = 1.0
LEAST = 1e-6


def weight_shares(counted: Floats, task: Ints, tasks: int) -> Floats:
    """Scale what each answer counted so that sizes add up to 1 within its task: shape (N,).

    Where none of a task's answers says anything, all are 0.
    """
    total = np.bincount(task, np.abs(counted), minlength=tasks)[task]
    shares: Floats = np.where(total > 0, counted / np.where(total > 0, total, 1), 0.0)
    return shares


def reliability(
    closeness: Floats, annotator: Ints, annotators: int, level: float = 0.95
) -> tuple[Floats, Floats, Floats]:
    """Estimate how close to the truth annotators answer, with its interval: three of shape (A,).

    `closeness` (N,) is 1 for an answer that is expected to be right and 0 for one as far off as
    can be. The interval is that of a Beta distribution of as many answers, with the crowd's
    average worth `PRIOR_STRENGTH` on top; where closeness is a matter of degree it is wider than
    it need be.
    """
    given = np.bincount(annotator, minlength=annotators)
    close = np.bincount(annotator, closeness, minlength=annotators)
    crowd = (close.sum() + CROWD_STRENGTH / 2) / (given.sum() + CROWD_STRENGTH)
    alpha = close + PRIOR_STRENGTH * crowd
    beta = np.maximum(given - close, 0) + PRIOR_STRENGTH * (1 - crowd)
    mean = alpha / (alpha + beta)
    own, rest = np.maximum(alpha, LEAST), np.maximum(beta, LEAST)
    low, high = (betaincinv(own, rest, p) for p in ((1 - level) / 2, (1 + level) / 2))
    # far out, the interval of a skewed Beta may miss its own mean
    return mean, np.minimum(low, mean), np.maximum(high, mean)


class Columns(Protocol):
    """Who answered what: any of the kinds of votes."""

    @property
    def task_ids(self) -> Sequence[Hashable]: ...
    @property
    def annotator_ids(self) -> Sequence[Hashable]: ...
    @property
    def task(self) -> Ints: ...
    @property
    def annotator(self) -> Ints: ...


def assembled(
    votes: Columns,
    values: Sequence[Any],
    confidence: Floats,
    *,
    closeness: Floats,
    counted: Floats,
    **more: Any,
) -> Aggregate:
    """Put a consensus in the terms of the contract.

    `closeness` and `counted` (N,) are those of `reliability` and `weight_shares`; `more` are the
    fields of `Aggregate` that not every kind has.
    """
    score, low, high = reliability(closeness, votes.annotator, len(votes.annotator_ids))
    return Aggregate(
        task_ids=votes.task_ids,
        annotator_ids=votes.annotator_ids,
        values=values,
        confidence=confidence.tolist(),
        reliability=score.tolist(),
        reliability_low=low.tolist(),
        reliability_high=high.tolist(),
        task=votes.task.tolist(),
        annotator=votes.annotator.tolist(),
        weight=weight_shares(counted, votes.task, len(votes.task_ids)).tolist(),
        **more,
    )
