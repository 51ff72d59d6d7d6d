"""Sets of labels that annotators gave to tasks, as columns."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy import sparse

from consensus.answer_types.grouping import grouped_columns
from consensus.votes import Ints, Votes

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class MultiLabelVotes:
    """Who chose which labels for what; immutable, grouped by task, then by annotator."""

    #: Row i of every result is task_ids[i]; likewise for annotators and labels.
    task_ids: Sequence[Hashable]
    annotator_ids: Sequence[Hashable]
    label_set: Sequence[str]
    #: One row an answer, each an index into the ids above: shape (N,).
    task: Ints
    annotator: Ints
    #: Which labels are in the answer: shape (N, L).
    chosen: Bools

    @classmethod
    def from_columns(
        cls,
        tasks: Sequence[Hashable],
        annotators: Sequence[Hashable],
        answers: Sequence[Collection[str]],
        label_set: Sequence[str],
    ) -> Self:
        """Build votes from columns of equal length.

        Of several answers of an annotator to a task the first counts. Raises ValueError for
        columns of unequal length, a missing id, an empty or repeating label set, or an answer
        that is no collection of its labels.
        """
        if not len(label_set) or len(set(label_set)) < len(label_set):
            raise ValueError("label_set must name at least one label, each of them once")
        ids = grouped_columns(tasks, annotators, answers)
        chosen = _members(answers, label_set)[ids.kept]
        names = (ids.task_ids, ids.annotator_ids, tuple(label_set))
        return cls(*names, ids.task, ids.annotator, chosen)

    def __len__(self) -> int:
        return len(self.task)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Count tasks, annotators and labels."""
        return len(self.task_ids), len(self.annotator_ids), len(self.label_set)

    @property
    def by_task(self) -> sparse.csr_array[Any]:
        """The matrix that adds answers up by task: shape (T, N)."""
        return _sums(self.task, self.shape[0])

    @property
    def by_annotator(self) -> sparse.csr_array[Any]:
        """The matrix that adds answers up by annotator: shape (A, N)."""
        return _sums(self.annotator, self.shape[1])

    def about(self, label: int) -> Votes:
        """Take one label as a question of its own: votes for "no" and "yes"."""
        answer = self.chosen[:, label].astype(np.int32)
        ids = (self.task_ids, self.annotator_ids, ("no", "yes"))
        return Votes(*ids, self.task, self.annotator, answer)

    def rows_of(self, gold: Mapping[Any, Collection[str]] | None) -> tuple[Ints, Bools]:
        """Find the rows of tasks whose set is known, and those sets: shapes (G,) and (G, L)."""
        known = gold or {}
        rows = [i for i, task in enumerate(self.task_ids) if task in known]
        sets = [known[self.task_ids[row]] for row in rows]
        return np.array(rows, np.int64), _members(sets, self.label_set)


def _members(answers: Sequence[Collection[str]], label_set: Sequence[str]) -> Bools:
    """Lay sets out as rows of truth values: shape (N, L)."""
    if any(isinstance(answer, str) for answer in answers):
        raise ValueError("an answer must be a collection of labels, not a string")
    place = {label: index for index, label in enumerate(label_set)}
    sizes = np.fromiter(map(len, answers), np.int64, len(answers))
    given = list(chain.from_iterable(answers))
    if unknown := set(given) - set(place):
        raise ValueError(f"labels that are not in label_set: {sorted(map(repr, unknown))[:5]}")
    members = np.zeros((len(answers), len(label_set)), bool)
    columns = np.fromiter(map(place.__getitem__, given), np.int64, len(given))
    members[np.repeat(np.arange(len(answers)), sizes), columns] = True
    return members


def _sums(rows: Ints, size: int) -> sparse.csr_array[Any]:
    columns = np.arange(len(rows))
    return sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=(size, len(rows)))
