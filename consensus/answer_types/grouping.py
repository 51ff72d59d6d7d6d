"""Columns of ids, numbered and grouped by task, whatever the answers are."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from consensus.columns import grouping_order, numbered
from consensus.votes import Ints


@dataclass(frozen=True, eq=False)
class Grouped:
    """Who answered what, at most once each: grouped by task, then by annotator."""

    task_ids: Sequence[Hashable]
    annotator_ids: Sequence[Hashable]
    #: One row an answer, each an index into the ids above: shape (N,).
    task: Ints
    annotator: Ints
    #: The row of each answer in the columns as given: shape (N,).
    kept: Ints


def grouped_columns(
    tasks: Sequence[Hashable], annotators: Sequence[Hashable], answers: Sequence[Any]
) -> Grouped:
    """Number two columns of ids and group them.

    Of several answers of an annotator to a task the first counts. Raises ValueError for columns
    of unequal length or a missing id.
    """
    if not len(tasks) == len(annotators) == len(answers):
        lengths = f"{len(tasks)}, {len(annotators)} and {len(answers)}"
        raise ValueError(f"tasks, annotators and answers must be equally long, not {lengths}")
    task_ids, task = numbered(tasks, "task")
    annotator_ids, annotator = numbered(annotators, "annotator")
    order = grouping_order(task, annotator, len(task_ids), len(annotator_ids))
    kept: Ints = np.arange(len(task)) if order is None else order
    task, annotator = task[kept], annotator[kept]
    first = np.ones(len(task), bool)
    first[1:] = (task[1:] != task[:-1]) | (annotator[1:] != annotator[:-1])
    return Grouped(task_ids, annotator_ids, task[first], annotator[first], kept[first])
