"""Any coefficient of agreement, for each class and for each stretch of time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from consensus.agreement.resampling import Agreement
from consensus.votes import Floats, Votes

Coefficient = Callable[..., Agreement]


def by_class(votes: Votes, coefficient: Coefficient, **options: Any) -> list[Agreement]:
    """Compute a coefficient of each label against all others, in the order of the label set.

    `coefficient` is a function such as `fleiss_kappa`; `options` are handed on to it.
    """
    return [
        coefficient(against_rest(votes, number), **options)
        for number in range(len(votes.label_set))
    ]


def against_rest(votes: Votes, number: int) -> Votes:
    """Tell only one label, by its place in the label set, from all others."""
    label = votes.label_set[number]
    return replace(
        votes,
        label=(votes.label == number).astype(votes.label.dtype),
        label_set=(f"not {label}", label),
    )


def over_time(
    votes: Votes, coefficient: Coefficient, window: float, **options: Any
) -> tuple[Floats, list[Agreement]]:
    """Compute a coefficient of the answers given in each window of `window` seconds.

    Gives the time each window starts at, in seconds since 1970, and its agreement. Windows start at
    multiples of their length, so that later answers do not move them; one without answers is left
    out, and so are answers whose time is not known. Answers to one task that lie in two windows are
    not compared. Raises ValueError for votes without times, and for a window of 0 seconds or less.
    """
    if votes.at is None:
        raise ValueError("these votes carry no times: build them with `at`")
    if not 0 < window < np.inf:
        raise ValueError(f"a window must last more than 0 seconds, not {window}")
    index = np.floor(votes.at / window)
    known = np.flatnonzero(~np.isnan(index))
    order = known[np.argsort(index[known], kind="stable")]
    starts, edges = np.unique(index[order], return_index=True)
    parts = np.split(order, edges[1:]) if len(starts) else []
    return starts * window, [coefficient(_part(votes, part), **options) for part in parts]


def _part(votes: Votes, rows: Any) -> Votes:
    """Keep some votes and, numbered anew, their tasks: all of them in each window would be slow."""
    tasks, task = np.unique(votes.task[rows], return_inverse=True)
    task = task.astype(votes.task.dtype)
    return replace(votes.where(rows), task_ids=range(len(tasks)), task=task)
