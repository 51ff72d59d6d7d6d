"""Agreement of annotators: of each two, and of each with the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse, special

from consensus.agreement.coefficients import kappa, kappa_distances
from consensus.agreement.resampling import ratio, refuse_level
from consensus.votes import Floats, Ints, Votes

#: Cells of tables (P·K·K) held in memory at a time.
CELLS = 1_000_000


@dataclass(frozen=True, eq=False)
class Agreements:
    """Many coefficients with their intervals, one entry each; NaN where one is not defined.

    Intervals are those of a normal distribution whose variance adds up the squared influence of
    every task (infinitesimal jackknife, Efron 1982; of two annotators it is that of Fleiss, Cohen &
    Everitt 1969): what a bootstrap comes near to, at no cost for as many pairs as there are.
    """

    value: Floats
    low: Floats
    high: Floats
    #: Tasks that the two, or the one and somebody else, answered.
    tasks: Ints
    #: Pairs of answers to one task, over all tasks.
    pairs: Ints


def between_pairs(
    votes: Votes,
    least: int = 10,
    weights: str = "none",
    values: Sequence[float] | None = None,
    *,
    level: float = 0.95,
) -> tuple[Ints, Agreements]:
    """Compute Cohen's kappa of every two annotators with at least `least` tasks in common.

    Gives the rows of the two in `votes.annotator_ids`, shape (P, 2), and P agreements. `weights`
    and `values` are those of `cohen_kappa`; raises ValueError as that does, and for `least` below
    1 task.
    """
    refuse_level(level)
    if least < 1:
        raise ValueError(f"least must be 1 task or more, not {least}")
    apart = kappa_distances(weights, values, votes.shape[2])
    who, crossed = _crossed(votes, least)
    value, spread = np.zeros(len(who)), np.zeros(len(who))
    # tables are spread out a block at a time: of all pairs they could fill the memory
    block = max(1, CELLS // apart.size)
    for first in range(0, len(who), block):
        tables = crossed[first : first + block].toarray().reshape(-1, *apart.shape)
        value[first : first + block] = kappa(tables, apart)
        squares = tables * _influence(tables, apart) ** 2
        spread[first : first + block] = squares.sum(axis=(1, 2))
    tasks = crossed.sum(axis=1).astype(np.int64)
    return who, _agreements(value, spread, tasks, tasks, level)


def against_the_rest(
    votes: Votes,
    weights: str = "none",
    values: Sequence[float] | None = None,
    *,
    level: float = 0.95,
) -> Agreements:
    """Compute the kappa of each annotator with all others who answered the same tasks: shape (A,).

    The others count as one whose answer is spread over labels as theirs are, so that each task
    weighs the same. `weights` and `values` are those of `cohen_kappa`; raises ValueError as that
    does. NaN for one who shares no task with anybody.
    """
    refuse_level(level)
    _, annotators, labels = votes.shape
    apart = kappa_distances(weights, values, labels)
    others = votes.counts.sum(axis=1)[votes.task] - 1
    shared = votes.where(others > 0)
    others = others[others > 0]
    # what the others said of the task of each vote: shape (N, K)
    said = shared.counts[shared.task]
    said[np.arange(len(shared)), shared.label] -= 1
    said /= others[:, None]
    owner = sparse.csc_array(
        (np.ones(len(shared)), shared.columns, np.arange(len(shared) + 1)),
        shape=(annotators * labels, len(shared)),
    )
    tables = (owner @ said).reshape(annotators, labels, labels)
    moved = _influence(tables, apart).reshape(-1, labels)[shared.columns]
    squares = (moved * said).sum(axis=1) ** 2
    spread: Floats = np.bincount(shared.annotator, squares, annotators).astype(np.float64)
    tasks = np.bincount(shared.annotator, minlength=annotators)
    pairs = np.bincount(shared.annotator, others, annotators).astype(np.int64)
    return _agreements(kappa(tables, apart), spread, tasks, pairs, level)


def _crossed(votes: Votes, least: int) -> tuple[Ints, sparse.csr_array[Any]]:
    """Cross-tabulate the answers of every two annotators: shapes (P, 2) and (P, K·K)."""
    _, annotators, labels = votes.shape
    together = (votes.matrix.T @ votes.matrix).tocoo()
    (first, given), (second, other) = (
        np.divmod(c.astype(np.int64), labels) for c in together.coords
    )
    once = first < second
    found, pair = np.unique(first[once] * annotators + second[once], return_inverse=True)
    cell = (given * labels + other)[once]
    shape = (len(found), labels**2)
    crossed = sparse.coo_array((together.data[once], (pair, cell)), shape=shape).tocsr()
    enough = crossed.sum(axis=1) >= least
    who = np.column_stack(np.divmod(found[enough], max(1, annotators)))
    return who, crossed[enough]


def _influence(tables: Floats, apart: Floats) -> Floats:
    """Say how far kappa moves towards a task in each cell: the gradient, shape (P, K, K)."""
    shares = ratio(tables, tables.sum(axis=(1, 2), keepdims=True))
    observed = (shares * apart).sum(axis=(1, 2))[:, None, None]
    of_rows = shares.sum(axis=1) @ apart.T
    of_columns = shares.sum(axis=2) @ apart
    expected = (of_rows * shares.sum(axis=2)).sum(axis=1)[:, None, None]
    by_chance = of_rows[:, :, None] + of_columns[:, None, :]
    return ratio(observed, expected) * ratio(by_chance, expected) - ratio(
        apart + observed, expected
    )


def _agreements(
    value: Floats, spread: Floats, tasks: Ints, pairs: Ints, level: float
) -> Agreements:
    """Put an interval around each value, given the sum of squared influences."""
    deviation = np.sqrt(ratio(spread, tasks.astype(np.float64) ** 2 * (tasks > 1)))
    half = special.ndtri((1 + level) / 2) * deviation
    return Agreements(
        value, np.maximum(value - half, -1.0), np.minimum(value + half, 1.0), tasks, pairs
    )
