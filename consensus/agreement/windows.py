"""How long a stretch of time has to be for its agreement to say something."""

from __future__ import annotations

import numpy as np

from consensus.votes import Floats, Ints, Votes

HOUR, DAY, WEEK = 3600.0, 86_400.0, 604_800.0
#: Windows to choose from, in seconds.
LENGTHS = (HOUR, DAY, WEEK, 4 * WEEK, 13 * WEEK)
#: Pairs of answers that half of the windows hold at least.
LEAST_PAIRS = 200
#: Windows there may be.
MOST = 60


def fitting_window(votes: Votes, least_pairs: int = LEAST_PAIRS, most: int = MOST) -> float:
    """Choose the shortest window, in seconds, whose points are worth drawing.

    There are at most `most` windows, and half of those with an answer hold `least_pairs` pairs of
    answers to one task. The longest where none does. Raises ValueError for votes without times.
    """
    if votes.at is None:
        raise ValueError("these votes carry no times: build them with `at`")
    timed = ~np.isnan(votes.at)
    task, at = votes.task[timed], votes.at[timed]
    for length in LENGTHS:
        window = np.floor(at / length)
        held = _pairs(task, window) if len(at) else np.zeros(1)
        if len(held) <= most and np.median(held) >= least_pairs:
            return length
    return LENGTHS[-1]


def _pairs(task: Ints, window: Floats) -> Floats:
    """Count the pairs of answers to one task in each window that has an answer."""
    windows, number = np.unique(window, return_inverse=True)
    cells, answers = np.unique(task * np.int64(len(windows)) + number, return_counts=True)
    pairs: Floats = np.bincount(
        cells % len(windows), answers * (answers - 1) / 2, len(windows)
    ).astype(np.float64)
    return pairs
