"""Answers as a sparse matrix: all that the methods see of the world."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy import sparse

from consensus.columns import Numbering, grouping_order, label_places, numbered

Ints = npt.NDArray[np.integer[Any]]
Floats = npt.NDArray[np.float64]

KINDS = ("human", "model")
#: Of several answers of one annotator to one task: which one counts, or none may stand.
DUPLICATES = ("first", "last", "refuse")
#: Rows read from an iterator at a time.
CHUNK = 65_536


@dataclass(frozen=True, eq=False)
class Votes:
    """Who gave which label to what; immutable. Crowd-kit calls an annotator a "worker".

    Votes lie grouped by task, and within a task by annotator, at most one of each.
    """

    #: Row i of every result is task_ids[i]; likewise for annotators and labels.
    task_ids: Sequence[Hashable]
    annotator_ids: Sequence[Hashable]
    label_set: Sequence[str]
    #: Three columns of equal length: one row a vote, each an index into the ids above.
    task: Ints
    annotator: Ints
    label: Ints
    #: Which annotators are models: shape (A,). None: all are people.
    is_model: npt.NDArray[np.bool_] | None = None
    #: When each vote was given, in seconds since 1970, and how long it took, in seconds; NaN where
    #: not known. None: known of no vote.
    at: Floats | None = None
    seconds: Floats | None = None

    @classmethod
    def from_columns(
        cls,
        tasks: Sequence[Hashable],
        annotators: Sequence[Hashable],
        labels: Sequence[str],
        label_set: Sequence[str],
        *,
        duplicates: str = "first",
        at: Sequence[float] | None = None,
        seconds: Sequence[float] | None = None,
        kinds: Mapping[Any, str] | None = None,
    ) -> Self:
        """Build votes from columns of equal length.

        The label set is given, never guessed: a class nobody has chosen yet is still possible.
        `kinds` says of annotators whether they are "human" (the default) or "model".
        Of two answers of an annotator to a task, the `duplicates` one counts: "first" or "last" in
        the order given, or "refuse".
        Raises ValueError for columns of unequal length, a missing id, an empty or repeating label
        set, a label that is not in it, an unknown kind, or a negative time.
        """
        if not len(tasks) == len(annotators) == len(labels):
            lengths = f"{len(tasks)}, {len(annotators)} and {len(labels)}"
            raise ValueError(f"tasks, annotators and labels must be equally long, not {lengths}")
        task_ids, task = numbered(tasks, "task")
        annotator_ids, annotator = numbered(annotators, "annotator")
        return cls.grouped(
            task_ids,
            annotator_ids,
            label_set,
            (task, annotator, _label_numbers(labels, label_set)),
            duplicates=duplicates,
            at=_times(at, len(tasks), "at"),
            seconds=_times(seconds, len(tasks), "seconds", least=0.0),
            is_model=_is_model(annotator_ids, kinds),
        )

    @classmethod
    def from_frame(
        cls,
        frame: Any,
        label_set: Sequence[str],
        *,
        task: str = "task",
        annotator: str = "annotator",
        label: str = "label",
        at: str | None = None,
        seconds: str | None = None,
        duplicates: str = "first",
        kinds: Mapping[Any, str] | None = None,
    ) -> Self:
        """Build votes from a pandas DataFrame; the keywords name its columns.

        Raises ValueError as `from_columns` does, and for a column that is not there.
        """
        named = [task, annotator, label, *(name for name in (at, seconds) if name)]
        if absent := [name for name in named if name not in frame.columns]:
            raise ValueError(f"the frame has no column {absent[0]!r}, only {list(frame.columns)}")
        return cls.from_columns(
            frame[task],
            frame[annotator],
            frame[label],
            label_set,
            duplicates=duplicates,
            at=frame[at].to_numpy(np.float64) if at else None,
            seconds=frame[seconds].to_numpy(np.float64) if seconds else None,
            kinds=kinds,
        )

    @classmethod
    def from_rows(
        cls,
        rows: Iterable[tuple[Any, ...]],
        label_set: Sequence[str],
        *,
        duplicates: str = "first",
        kinds: Mapping[Any, str] | None = None,
    ) -> Self:
        """Build votes from an iterator of (task, annotator, label[, at[, seconds]]).

        Reads a chunk at a time, as a database cursor gives it: beside the votes themselves the
        memory used does not grow. Raises ValueError as `from_columns` does.
        """
        _check_label_set(label_set)
        tasks, annotators = Numbering("task"), Numbering("annotator")
        parts: list[list[Any]] = [[] for _ in range(5)]
        iterator = iter(rows)
        while chunk := list(islice(iterator, CHUNK)):
            columns = list(zip(*chunk, strict=True))
            parts[0].append(tasks.numbers(columns[0]))
            parts[1].append(annotators.numbers(columns[1]))
            parts[2].append(_label_numbers(columns[2], label_set))
            for column in range(3, len(columns)):
                given = [np.nan if value is None else value for value in columns[column]]
                parts[column].append(np.asarray(given, np.float64))
        whole = [np.concatenate(part) if part else None for part in parts]
        task, annotator, label = (np.empty(0, np.int32) if c is None else c for c in whole[:3])
        return cls.grouped(
            tasks.ids,
            annotators.ids,
            label_set,
            (task, annotator, label),
            duplicates=duplicates,
            at=_times(whole[3], len(task), "at"),
            seconds=_times(whole[4], len(task), "seconds", least=0.0),
            is_model=_is_model(annotators.ids, kinds),
        )

    @classmethod
    def grouped(
        cls,
        task_ids: Sequence[Hashable],
        annotator_ids: Sequence[Hashable],
        label_set: Sequence[str],
        columns: tuple[Ints, Ints, Ints],
        *,
        duplicates: str = "first",
        is_model: npt.NDArray[np.bool_] | None = None,
        **times: Floats | None,
    ) -> Self:
        """Build votes from columns of numbers: task, annotator and label of each answer."""
        if duplicates not in DUPLICATES:
            raise ValueError(f"duplicates must be one of {DUPLICATES}, not {duplicates!r}")
        task, annotator, label = columns
        order = grouping_order(task, annotator, len(task_ids), len(annotator_ids))
        if order is not None:
            task, annotator, label = task[order], annotator[order], label[order]
            times = {k: None if v is None else v[order] for k, v in times.items()}
        else:
            # a view of the caller's own column would change with it
            task, annotator, label = (c if c.flags.owndata else c.copy() for c in columns)
        again = (task[1:] == task[:-1]) & (annotator[1:] == annotator[:-1])
        if again.any():
            if duplicates == "refuse":
                where = int(again.argmax())
                who, what = annotator_ids[annotator[where]], task_ids[task[where]]
                raise ValueError(f"annotator {who!r} answered task {what!r} more than once")
            edge = np.array([True])
            kept = np.concatenate([edge, ~again] if duplicates == "first" else [~again, edge])
            task, annotator, label = task[kept], annotator[kept], label[kept]
            times = {k: None if v is None else v[kept] for k, v in times.items()}
        for array in (task, annotator, label, *times.values()):
            if array is not None:
                array.flags.writeable = False
        named = task_ids, annotator_ids, tuple(label_set)
        at, taken = times.get("at"), times.get("seconds")
        return cls(*named, task, annotator, label, is_model, at, taken)

    def __len__(self) -> int:
        return len(self.task)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Count tasks, annotators and labels."""
        return len(self.task_ids), len(self.annotator_ids), len(self.label_set)

    @cached_property
    def starts(self) -> Ints:
        """Say where each task's votes begin, and at last where they end: shape (T + 1,)."""
        first = np.flatnonzero(self.task[1:] != self.task[:-1]) + 1
        edges = np.concatenate([[0], first, [len(self)]]) if len(self) else np.zeros(1, np.int64)
        starts = np.zeros(self.shape[0] + 1, np.int64)
        starts[self.task[edges[:-1]] + 1] = np.diff(edges)
        return np.cumsum(starts, out=starts)

    @cached_property
    def matrix(self) -> sparse.csr_array[Any]:
        """Lay the votes out as tasks × (annotator, label), a 1 for each: shape (T, A·K)."""
        tasks, annotators, labels = self.shape
        shape = (tasks, annotators * labels)
        return sparse.csr_array((np.ones(len(self)), self.columns, self.starts), shape=shape)

    @property
    def columns(self) -> Ints:
        """Number (annotator, label) of each vote as a column of `matrix`: shape (N,)."""
        _, annotators, labels = self.shape
        wide = annotators * labels > np.iinfo(np.int32).max
        return self.annotator * (np.int64(labels) if wide else np.int32(labels)) + self.label

    @cached_property
    def counts(self) -> Floats:
        """Count the votes for each label: shape (T, K)."""
        tasks, _, labels = self.shape
        flat = np.bincount(self.task * np.int64(labels) + self.label, minlength=tasks * labels)
        return flat.reshape(tasks, labels).astype(np.float64)

    def where(self, kept: npt.NDArray[np.bool_]) -> Self:
        """Keep some of the votes, by a mask of shape (N,); ids and shapes stay as they are."""
        return replace(
            self,
            task=self.task[kept],
            annotator=self.annotator[kept],
            label=self.label[kept],
            at=None if self.at is None else self.at[kept],
            seconds=None if self.seconds is None else self.seconds[kept],
        )

    def with_tasks(self, ids: Iterable[Hashable]) -> Self:
        """Add those of some tasks that have no vote."""
        known = set(self.task_ids)
        return replace(self, task_ids=[*self.task_ids, *(i for i in ids if i not in known)])

    def rows_of(self, gold: Mapping[Any, str] | None) -> tuple[Ints, Ints]:
        """Find the rows of tasks whose label is known, and the numbers of those labels.

        Raises ValueError for a known label that is not in the label set.
        """
        known = gold or {}
        number = {label: index for index, label in enumerate(self.label_set)}
        if unknown := {label for label in known.values() if label not in number}:
            raise ValueError(f"gold labels that are not in label_set: {sorted(unknown)[:5]}")
        ids = self.task_ids if known else ()
        pairs = [(i, number[known[t]]) for i, t in enumerate(ids) if t in known]
        rows, labels = zip(*pairs, strict=True) if pairs else ((), ())
        return np.array(rows, np.int64), np.array(labels, np.int64)


def _check_label_set(label_set: Sequence[str]) -> None:
    if not len(label_set) or len(set(label_set)) < len(label_set):
        raise ValueError("label_set must name at least one label, each of them once")


def _label_numbers(labels: Any, label_set: Sequence[str]) -> Ints:
    """Number labels by their place in the label set."""
    _check_label_set(label_set)
    return label_places(*numbered(labels, "label"), label_set)


def _times(given: Any, length: int, name: str, least: float = -np.inf) -> Floats | None:
    if given is None:
        return None
    column = np.array(given, np.float64)
    if len(column) != length:
        raise ValueError(f"{name} must have one entry an answer: {length}, not {len(column)}")
    if np.isinf(column).any() or (column < least).any():
        raise ValueError(f"{name} holds a time that is infinite or negative")
    return column


def _is_model(
    annotator_ids: Sequence[Hashable], kinds: Mapping[Any, str] | None
) -> npt.NDArray[np.bool_] | None:
    if not kinds:
        return None
    if unknown := set(kinds.values()) - set(KINDS):
        raise ValueError(f"an annotator is one of {KINDS}, not {sorted(unknown)[0]!r}")
    return np.fromiter((kinds.get(a) == "model" for a in annotator_ids), bool, len(annotator_ids))
