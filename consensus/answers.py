"""Answers on their way into blocks: read in chunks, numbered, and sorted apart by task."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import islice
from numbers import Number
from pathlib import Path
from typing import Any, Self
from zlib import crc32

import numpy as np
import numpy.typing as npt

from consensus.columns import Numbering, label_places, numbered
from consensus.votes import Ints, Votes

#: Answers read at a time.
CHUNK = 131_072
COLUMNS = ("task", "annotator", "label")

#: A column: its distinct ids, and the place of each entry among them.
Column = tuple[Sequence[Hashable], Ints]


@dataclass(frozen=True, eq=False)
class Answers:
    """Some answers in the order given, with the tasks among them numbered from 0."""

    task_ids: Sequence[Hashable]
    #: The numbers of task, annotator and label: shape (3, N).
    numbers: Ints

    def __len__(self) -> int:
        return int(self.numbers.shape[1])

    def __sizeof__(self) -> int:
        return int(self.numbers.nbytes)

    @classmethod
    def joined(cls, parts: Iterable[Answers]) -> Self:
        """Append answers to one another; the same task in two parts is one."""
        whole = list(parts)
        tasks = Numbering("task")
        # all ids in one go: a numbering looks at all it knows whenever it learns a new one
        place = tasks.numbers([task for part in whole for task in part.task_ids])
        numbers = np.concatenate([np.empty((3, 0), np.int32), *(p.numbers for p in whole)], axis=1)
        first = np.cumsum([0, *(len(part.task_ids) for part in whole)])[:-1]
        numbers[0] += np.repeat(first.astype(np.int32), [len(part) for part in whole])
        numbers[0] = place[numbers[0]]
        return cls(tasks.ids, numbers)

    def split(self, buckets: int) -> list[Answers]:
        """Sort answers by a hash of their task that is the same in every process."""
        tasks, every = self.task_ids, np.arange(buckets + 1)
        bucket = (_hashes(tasks) % np.uint64(buckets)).astype(np.uint16)
        by_bucket = np.argsort(bucket, kind="stable")
        first = np.searchsorted(bucket[by_bucket], every)
        place = np.empty(len(tasks), np.int32)
        place[by_bucket] = np.arange(len(tasks)) - first[bucket[by_bucket]]
        of_answer = bucket[self.numbers[0]]
        order = np.argsort(of_answer, kind="stable")
        edge = np.searchsorted(of_answer[order], every)
        numbers = np.stack([place[self.numbers[0]], *self.numbers[1:]])[:, order]
        sorted_tasks = [tasks[i] for i in by_bucket.tolist()]
        return [
            Answers(
                sorted_tasks[first[b] : first[b + 1]],
                numbers[:, edge[b] : edge[b + 1]],
            )
            for b in range(buckets)
        ]

    def votes(
        self, annotator_ids: Sequence[Hashable], label_set: Sequence[str], duplicates: str
    ) -> Votes:
        """Group the answers by task, one of each annotator. Raises ValueError as `Votes` does."""
        task, annotator, label = self.numbers
        columns = task, annotator, label
        return Votes.grouped(
            self.task_ids, annotator_ids, label_set, columns, duplicates=duplicates
        )


def encoded(task: Column, annotator: Ints, label: Column, label_set: Sequence[str]) -> Answers:
    """Number answers. Raises ValueError for a label that is not in the label set."""
    return Answers(task[0], np.stack([task[1], annotator, label_places(*label, label_set)]))


def rows_read(rows: Iterable[tuple[Any, ...]]) -> Iterator[list[Column]]:
    """Read rows of (task, annotator, label) a chunk at a time, as three columns."""
    iterator = iter(rows)
    while chunk := list(islice(iterator, CHUNK)):
        columns = zip(*chunk, strict=True)
        yield [numbered(column, name) for column, name in zip(columns, COLUMNS, strict=True)]


def parquet_read(path: Path, names: Sequence[str]) -> Iterator[list[Column]]:
    """Read three columns of a Parquet file, or of a folder of such, a chunk at a time.

    Raises ValueError for a column that is not there or an id that is missing.
    """
    parquet = _pyarrow()
    for file in sorted(path.glob("*.parquet")) if path.is_dir() else [path]:
        with parquet.ParquetFile(file) as opened:
            if absent := [name for name in names if name not in opened.schema_arrow.names]:
                raise ValueError(f"{file.name} has no column {absent[0]!r}")
            for batch in opened.iter_batches(CHUNK, columns=list(names)):
                yield [
                    _arrow_column(batch.column(name), meant)
                    for name, meant in zip(names, COLUMNS, strict=True)
                ]


def _arrow_column(column: Any, name: str) -> Column:
    if hasattr(column, "dictionary"):
        # a category that nobody uses is no id
        column = column.dictionary_decode()
    by_place = column.dictionary_encode("encode")
    ids, _ = numbered(by_place.dictionary.to_pylist(), name)
    return ids, by_place.indices.to_numpy()


def _pyarrow() -> Any:
    try:
        return import_module("pyarrow.parquet")
    except ImportError as absent:
        raise ImportError("Parquet is read by pyarrow: install crowd[distributed]") from absent


def _hashes(tasks: Sequence[Hashable]) -> npt.NDArray[np.uint64]:
    """Hash ids in the same way in every process, which Python does for numbers alone."""
    each = (
        hash(task) if isinstance(task, (int, Number)) else crc32(str(task).encode())
        for task in tasks
    )
    hashes = np.fromiter(each, np.int64, len(tasks)).astype(np.uint64)
    # multiplied by 2 ** 64 over the golden ratio, the upper bits of neighbours lie far apart
    return (hashes * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(32)
