"""How good posteriors are, held against the truth: how often right, how sure, how honest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from consensus.votes import Floats, Ints

#: Two probabilities closer than this are equal.
TIE = 1e-9
#: A probability is taken to be at least this: one label ruled out for ever would decide the mean.
LEAST = 1e-6
BINS = 10


@dataclass(frozen=True, slots=True)
class Scores:
    """What posteriors are worth."""

    #: Share of right labels; a tie counts as its expected share of right guesses.
    accuracy: float
    #: Mean of -log P(truth), in nats.
    log_loss: float
    #: Expected calibration error: how far the stated confidence is from the share that is right.
    ece: float
    tasks: int


def scores(posteriors: Floats, truth: Ints) -> Scores:
    """Hold posteriors (T, K) against the numbers of the true labels (T,).

    Raises ValueError for shapes that do not fit, or where there are no tasks.
    """
    if posteriors.ndim != 2 or truth.shape != posteriors.shape[:1] or not len(truth):
        raise ValueError("posteriors must be tasks × labels, and truth one number for each task")
    hit = hits(posteriors, truth)
    of_truth = posteriors[np.arange(len(truth)), truth]
    return Scores(
        accuracy=float(hit.mean()),
        log_loss=float(-np.log(np.clip(of_truth, LEAST, 1.0)).mean()),
        ece=calibration_error(posteriors.max(axis=1), hit),
        tasks=len(truth),
    )


def hits(posteriors: Floats, truth: Ints) -> Floats:
    """Say for each task how probably its most probable label is the true one: shape (T,)."""
    best = posteriors >= posteriors.max(axis=1, keepdims=True) - TIE
    found: Floats = best[np.arange(len(truth)), truth] / best.sum(axis=1)
    return found


def calibration_error(stated: Floats, hit: Floats) -> float:
    """Compute the expected calibration error over ten equal bins (Naeini et al. 2015).

    `stated` is the confidence in each task's label and `hit` whether it is right: shape (T,) each.
    """
    number = np.minimum((stated * BINS).astype(np.int64), BINS - 1)
    gaps = np.bincount(number, stated - hit, BINS)
    return float(np.abs(gaps).sum() / max(1, len(stated)))
