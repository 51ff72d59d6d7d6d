"""Votes that lie in a folder and are fitted a block at a time, in the memory of a few blocks."""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self, TypeVar

import numpy as np

from consensus.answers import COLUMNS, Answers, Column, encoded, parquet_read, rows_read
from consensus.columns import Numbering
from consensus.methods.base import Method, TableMethod
from consensus.posterior import Tables, task_posteriors
from consensus.sweep import BLOCK, Block, Sums, Sweeps, added, block_edges
from consensus.votes import Floats, Ints, Votes

#: Files that answers are sorted into on their way, by a hash of their task: a block is a run of
#: them, so that with more than this many full blocks each block grows beyond its size.
BUCKETS = 256
#: The form of a folder; a reader refuses one it does not know.
VERSION = 1
HEADER = "blocks.json"

M = TypeVar("M", bound=TableMethod)


@dataclass(frozen=True, eq=False)
class Blocks:
    """Votes in a folder, in blocks of whole tasks. Tasks lie in the order of a hash."""

    folder: Path
    annotator_ids: Sequence[Hashable]
    label_set: Sequence[str]
    #: How many tasks each block holds.
    tasks: Sequence[int]

    @classmethod
    def open(cls, folder: Path | str) -> Self:
        """Open what `write_blocks` has written. Raises ValueError for any other folder."""
        path = Path(folder)
        if not (path / HEADER).exists():
            raise ValueError(f"{path} holds no blocks, or not all: write them by write_blocks")
        header = json.loads((path / HEADER).read_text())
        if header["version"] != VERSION:
            raise ValueError(f"{path} is of version {header['version']}, not {VERSION}")
        annotators = json.loads((path / "annotators.json").read_text())
        return cls(path, annotators, tuple(header["label_set"]), header["tasks"])

    @property
    def shape(self) -> tuple[int, int, int]:
        """Count tasks, annotators and labels."""
        return sum(self.tasks), len(self.annotator_ids), len(self.label_set)

    def load(self, number: int) -> tuple[Ints, Ints]:
        """Read `starts` (T + 1,) and `columns` (N,) of a block, as `Votes` has them."""
        starts, columns = (np.load(self._file(number, kind)) for kind in ("starts", "columns"))
        return starts, columns

    def votes(self, number: int) -> Votes:
        """Read a block as votes of its own tasks and of all annotators."""
        starts, columns = self.load(number)
        task = np.repeat(np.arange(len(starts) - 1, dtype=np.int32), np.diff(starts))
        annotator, label = np.divmod(columns, len(self.label_set))
        ids = json.loads(self._file(number, "tasks").read_text())
        return Votes(ids, self.annotator_ids, self.label_set, task, annotator, label)

    def _file(self, number: int, kind: str) -> Path:
        return self.folder / f"{number:05}.{kind}.{'json' if kind == 'tasks' else 'npy'}"

    def save(self, number: int, votes: Votes) -> int:
        """Write a block, and count its tasks."""
        self._file(number, "tasks").write_text(_as_json(votes.task_ids))
        np.save(self._file(number, "starts"), votes.starts)
        np.save(self._file(number, "columns"), votes.columns)
        return len(votes.task_ids)


class OnDisk:
    """Blocks of a folder, swept in turn; their posteriors lie in files of their own beside them."""

    def __init__(
        self,
        blocks: Blocks,
        scratch: Path,
        gold: Mapping[Any, str] | None = None,
        threads: int | None = None,
    ) -> None:
        self.shape = blocks.shape
        self._blocks, self._scratch = blocks, scratch
        numbers = range(len(blocks.tasks))
        self._gold = [blocks.votes(number).rows_of(gold) for number in numbers if gold]
        self._threads = min(len(numbers), threads or os.cpu_count() or 1)

    def begin(self, tables: Tables | None, label_of_state: Ints | None) -> Sums:
        return self._each(lambda block: block.begin(tables, label_of_state))

    def sweep(self, tables: Tables) -> Sums:
        return self._each(lambda block: block.sweep(tables))

    def _each(self, step: Callable[[Block], Sums]) -> Sums:
        with ThreadPoolExecutor(self._threads) as pool:
            return added(pool.map(lambda n: self._one(n, step), range(len(self._blocks.tasks))))

    def _one(self, number: int, step: Callable[[Block], Sums]) -> Sums:
        none = np.empty(0, np.int64)
        gold = self._gold[number] if self._gold else (none, none)
        block = Block.of(*self._blocks.load(number), self.shape[1:], gold)
        path = self._scratch / f"{number}.npy"
        if path.exists():
            block.states = np.load(path)
        sums = step(block)
        np.save(path, block.states)
        return sums


def write_blocks(
    answers: Iterable[tuple[Any, ...]] | Path | str,
    folder: Path | str,
    label_set: Sequence[str],
    *,
    columns: tuple[str, str, str] = COLUMNS,
    duplicates: str = "first",
    size: int = BLOCK,
) -> Blocks:
    """Write answers into a folder, in blocks of about `size` votes.

    `answers` are rows of (task, annotator, label), as a database cursor gives them, or the path of
    a Parquet file or of a folder of such, whose `columns` are read. They are read once. Memory
    holds a chunk of answers, the id of every annotator, and then one block with its task ids: the
    ids of all tasks are never together. Of two answers of an annotator to a task, the `duplicates`
    one counts: "first" or "last" in the order given, or "refuse".
    Raises ValueError as `Votes.from_columns` does, for ids that are neither strings nor whole
    numbers, and for a folder that holds blocks already; ImportError for Parquet without pyarrow.
    """
    path = Path(folder)
    if (path / HEADER).exists():
        raise ValueError(f"{path} holds blocks already: name another folder, or delete it")
    Votes.from_columns([], [], [], label_set, duplicates=duplicates)
    path.mkdir(parents=True, exist_ok=True)
    annotators = Numbering("annotator")
    with TemporaryDirectory(dir=path) as scratch:
        spool = Path(scratch)
        counts = _spooled(_chunks(answers, columns), spool, annotators, label_set)
        edges = block_edges(np.cumsum(counts), size)
        blocks = Blocks(path, annotators.ids, tuple(label_set), [0] * len(edges))
        tasks = [
            blocks.save(number, _joined(spool, edge).votes(annotators.ids, label_set, duplicates))
            for number, edge in enumerate(edges)
        ]
    (path / "annotators.json").write_text(_as_json(annotators.ids))
    # the header comes last: a folder without one is not whole
    header = {"version": VERSION, "label_set": list(label_set), "tasks": tasks}
    (path / HEADER).write_text(json.dumps(header))
    return Blocks.open(path)


def fit_blocks(
    method: M,
    blocks: Blocks | Path | str,
    gold: Mapping[Any, str] | None = None,
    *,
    threads: int | None = None,
) -> M:
    """Fit a model of tables to votes in a folder; all but what it says of each task is set.

    Each of `threads`, by default one a processor, holds a block. While the fit runs the posteriors
    of states, of 8·T·S bytes in all, lie in the folder. Read those of labels by `posteriors`.
    Raises ValueError for another kind of method, another folder, or gold that is no label.
    """
    opened = blocks if isinstance(blocks, Blocks) else Blocks.open(blocks)
    with TemporaryDirectory(dir=opened.folder) as scratch:
        sweeps = OnDisk(opened, Path(scratch), gold, threads)
        return learned(method, sweeps, opened.annotator_ids, opened.label_set)


def posteriors(
    fit: Method, blocks: Blocks | Path | str, gold: Mapping[Any, str] | None = None
) -> Iterator[tuple[Sequence[Hashable], Floats]]:
    """Compute P(true label | answers) block by block: pairs of task ids (T,) and shape (T, K).

    The fit must be of these blocks. Raises ValueError where its shapes do not fit, or for a method
    that leaves no model behind.
    """
    opened = blocks if isinstance(blocks, Blocks) else Blocks.open(blocks)
    if fit.model_ is None:
        raise ValueError(f"{type(fit).__name__} leaves no model that posteriors come from")
    for number in range(len(opened.tasks)):
        votes = opened.votes(number)
        yield votes.task_ids, task_posteriors(votes, fit.model_, gold)


def learned(
    method: M, sweeps: Sweeps, annotator_ids: Sequence[Hashable], label_set: Sequence[str]
) -> M:
    """Fit a model of tables by sweeps, and forget what an earlier fit said of each task."""
    if not isinstance(method, TableMethod):
        raise ValueError(
            f"only models of tables are fitted in blocks, and {type(method).__name__} is none: "
            "take Dawid-Skene or another TableMethod"
        )
    method.annotator_ids_, method.label_set_ = annotator_ids, label_set
    for name in ("posteriors_", "difficulty_"):
        vars(method).pop(name, None)
    method.fit_sweeps(sweeps)
    return method


def _chunks(answers: Any, columns: Sequence[str]) -> Iterator[list[Column]]:
    if isinstance(answers, (str, Path)):
        return parquet_read(Path(answers), columns)
    return rows_read(answers)


def _spooled(
    chunks: Iterable[list[Column]], spool: Path, annotators: Numbering, label_set: Sequence[str]
) -> Ints:
    """Append answers to a file for each bucket, and count them: 0, then shape (BUCKETS,)."""
    counts = np.zeros(BUCKETS + 1, np.int64)
    for task, (who, places), label in chunks:
        part = encoded(task, annotators.numbers(who)[places], label, label_set)
        for bucket, answers in enumerate(part.split(BUCKETS)):
            if len(answers):
                with (spool / str(bucket)).open("ab") as file:
                    pickle.dump(answers, file)
            counts[bucket + 1] += len(answers)
    return counts


def _joined(spool: Path, edge: tuple[int, int]) -> Answers:
    """Join what was appended to a run of buckets."""
    return Answers.joined(
        answers for bucket in range(*edge) for answers in _pieces(spool / str(bucket))
    )


def _pieces(path: Path) -> Iterator[Answers]:
    if path.exists():
        with path.open("rb") as file:
            while file.peek(1):
                yield pickle.load(file)


def _as_json(ids: Sequence[Hashable]) -> str:
    if other := {type(i) for i in ids} - {str, int}:
        name = other.pop().__name__
        raise ValueError(f"ids on a disk are strings or whole numbers, not {name}: convert them")
    return json.dumps(list(ids))
