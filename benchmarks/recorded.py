"""Recorded answers with the truth about them, as the benchmarks take them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from consensus.votes import Ints, Votes
from crowd.demo.datasets import load


@dataclass(frozen=True, eq=False)
class Recorded:
    """A set of votes, in the order in which they were written down, and the true labels."""

    name: str
    votes: Votes
    #: Rows of tasks whose truth is known, and the numbers of their labels.
    rows: Ints
    truth: Ints

    def gold(self, share: float, seed: int) -> tuple[dict[str, str], Recorded]:
        """Draw a share of the truth to be known beforehand, and leave the rest to be found."""
        drawn = np.random.default_rng(seed).random(len(self.rows)) < share
        ids, labels = self.votes.task_ids, self.votes.label_set
        pairs = zip(self.rows[drawn], self.truth[drawn], strict=True)
        known = {str(ids[row]): labels[label] for row, label in pairs}
        return known, Recorded(self.name, self.votes, self.rows[~drawn], self.truth[~drawn])


def sets(folder: Path) -> Iterator[Recorded]:
    """Read every `<name>/answers.csv` and `<name>/truth.csv` below a folder, by name."""
    paths = sorted(path.parent for path in folder.glob("*/answers.csv"))
    if not paths:
        raise SystemExit(f"{folder} holds no <name>/answers.csv")
    for path in paths:
        dataset = load(path)
        votes = Votes.from_columns(
            [a.task for a in dataset.answers],
            [a.annotator for a in dataset.answers],
            [a.label for a in dataset.answers],
            dataset.labels,
        )
        place = {label: number for number, label in enumerate(votes.label_set)}
        rows = [i for i, task in enumerate(votes.task_ids) if task in dataset.truth]
        truth = [place[dataset.truth[str(votes.task_ids[i])]] for i in rows]
        yield Recorded(dataset.name, votes, np.array(rows, np.int64), np.array(truth, np.int64))
