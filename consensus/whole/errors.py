"""How far numbers are off: by how much too high, how far away, and how often near enough."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from consensus.agreement.by_distance import pairs_of_answers
from consensus.calibration import Z
from consensus.votes import Floats, Ints, Votes

#: Shares of the errors that lie below each of those that are told.
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
Estimate = tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class Errors:
    """What differences come to; values with their 95 % intervals, NaN where there is nothing."""

    count: int
    #: Tasks that they are of.
    tasks: int
    #: Mean difference, and mean distance.
    bias: Estimate
    absolute: Estimate
    #: Differences below which `QUANTILES` of all lie: shape (Q,).
    quantiles: Floats
    #: Differences no larger than the slack.
    within: int


def errors_of(differences: Floats, task: Ints, slack: float) -> Errors:
    """Sum differences (N,) up; those of one task are no independent cases (N,)."""
    _, task = np.unique(task, return_inverse=True)
    distances = np.abs(differences)
    quantiles = np.quantile(differences, QUANTILES) if len(task) else np.full(5, np.nan)
    return Errors(
        count=len(differences),
        tasks=int(task.max(initial=-1)) + 1,
        bias=mean_by_task(differences, task),
        absolute=mean_by_task(distances, task),
        quantiles=quantiles,
        within=int((distances <= slack).sum()),
    )


def errors_between(votes: Votes, values: Floats, slack: float) -> Errors:
    """Sum up how far two answers to a task are apart; which of them comes first says nothing."""
    found = list(pairs_of_answers(votes))
    one = np.concatenate([pair[0] for pair in found]) if found else np.empty(0, np.int64)
    other = np.concatenate([pair[1] for pair in found]) if found else np.empty(0, np.int64)
    apart = np.abs(values[votes.label[one]] - values[votes.label[other]])
    return errors_of(apart, votes.task[one], slack)


def mean_by_task(values: Floats, task: Ints) -> Estimate:
    """Average values (N,), whose interval lets those of one task go together.

    Clusters as in Liang & Zeger (1986); `task` numbers tasks without a gap, (N,). No interval of a
    single task.
    """
    if not len(values):
        return np.nan, np.nan, np.nan
    mean = float(values.mean())
    influence = np.bincount(task, values - mean) / len(values)
    tasks = len(influence)
    if tasks < 2:
        return mean, np.nan, np.nan
    reach = Z * float(np.sqrt((influence**2).sum() * tasks / (tasks - 1)))
    return mean, mean - reach, mean + reach
