"""One sweep over the votes: posteriors from tables, and the sums that the next tables need.

Every model of tables (Dawid-Skene and its relatives) is fitted by such sweeps. Tasks are swept in
blocks of rows whose sums add up, so that blocks may be swept by threads here, read from a disk, or
lie on other machines: see `blocks` and `distributed`.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, reduce
from typing import Any, Protocol, Self

import numpy as np
from scipy import sparse

from consensus.posterior import CELLS, Tables, by_column, normalized
from consensus.votes import Floats, Ints, Votes

#: Votes in a block. Fixed, so that sums come out the same however many processors there are.
BLOCK = 1_000_000
#: The same in memory, where blocks are there to keep every processor busy.
PIECE = 250_000
#: Votes in such a block for each column of the matrix, at least: the blocks' sums are to be added.
PER_COLUMN = 8
#: Cells up to which a matrix is held whole: below it, finding one's way costs more than the zeros.
DENSE = 16_384


@dataclass(frozen=True, eq=False)
class Sums:
    """What a sweep finds, added up over tasks."""

    #: How often each annotator gave each label where each state was true: shape (A, S, K).
    counts: Floats
    #: How many tasks are in each state: shape (S,).
    states: Floats
    #: log P(answers) under the tables.
    likelihood: float = 0.0
    #: The largest change of any posterior since the sweep before.
    moved: float = np.inf

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            self.counts + other.counts,
            self.states + other.states,
            self.likelihood + other.likelihood,
            max(self.moved, other.moved),
        )


def added(parts: Iterable[Sums]) -> Sums:
    """Add sums up in the order given: in another, the last digits would differ."""
    return reduce(Sums.__add__, parts)


class Sweeps(Protocol):
    """Blocks of tasks, wherever they lie, that can be swept again and again."""

    #: Tasks, annotators, labels.
    shape: tuple[int, int, int]

    def begin(self, tables: Tables | None, label_of_state: Ints | None) -> Sums:
        """Set the first posteriors: by vote shares, or by tables known from before."""
        ...

    def sweep(self, tables: Tables) -> Sums:
        """Compute every posterior anew, and the sums they make."""
        ...


@dataclass(eq=False)
class Block:
    """Some tasks with their votes, and the posterior of their states as it stands."""

    #: Tasks × (annotator, label), a 1 for each vote; sparse unless it is small.
    matrix: sparse.csr_array[Any] | Floats
    labels: int
    #: Rows whose label is known, and that label.
    rows: Ints
    known: Ints
    states: Floats

    @classmethod
    def of(
        cls, starts: Ints, columns: Ints, shape: tuple[int, int], gold: tuple[Ints, Ints]
    ) -> Self:
        """Make a block of `starts` (T + 1,) and `columns` (N,), annotators and labels."""
        annotators, labels = shape
        tasks, width = len(starts) - 1, annotators * labels
        index = columns.dtype if len(columns) < np.iinfo(columns.dtype).max else np.int64
        at = (starts - starts[0]).astype(index)
        ones = _ones(len(columns).bit_length())[: len(columns)]
        matrix = sparse.csr_array((ones, columns, at), shape=(tasks, width))
        held = matrix.toarray() if tasks * width <= DENSE else matrix
        return cls(held, labels, *gold, np.empty((0, 0)))

    def begin(self, tables: Tables | None, label_of_state: Ints | None) -> Sums:
        """Start from vote shares, even where there are no votes, or from tables."""
        if tables is not None:
            return self.sweep(tables)
        width = self.matrix.shape[1]
        counts = self.matrix @ np.tile(np.eye(self.labels), (width // self.labels, 1))
        given = counts.sum(axis=1, keepdims=True)
        shares = np.where(given > 0, counts / np.maximum(given, 1), 1 / self.labels)
        if label_of_state is not None:
            shares = shares[:, label_of_state] * shares_of_kinds(counts, label_of_state)
        self.states = self._clamped(shares, label_of_state)
        return self._sums(self.states, 0.0, np.inf)

    def sweep(self, tables: Tables) -> Sums:
        """Compute the posteriors anew, with known labels held fast."""
        joint = self.matrix @ by_column(tables.log_confusion)
        joint += tables.log_prior
        if len(self.rows):
            joint[self.rows] += np.where(
                self._allowed(tables.label_of_state, joint.shape[1]), 0.0, -np.inf
            )
        states, evidence = normalized(joint, out=joint)
        moved = _moved(self.states, states) if self.states.shape == states.shape else np.inf
        self.states = states
        return self._sums(states, float(evidence.sum()), moved)

    def _allowed(self, label_of_state: Ints | None, states: int) -> Any:
        label = np.arange(states) if label_of_state is None else label_of_state
        return label == self.known[:, None]

    def _clamped(self, states: Floats, label_of_state: Ints | None) -> Floats:
        if len(self.rows):
            allowed = self._allowed(label_of_state, states.shape[1]).astype(np.float64)
            states[self.rows] = allowed / allowed.sum(axis=1, keepdims=True)
        return states

    def _sums(self, states: Floats, likelihood: float, moved: float) -> Sums:
        counted = self.matrix.T @ states
        counts = counted.reshape(-1, self.labels, states.shape[1]).transpose(0, 2, 1)
        # numpy.sum is slow down columns as narrow as these
        return Sums(counts, np.einsum("ts->s", states), likelihood, moved)


class InMemory:
    """The votes of one machine, swept by a thread a processor."""

    def __init__(self, votes: Votes, gold: Mapping[Any, str] | None = None) -> None:
        self.shape = votes.shape
        rows, known = votes.rows_of(gold)
        columns, starts = votes.columns, votes.starts
        self.blocks: list[Block] = []
        size = max(PIECE, PER_COLUMN * self.shape[1] * self.shape[2])
        for first, last in block_edges(starts, size):
            inside = (rows >= first) & (rows < last)
            part = columns[starts[first] : starts[last]]
            at = starts[first : last + 1]
            self.blocks.append(
                Block.of(at, part, self.shape[1:], (rows[inside] - first, known[inside]))
            )
        threads = min(len(self.blocks), os.cpu_count() or 1)
        self._pool = ThreadPoolExecutor(threads) if threads > 1 else None

    def begin(self, tables: Tables | None = None, label_of_state: Ints | None = None) -> Sums:
        return self._each(lambda block: block.begin(tables, label_of_state))

    def sweep(self, tables: Tables) -> Sums:
        return self._each(lambda block: block.sweep(tables))

    @property
    def states(self) -> Floats:
        """The posterior of every task's states: shape (T, S)."""
        if len(self.blocks) == 1:
            return self.blocks[0].states
        return np.concatenate([block.states for block in self.blocks])

    def _each(self, step: Callable[[Block], Sums]) -> Sums:
        return added(self._pool.map(step, self.blocks) if self._pool else map(step, self.blocks))


@cache
def _ones(bits: int) -> Floats:
    """Hold ones for any matrix of fewer than 2 ** bits votes; blocks share them."""
    ones = np.ones(1 << bits)
    ones.flags.writeable = False
    return ones


def _moved(before: Floats, after: Floats) -> float:
    """Find the largest change, a cache's worth of rows at a time."""
    step, moved = max(1, CELLS // max(1, after.shape[1])), 0.0
    for first in range(0, len(after), step):
        change = after[first : first + step] - before[first : first + step]
        moved = max(moved, float(np.maximum.reduce(np.abs(change, out=change), axis=None)))
    return moved


def shares_of_kinds(counts: Floats, label_of_state: Ints) -> Floats:
    """Share tasks among the kinds of each label by how much people agree on them: shape (T, S).

    Kinds have to start out different or they stay alike; this way they do so by what is seen of a
    task, not by chance. `counts` (T, K) are the votes for each label.
    """
    labels = counts.shape[1]
    kinds = len(label_of_state) // labels
    leading = (counts.max(axis=1) + 1 / labels) / (counts.sum(axis=1) + 1)
    agreed = (leading - 1 / labels) / max(1 - 1 / labels, 1e-9)
    middle = (np.arange(kinds) + 0.5) / kinds
    shares = np.exp(-(((agreed[:, None] - middle) * kinds) ** 2) / 2)
    shares /= shares.sum(axis=1, keepdims=True)
    # states lie label by label, and within a label kind by kind
    return np.tile(shares, labels)


def block_edges(starts: Ints, size: int = BLOCK) -> Sequence[tuple[int, int]]:
    """Cut tasks into runs of about `size` votes: pairs of first task and one past the last."""
    tasks = len(starts) - 1
    blocks = max(1, round(int(starts[-1]) / size))
    wanted = np.arange(1, blocks) * (starts[-1] / blocks)
    cuts = np.unique(np.concatenate([[0], np.searchsorted(starts, wanted), [tasks]]))
    edges = cuts.tolist()
    return list(itertools.pairwise(edges)) or [(0, tasks)]
