"""Votes that lie on the machines of a Dask cluster: tables go out, and sums come back.

What a block's posteriors were before a sweep follows from the tables before. A worker remembers
them; one that takes over a lost block computes them anew, and the fit goes on to the same end.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Self

import numpy as np

from consensus.answers import COLUMNS, Answers, Column, encoded, parquet_read
from consensus.blocks import M, learned
from consensus.columns import Numbering, numbered
from consensus.methods.base import Method
from consensus.posterior import Tables
from consensus.sweep import Block, Sums, added
from consensus.votes import Floats, Ints

#: Sums added up in one place at a time.
FAN_IN = 8
#: Blocks for each thread of a cluster: the smaller, the more evenly a lost worker's are shared out.
BLOCKS_A_THREAD = 2


@dataclass(frozen=True, eq=False)
class Step:
    """What posteriors are computed from; each sweep of a cluster is one."""

    number: int
    tables: Tables | None
    label_of_state: Ints | None


@dataclass(eq=False)
class Held:
    """A block on a worker, and the posteriors it was left with."""

    task_ids: Sequence[Hashable]
    block: Block
    #: In memory, in bytes.
    size: int
    #: The number of a step, and the states it came to: shape (T, S).
    last: tuple[int, Floats | None] = (-1, None)

    def __sizeof__(self) -> int:
        # Dask leaves a block where it is only if it knows that it is heavy
        return self.size

    def swept(self, before: Step | None, step: Step) -> Sums:
        """Sweep the block, in the same way wherever and however often it is done."""
        # a copy, for the same block may be swept again by another thread of this process
        block = copy(self.block)
        number, states = self.last
        if before and (number != before.number or states is None):
            block.begin(before.tables, before.label_of_state)
        elif before and states is not None:
            block.states = states
        sums = block.begin(step.tables, step.label_of_state)
        self.last = step.number, block.states
        return sums

    def posteriors(self, model: Tables) -> tuple[Sequence[Hashable], Floats]:
        """Compute P(true label | answers): task ids (T,) and shape (T, K)."""
        block = copy(self.block)
        block.sweep(model)
        return self.task_ids, model.by_label(block.states, block.labels)


class DaskSweeps:
    """Blocks of tasks on the workers of a cluster, swept where they lie."""

    def __init__(
        self,
        client: Any,
        blocks: Sequence[Any],
        annotator_ids: Sequence[Hashable],
        label_set: Sequence[str],
    ) -> None:
        self.annotator_ids, self.label_set = annotator_ids, tuple(label_set)
        self._client, self._blocks = client, blocks
        self._before: Any = None
        self._steps = 0
        tasks = sum(client.gather(client.map(_tasks, blocks)))
        self.shape = tasks, len(annotator_ids), len(label_set)

    @classmethod
    def of(
        cls,
        parts: Iterable[Any],
        label_set: Sequence[str],
        client: Any = None,
        *,
        gold: Mapping[Any, str] | None = None,
        columns: tuple[str, str, str] = COLUMNS,
        duplicates: str = "first",
        blocks: int | None = None,
    ) -> Self:
        """Bring answers together by task, in blocks on the workers of a cluster.

        `parts` are paths of Parquet files that every worker can read, delayed pandas frames,
        futures of such, or frames; `columns` name task, annotator and label. Each part must fit
        into a worker. The order of parts is that of answers, for `duplicates` as in `Votes`. To
        have the same digits on clusters of different sizes, say how many `blocks` there shall be.
        Raises ValueError as `Votes.from_frame` does, and where there is no client.
        """
        client = client or _client()
        count = blocks or BLOCKS_A_THREAD * sum(client.nthreads().values())
        read = [_future(client, part, columns, label_set) for part in parts]
        crowd = Numbering("annotator")
        places = [crowd.numbers(people) for people in client.gather(client.map(_people, read))]
        split = [
            client.submit(_split, part, place, count, pure=False)
            for part, place in zip(read, places, strict=True)
        ]
        setting = client.submit(_same, (crowd.ids, label_set, gold, duplicates), pure=False)
        held = [
            client.submit(_held, [client.submit(_taken, s, n) for s in split], setting)
            for n in range(count)
        ]
        return cls(client, held, crowd.ids, label_set)

    def begin(self, tables: Tables | None, label_of_state: Ints | None) -> Sums:
        self._before = None
        return self._swept(tables, label_of_state)

    def sweep(self, tables: Tables) -> Sums:
        return self._swept(tables, None)

    def posteriors(self, fit: Method) -> Iterator[tuple[Sequence[Hashable], Floats]]:
        """Compute P(true label | answers) block by block: pairs of task ids (T,) and (T, K)."""
        model = self._client.submit(_same, fit.model_, pure=False)
        for block in self._blocks:
            yield self._client.submit(Held.posteriors, block, model, pure=False).result()

    def _swept(self, tables: Tables | None, label_of_state: Ints | None) -> Sums:
        self._steps += 1
        # sent as a task of its own: kept by the scheduler, it outlives any worker
        step = self._client.submit(Step, self._steps, tables, label_of_state, pure=False)
        sums = self._client.map(
            Held.swept, self._blocks, before=self._before, step=step, pure=False
        )
        while len(sums) > 1:
            groups = [sums[i : i + FAN_IN] for i in range(0, len(sums), FAN_IN)]
            sums = [self._client.submit(added, group, pure=False) for group in groups]
        self._before = step
        total: Sums = sums[0].result()
        return total


def fit_distributed(
    method: M,
    parts: Iterable[Any],
    label_set: Sequence[str],
    client: Any = None,
    *,
    gold: Mapping[Any, str] | None = None,
    columns: tuple[str, str, str] = COLUMNS,
    duplicates: str = "first",
) -> M:
    """Fit a model of tables to answers on a cluster; all but what it says of each task is set.

    For that, or to fit more than one method, keep the blocks: see `DaskSweeps.of` for what the
    arguments are and what is raised, and `fit_sweeps` here for the fit.
    """
    sweeps = DaskSweeps.of(
        parts, label_set, client, gold=gold, columns=columns, duplicates=duplicates
    )
    return fit_sweeps(method, sweeps)


def fit_sweeps(method: M, sweeps: DaskSweeps) -> M:
    """Fit a model of tables to blocks that lie on a cluster already."""
    return learned(method, sweeps, sweeps.annotator_ids, sweeps.label_set)


@dataclass(frozen=True, eq=False)
class Read:
    """A part of the answers, with annotators numbered from 0."""

    people: Sequence[Hashable]
    answers: Answers


def _client() -> Any:
    try:
        return import_module("distributed").get_client()
    except ImportError as absent:
        raise ImportError("a cluster needs Dask: install crowd[distributed]") from absent
    except ValueError as none:
        raise ValueError("there is no cluster: make a distributed.Client first") from none


def _future(client: Any, part: Any, columns: Sequence[str], label_set: Sequence[str]) -> Any:
    frame = client.compute(part) if hasattr(part, "__dask_graph__") else part
    return client.submit(_read, frame, columns, label_set, pure=False)


def _read(part: Any, columns: Sequence[str], label_set: Sequence[str]) -> Read:
    """Number the answers of a Parquet file or a frame."""
    chunks = parquet_read(Path(part), columns) if isinstance(part, (str, Path)) else None
    people, answers = Numbering("annotator"), []
    for task, (who, places), label in chunks or [_columns(part, columns)]:
        answers.append(encoded(task, people.numbers(who)[places], label, label_set))
    return Read(people.ids, Answers.joined(answers))


def _columns(frame: Any, names: Sequence[str]) -> list[Column]:
    if absent := [name for name in names if name not in frame.columns]:
        raise ValueError(f"the frame has no column {absent[0]!r}, only {list(frame.columns)}")
    return [numbered(frame[name], meant) for name, meant in zip(names, COLUMNS, strict=True)]


def _people(read: Read) -> Sequence[Hashable]:
    return read.people


def _split(read: Read, places: Ints, blocks: int) -> list[Answers]:
    task, annotator, label = read.answers.numbers
    numbers = np.stack([task, places[annotator], label])
    return Answers(read.answers.task_ids, numbers).split(blocks)


def _taken(split: list[Answers], number: int) -> Answers:
    return split[number]


def _held(parts: list[Answers], setting: tuple[Any, ...]) -> Held:
    annotator_ids, label_set, gold, duplicates = setting
    votes = Answers.joined(parts).votes(annotator_ids, label_set, duplicates)
    block = Block.of(votes.starts, votes.columns, votes.shape[1:], votes.rows_of(gold))
    return Held(votes.task_ids, block, 4 * votes.columns.nbytes)


def _tasks(held: Held) -> int:
    return len(held.task_ids)


def _same(value: Any) -> Any:
    return value
