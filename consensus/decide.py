"""From a posterior to a decision: enough, one more answer, or a matter for an expert.

A cost matrix says what mistakes cost: its rows are the true labels, its columns what may be said of
a task, in the order of the labels; more columns may follow, such as "leave it to an expert".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from consensus.votes import Floats

#: Two probabilities closer than this are equal.
TIE = 1e-9
#: By how much a row of probabilities may miss a sum of 1.
ROUNDING = 1e-6
#: A gain that is a smaller share than this of the largest cost is rounding, not gain.
NO_GAIN = 1e-12


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to become of a task. `label` is None where several are equally probable."""

    state: str
    label: str | None
    confidence: float
    reason: str


def decide(
    posterior: Mapping[str, float],
    answers: int,
    *,
    minimum: int,
    maximum: int,
    target: float,
    predictions: int = 0,
) -> Decision:
    """Decide on a task by its posterior; a tie is disputed, never guessed.

    Below `minimum` answers a task stays open. It is resolved once a label's probability reaches
    `target`, and disputed when that has not happened with `maximum` answers. Where there is neither
    an answer nor one of the models' `predictions` nothing is known, and no label is named. Raises
    ValueError for a posterior without labels, or with a probability that is negative or NaN.
    """
    if not posterior or not all(p >= 0 for p in posterior.values()):
        raise ValueError("a posterior gives at least one label a probability, each 0 or more")
    confidence = max(posterior.values())
    best = [label for label, p in posterior.items() if confidence - p < TIE]
    label = best[0] if len(best) == 1 and answers + predictions > 0 else None
    if answers < minimum:
        return Decision("open", label, confidence, "below_minimum")
    if label is not None and confidence >= target:
        return Decision("resolved", label, confidence, "target_reached")
    if answers < maximum:
        return Decision("open", label, confidence, "below_target")
    return Decision("disputed", label, confidence, "tie" if label is None else "low_confidence")


def expected_costs(posteriors: Floats, cost: Floats | None = None) -> Floats:
    """Compute what saying each thing of each task costs on average: shape (T, K) to (T, S).

    `cost` has shape (K, S), true label by thing said; None: a mistake costs 1. Raises ValueError
    for posteriors that are none, and for costs that are negative, not finite or of another shape.
    """
    shares = _shares(posteriors, "posteriors")
    costs: Floats = shares @ _cost(cost, shares.shape[1])
    return costs


def cheapest(
    posteriors: Floats, cost: Floats | None = None
) -> tuple[npt.NDArray[np.int64], Floats]:
    """Say of each task what costs least, and how much that is: shapes (T,) and (T,).

    What is said is a column of `cost`, or -1 where several cost as little: a tie is not broken.
    Raises ValueError as `expected_costs` does.
    """
    costs = expected_costs(posteriors, cost)
    least = costs.min(axis=1)
    scale = 1.0 if cost is None else max(float(np.max(cost)), TIE)
    tied = (costs - least[:, None] < TIE * scale).sum(axis=1) > 1
    return np.where(tied, -1, costs.argmin(axis=1)), least


def value_of_one_more(posteriors: Floats, confusion: Floats, cost: Floats | None = None) -> Floats:
    """Compute how much one more answer lowers each task's expected cost: shape (T,), 0 or more.

    `confusion`, of shape (K, K), is the matrix of who will answer, rows true: one annotator's, or
    the crowd's where it is not known who. The sum runs over all labels they may give, so that the
    value is exact (Raiffa & Schlaifer 1961, expected value of sample information). It is 0 where
    no single answer would change what is said. Raises ValueError as `expected_costs` does, and for
    a matrix whose rows are no probabilities.
    """
    shares, given = _shares(posteriors, "posteriors"), _shares(confusion, "confusion")
    price = _cost(cost, shares.shape[1])
    _same_labels(shares, given)
    after = np.zeros(len(shares))
    for chance in given.T:
        # the cost of each thing said, times the probability that the answer is this label
        after += ((chance[:, None] * price).T @ shares.T).min(axis=0)
    gain: Floats = (price.T @ shares.T).min(axis=0) - after
    gain[gain < NO_GAIN * price.max(initial=0.0)] = 0.0
    return gain


def information_of_one_more(posteriors: Floats, confusion: Floats) -> Floats:
    """Compute how much one more answer tells of each task's label, in nats: shape (T,), 0 or more.

    It is the mutual information of label and answer (Lindley 1956): by how much the entropy of the
    posterior falls on average. Arguments and errors are those of `value_of_one_more`.
    """
    shares, given = _shares(posteriors, "posteriors"), _shares(confusion, "confusion")
    _same_labels(shares, given)
    told: Floats = _entropy(shares @ given) - shares @ _entropy(given)
    told[told < NO_GAIN] = 0.0
    return told


def value_per_cost(value: Floats, answer_cost: float | Floats = 1.0) -> Floats:
    """Divide the value of one more answer by what the answer costs: shape (T,).

    Above 1 the answer is worth its cost, where both are in one currency. Raises ValueError for
    costs that are not above 0, and for values that are negative or not finite.
    """
    worth, price = np.asarray(value, np.float64), np.asarray(answer_cost, np.float64)
    if price.shape not in ((), worth.shape) or not (np.isfinite(price) & (price > 0)).all():
        raise ValueError("answer_cost must be above 0 and finite: one number, or one a task")
    if not (np.isfinite(worth) & (worth >= 0)).all():
        raise ValueError("values must be 0 or more and finite")
    ratio: Floats = worth / price
    return ratio


def ask_next(
    posteriors: Floats,
    confusion: Floats,
    *,
    cost: Floats | None = None,
    answer_cost: float | Floats = 1.0,
) -> npt.NDArray[np.int64]:
    """Rank tasks by the value of one more answer for its cost, best first: shape (T,).

    Where that is equal, such as 0 for want of an answer that alone could change what is said, the
    information for its cost decides, and at last the order of the tasks. Raises ValueError as
    `value_of_one_more` and `value_per_cost` do.
    """
    value = value_per_cost(value_of_one_more(posteriors, confusion, cost), answer_cost)
    told = value_per_cost(information_of_one_more(posteriors, confusion), answer_cost)
    return np.lexsort((-told, -value))


def _entropy(shares: Floats) -> Floats:
    """Compute the entropy of each row, in nats."""
    logs = np.log(shares, out=np.zeros_like(shares), where=shares > 0)
    entropy: Floats = -np.einsum("ij,ij->i", shares, logs)
    return entropy


def _shares(rows: Floats, name: str) -> Floats:
    """Check that every row is a probability distribution."""
    shares = np.asarray(rows, np.float64)
    if shares.ndim != 2 or not shares.shape[1]:
        raise ValueError(f"{name} must be a table with a column a label, not {shares.shape}")
    # NaN fails both comparisons
    if not (shares >= 0).all() or not (np.abs(shares.sum(axis=1) - 1) < ROUNDING).all():
        raise ValueError(f"every row of {name} must hold probabilities that add up to 1")
    return shares


def _same_labels(shares: Floats, given: Floats) -> None:
    labels = shares.shape[1]
    if given.shape != (labels, labels):
        raise ValueError(f"confusion must be ({labels}, {labels}), not {given.shape}")


def _cost(cost: Floats | None, labels: int) -> Floats:
    """Check a cost matrix, or make the one that counts mistakes."""
    if cost is None:
        return 1.0 - np.eye(labels)
    price = np.asarray(cost, np.float64)
    if price.ndim != 2 or len(price) != labels or not price.shape[1]:
        raise ValueError(f"cost must have {labels} rows, one a true label, not {price.shape}")
    if not (np.isfinite(price) & (price >= 0)).all():
        raise ValueError("costs must be 0 or more and finite")
    return price
