"""Recorded answers and the truth about them."""

from __future__ import annotations

import csv
import random
from dataclasses import dataclass
from pathlib import Path

BUNDLED = Path(__file__).parent / "data"
QUESTIONS = {
    "rte": "Does the first text imply the second?",
    "dog": "Which breed is the dog?",
}


class BadDataset(Exception):
    """A folder does not hold what a replay needs."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One answer, as it was once given."""

    task: str
    annotator: str
    label: str


@dataclass(frozen=True)
class Dataset:
    name: str
    question: str
    answers: tuple[Recorded, ...]
    truth: dict[str, str]

    @property
    def labels(self) -> list[str]:
        """Every label given or true, in order."""
        return sorted({answer.label for answer in self.answers} | set(self.truth.values()))

    @property
    def tasks(self) -> list[str]:
        """Every task that was answered, in the order of its first answer."""
        return list(dict.fromkeys(answer.task for answer in self.answers))

    @property
    def annotators(self) -> list[str]:
        """Everybody who answered."""
        return list(dict.fromkeys(answer.annotator for answer in self.answers))

    def gold(self, share: float, seed: int) -> dict[str, str]:
        """Choose a share of the truth to be known beforehand."""
        known = sorted(task for task in self.tasks if task in self.truth)
        chosen = random.Random(seed).sample(known, round(share * len(known)))
        return {task: self.truth[task] for task in chosen}


def bundled() -> list[str]:
    """Name the sets that come with the package."""
    return sorted(path.name for path in BUNDLED.iterdir() if path.is_dir())


def load(folder: Path) -> Dataset:
    """Read `answers.csv` (task, annotator, label) and `truth.csv` (task, label) of a folder.

    Of two answers of an annotator to a task the first counts. Raises BadDataset.
    """
    first: dict[tuple[str, str], Recorded] = {}
    for task, annotator, label in _rows(folder / "answers.csv", 3):
        first.setdefault((task, annotator), Recorded(task, annotator, label))
    if not first:
        raise BadDataset(f"{folder / 'answers.csv'} holds no answers.")
    truth = {row[0]: row[1] for row in _rows(folder / "truth.csv", 2)}
    question = QUESTIONS.get(folder.name, f"Which label fits the item? ({folder.name})")
    return Dataset(folder.name, question, tuple(first.values()), truth)


def _rows(path: Path, columns: int) -> list[list[str]]:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = [row[:columns] for row in csv.reader(file)][1:]
    except (OSError, UnicodeDecodeError) as error:
        raise BadDataset(f"{path} cannot be read: {error}") from None
    for number, row in enumerate(rows, start=2):
        if len(row) < columns or not all(row):
            raise BadDataset(f"{path}, line {number}: needs {columns} columns, each filled.")
    return rows
