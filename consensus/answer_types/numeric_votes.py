"""Numbers that annotators gave to tasks, as columns."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np

from consensus.answer_types.grouping import grouped_columns
from consensus.votes import Floats, Ints


@dataclass(frozen=True, eq=False)
class NumericVotes:
    """Who gave which number to what; immutable, grouped by task, then by annotator."""

    #: Row i of every result is task_ids[i]; likewise for annotators.
    task_ids: Sequence[Hashable]
    annotator_ids: Sequence[Hashable]
    #: Three columns of equal length: one row an answer, two of them indices into the ids above.
    task: Ints
    annotator: Ints
    value: Floats

    @classmethod
    def from_columns(
        cls,
        tasks: Sequence[Hashable],
        annotators: Sequence[Hashable],
        values: Sequence[float],
    ) -> Self:
        """Build votes from columns of equal length.

        Of several answers of an annotator to a task the first counts. Raises ValueError for
        columns of unequal length, a missing id, or a value that is no finite number.
        """
        ids = grouped_columns(tasks, annotators, values)
        try:
            column = np.asarray(values, np.float64)[ids.kept]
        except (TypeError, ValueError):
            raise ValueError("values must be numbers; leave out what is none") from None
        if not np.isfinite(column).all():
            raise ValueError("a value is missing or infinite; leave out answers without a number")
        return cls(ids.task_ids, ids.annotator_ids, ids.task, ids.annotator, column)

    def __len__(self) -> int:
        return len(self.task)

    @property
    def shape(self) -> tuple[int, int]:
        """Count tasks and annotators."""
        return len(self.task_ids), len(self.annotator_ids)

    @cached_property
    def starts(self) -> Ints:
        """Say where each task's answers begin, and at last where they end: shape (T + 1,)."""
        ends = np.cumsum(np.bincount(self.task, minlength=self.shape[0]), dtype=np.int64)
        return np.concatenate([np.zeros(1, np.int64), ends])

    def rows_of(self, gold: Mapping[Any, float] | None) -> tuple[Ints, Floats]:
        """Find the rows of tasks whose number is known, and those numbers."""
        known = gold or {}
        pairs = [(i, known[task]) for i, task in enumerate(self.task_ids) if task in known]
        rows, values = zip(*pairs, strict=True) if pairs else ((), ())
        return np.array(rows, np.int64), np.array(values, np.float64)
