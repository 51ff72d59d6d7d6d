"""Aggregation of answers that are one label, by any of the methods."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

import numpy as np

from consensus.answer_types.base import Aggregate, Gold
from consensus.answer_types.least_cost import UNDECIDED, least_cost_label
from consensus.answer_types.weighing import assembled
from consensus.methods.base import Method
from consensus.posterior import TINY
from consensus.votes import Floats, Ints, Votes


def most_probable(posteriors: Floats) -> Ints:
    """Find the most probable label of each task; `UNDECIDED` in a tie: (T, K) to (T,)."""
    return least_cost_label(posteriors, "zero-one")


def steps_apart(labels: int) -> Floats:
    """Count the steps between labels as a share of the scale: shape (K, K), from 0 to 1."""
    places = np.arange(labels) / max(1, labels - 1)
    apart: Floats = np.abs(np.subtract.outer(places, places))
    return apart


def aggregate_labels(
    tasks: Sequence[Hashable],
    annotators: Sequence[Hashable],
    labels: Sequence[str],
    label_set: Sequence[str],
    method: Method,
    gold: Gold | None = None,
    *,
    distance: Floats | None = None,
    choose: Callable[[Floats], Ints] = most_probable,
) -> Aggregate:
    """Fit a method and say what it found in the terms of the contract.

    `distance` (K, K) says how far apart labels are, from 0 to 1; by default different is 1.
    Raises ValueError as `Votes.from_columns` does.
    """
    votes = Votes.from_columns(tasks, annotators, labels, label_set)
    fit = method.fit(votes, gold)
    posteriors = fit.posteriors_
    chosen = choose(posteriors)
    confidence = np.where(
        chosen == UNDECIDED,
        posteriors.max(axis=1, initial=0.0),
        posteriors[np.arange(len(chosen)), chosen],
    )
    apart = 1 - np.eye(len(label_set)) if distance is None else distance
    return assembled(
        votes,
        [None if label == UNDECIDED else label_set[label] for label in chosen.tolist()],
        confidence,
        closeness=1 - (posteriors @ apart)[votes.task, votes.label],
        counted=_nats(votes, fit, chosen),
        label_set=votes.label_set,
        posteriors=posteriors.tolist(),
        fit=fit,
    )


def _nats(votes: Votes, fit: Method, chosen: Ints) -> Floats:
    """Measure what each answer says for the chosen label against the best other: shape (N,).

    Where no label is chosen, it is the evidence for the first of the best two.
    """
    if votes.shape[2] < 2:
        return np.ones(len(votes))
    told = np.log(np.maximum(fit.confusion_, TINY))
    rest = fit.posteriors_.copy()
    best = np.where(chosen == UNDECIDED, rest.argmax(axis=1), chosen)
    rest[np.arange(len(best)), best] = -1.0
    other = rest.argmax(axis=1)
    of, given = votes.annotator, votes.label
    nats: Floats = told[of, best[votes.task], given] - told[of, other[votes.task], given]
    return nats
