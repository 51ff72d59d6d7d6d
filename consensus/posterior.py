"""The posterior of tasks from stored priors and confusion matrices: the E-step, and only that."""

from __future__ import annotations

from typing import Any

import numpy as np

from consensus.votes import Floats, Votes

#: Keeps a probability of zero from ruling a label out for ever.
TINY = 1e-12


def task_posteriors(
    votes: Votes,
    class_prior: Floats,
    confusion: Floats,
    gold: dict[Any, str] | None = None,
    *,
    discount: float = 1.0,
) -> Floats:
    """Compute P(true label | answers) for every task (Dawid & Skene 1979, eq. 2.5).

    `class_prior` has shape (K,), `confusion` (A, K, K) with rows true and columns given; the result
    has shape (T, K). Tasks in `gold` have their known label for certain. Each answer counts as
    `discount` of an independent one (temperature scaling, Guo et al. 2017): people err together on
    hard items, which the model does not know. Raises ValueError where the shapes do not fit.
    """
    joint = log_joint(votes, class_prior, confusion)
    log_prior = np.log(np.maximum(class_prior, TINY))
    return normalized(log_prior + discount * (joint - log_prior), votes, gold)


def log_joint(votes: Votes, class_prior: Floats, confusion: Floats) -> Floats:
    """Compute log P(true label, answers) for every task: shape (T, K)."""
    _, annotators, labels = votes.shape
    if class_prior.shape != (labels,) or confusion.shape != (annotators, labels, labels):
        raise ValueError(
            f"{annotators} annotators and {labels} labels need a prior of shape ({labels},) and "
            f"confusion of shape ({annotators}, {labels}, {labels})"
        )
    log_confusion = np.log(np.maximum(confusion, TINY))
    by_column = log_confusion.transpose(0, 2, 1).reshape(annotators * labels, labels)
    joint: Floats = votes.matrix @ by_column + np.log(np.maximum(class_prior, TINY))
    return joint


def normalized(joint: Floats, votes: Votes, gold: dict[Any, str] | None = None) -> Floats:
    """Turn log P(label, answers) into P(label | answers); nothing underflows on the way."""
    posterior: Floats = (
        np.exp(joint - joint.max(axis=1, keepdims=True)) if len(joint) else joint.copy()
    )
    posterior /= posterior.sum(axis=1, keepdims=True)
    rows, known = votes.rows_of(gold)
    posterior[rows] = 0.0
    posterior[rows, known] = 1.0
    return posterior
