"""Priors and matrices that posteriors imply, for methods that have none of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from consensus.methods.base import (
    CLASS_STRENGTH,
    POOL_STRENGTH,
    Method,
    assumed_confusion,
    expected_counts,
    normalize,
)
from consensus.posterior import Shares, task_posteriors
from consensus.votes import Floats, Ints, Votes

#: Answers that the crowd's matrix weighs beside an annotator's own, for each true label.
OWN_STRENGTH = 1.0
#: Weights that differ by less are a tie: sums of fractions are not exact.
TIE = 1e-9


def describe(method: Method, votes: Votes, posteriors: Floats) -> None:
    """Set the posteriors (T, K) of a fit, and all that they imply of labels and annotators.

    The matrices are the answers that the posteriors expect, drawn to the crowd's matrix, and that
    one to an assumed one.
    """
    labels = votes.shape[2]
    method.annotator_ids_, method.label_set_ = votes.annotator_ids, votes.label_set
    method.posteriors_ = posteriors
    method.class_prior_ = normalize(posteriors.sum(axis=0) + CLASS_STRENGTH)
    counts = expected_counts(votes, posteriors)
    crowd = counts.sum(axis=0) + POOL_STRENGTH * assumed_confusion(labels)
    method.pooled_confusion_ = normalize(crowd)
    method.confusion_counts_ = counts + OWN_STRENGTH * method.pooled_confusion_
    method.confusion_ = normalize(method.confusion_counts_)


def added_up(values: Floats, group: Ints, groups: int) -> Floats:
    """Add up values (N,) by the groups (N,) they belong to: shape (groups,)."""
    return np.bincount(group, values, groups).astype(np.float64, copy=False)


def count(method: Method, votes: Votes, weights: Floats, gold: Mapping[Any, str] | None) -> None:
    """Set all that a fit leaves behind when it counts votes by weights (A,)."""
    method.model_ = Shares(weights)
    describe(method, votes, task_posteriors(votes, method.model_, gold))


def leading(shares: Floats) -> Floats:
    """Give each task to its leading label, in equal parts where several lead: shape (T, K)."""
    if not shares.size:
        return shares
    return normalize((shares >= shares.max(axis=1, keepdims=True) - TIE).astype(np.float64))


def agreement(votes: Votes, winners: Floats) -> Floats:
    """Compute the share of each annotator's votes that `winners` (T, K) bear out: shape (A,).

    Who has not voted counts as the crowd on average.
    """
    annotators = votes.shape[1]
    right = added_up(winners[votes.task, votes.label], votes.annotator, annotators)
    given = np.bincount(votes.annotator, minlength=annotators)
    average = right.sum() / max(1, len(votes))
    return np.where(given > 0, right / np.maximum(given, 1), average)
