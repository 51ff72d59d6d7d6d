"""Answers as a sparse matrix: all that the methods see of the world."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Votes:
    """Who gave which label to what. Crowd-kit calls an annotator a "worker"."""

    #: Row i of every result is task_ids[i]; likewise for annotators and labels.
    task_ids: Sequence[Hashable]
    annotator_ids: Sequence[Hashable]
    label_set: Sequence[str]
    #: Three columns of equal length: one row an answer, each an index into the ids above.
    task: Ints
    annotator: Ints
    label: Ints

    @classmethod
    def from_columns(
        cls,
        tasks: Sequence[Hashable],
        annotators: Sequence[Hashable],
        labels: Sequence[str],
        label_set: Sequence[str],
    ) -> Votes:
        """Build votes from three columns.

        Where an annotator answered a task twice, the first counts. The label set is given, never
        guessed: a class nobody has chosen yet is still possible.
        Raises ValueError for columns of unequal length, an empty or repeating label set, or a label
        that is not in it.
        """
        if not len(tasks) == len(annotators) == len(labels):
            lengths = f"{len(tasks)}, {len(annotators)} and {len(labels)}"
            raise ValueError(f"tasks, annotators and labels must be equally long, not {lengths}")
        if not label_set or len(set(label_set)) < len(label_set):
            raise ValueError("label_set must name at least one label, each of them once")
        number = {label: index for index, label in enumerate(label_set)}
        if unknown := {label for label in labels if label not in number}:
            raise ValueError(f"labels that are not in label_set: {sorted(map(repr, unknown))[:5]}")
        task_ids, task = _numbered(tasks)
        annotator_ids, annotator = _numbered(annotators)
        label = np.fromiter((number[given] for given in labels), np.int64, len(labels))
        pair = task * max(1, len(annotator_ids)) + annotator
        first = np.sort(np.unique(pair, return_index=True)[1])
        return cls(
            task_ids, annotator_ids, tuple(label_set), task[first], annotator[first], label[first]
        )

    def __len__(self) -> int:
        return len(self.task)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Count tasks, annotators and labels."""
        return len(self.task_ids), len(self.annotator_ids), len(self.label_set)

    @cached_property
    def matrix(self) -> sparse.csr_array[Any]:
        """Lay the votes out as tasks × (annotator, label), a 1 for each: shape (T, A·K)."""
        tasks, annotators, labels = self.shape
        column = self.annotator * labels + self.label
        ones = np.ones(len(self))
        return sparse.csr_array((ones, (self.task, column)), shape=(tasks, annotators * labels))

    @cached_property
    def counts(self) -> Floats:
        """Count the votes for each label: shape (T, K)."""
        tasks, _, labels = self.shape
        flat = np.bincount(self.task * labels + self.label, minlength=tasks * labels)
        return flat.reshape(tasks, labels).astype(np.float64)

    def rows_of(self, gold: dict[Any, str] | None) -> tuple[Ints, Ints]:
        """Find the rows of tasks whose label is known, and the numbers of those labels.

        Raises ValueError for a known label that is not in the label set.
        """
        known = gold or {}
        number = {label: index for index, label in enumerate(self.label_set)}
        if unknown := {label for label in known.values() if label not in number}:
            raise ValueError(f"gold labels that are not in label_set: {sorted(unknown)[:5]}")
        pairs = [(i, number[known[t]]) for i, t in enumerate(self.task_ids) if t in known]
        rows, labels = zip(*pairs, strict=True) if pairs else ((), ())
        return np.array(rows, np.int64), np.array(labels, np.int64)


def _numbered(ids: Sequence[Hashable]) -> tuple[Sequence[Hashable], Ints]:
    number: dict[Hashable, int] = {}
    column = np.fromiter((number.setdefault(i, len(number)) for i in ids), np.int64, len(ids))
    if None in number or any(i != i for i in number):
        raise ValueError("an id is missing (None or NaN)")
    return tuple(number), column
