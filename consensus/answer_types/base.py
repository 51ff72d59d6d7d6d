"""What every kind of answer is. Standard library only: a web process checks answers with it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

#: What is asked and how it may be answered, as plain JSON: `type` names the kind of answer, the
#: other fields are the kind's own.
Question = Mapping[str, Any]
#: The answers that are known beforehand, by task.
Gold = Mapping[Any, Any]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a question or an answer."""

    #: The field that is wrong, as a path: "answer", "labels", "answer[2]".
    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}"


@dataclass(frozen=True, slots=True)
class TaskConsensus:
    """What is believed of one task, how firmly, and by whose answers."""

    #: In the form of an answer. None where nobody answered, or where the answers are in a tie.
    value: Any
    #: From 0 to 1.
    confidence: float
    #: The probability of each label; None for kinds without labels.
    posterior: Mapping[str, float] | None
    #: Where the truth lies with 95 % probability; None for kinds without an interval.
    interval: tuple[float, float] | None
    #: How much each annotator's answer counted: sizes add up to 1, below 0 it spoke against.
    weights: Mapping[Hashable, float]


@dataclass(frozen=True, eq=False)
class Aggregate:
    """Consensus on every task and the reliability of every annotator, in plain Python values."""

    #: Row i of what is said of tasks is task_ids[i]; likewise for annotators.
    task_ids: Sequence[Hashable]
    annotator_ids: Sequence[Hashable]
    #: The consensus of each task, in the form of an answer; None where there is none.
    values: Sequence[Any]
    #: How sure it is, from 0 to 1. With labels: the probability that the value is right.
    confidence: Sequence[float]
    #: How close to the truth each annotator's answers are expected to be, from 0 to 1, as
    #: `compare` measures it; with its 95 % interval.
    reliability: Sequence[float]
    reliability_low: Sequence[float]
    reliability_high: Sequence[float]
    #: One row an answer, grouped by task: the rows of its task and its annotator above, and how
    #: much it counted. Within a task sizes add up to 1; below 0 it spoke against the value.
    task: Sequence[int]
    annotator: Sequence[int]
    weight: Sequence[float]
    #: For kinds with labels: their names, and the probability of each, one row a task.
    label_set: Sequence[str] = ()
    posteriors: Sequence[Sequence[float]] | None = None
    #: For kinds with an interval: where the truth lies with 95 % probability, one entry a task.
    low: Sequence[float] | None = None
    high: Sequence[float] | None = None
    #: The fitted model, for those who want more than the contract holds.
    fit: Any = None

    @cached_property
    def _row(self) -> dict[Hashable, int]:
        return {task: row for row, task in enumerate(self.task_ids)}

    def of(self, task_id: Hashable) -> TaskConsensus:
        """Say what is believed of one task and why. Raises KeyError for an unknown task."""
        row = self._row[task_id]
        rows = range(bisect_left(self.task, row), bisect_right(self.task, row))
        posterior = interval = None
        if self.posteriors is not None:
            posterior = dict(zip(self.label_set, self.posteriors[row], strict=True))
        if self.low is not None and self.high is not None:
            interval = (self.low[row], self.high[row])
        weights = {self.annotator_ids[self.annotator[i]]: self.weight[i] for i in rows}
        return TaskConsensus(self.values[row], self.confidence[row], posterior, interval, weights)


class AnswerType(Protocol):
    """A kind of answer. Its module imports the standard library alone; `aggregate` may do more."""

    def check(self, question: Question) -> list[Problem]:
        """Say what is wrong with a question of this kind; nothing, if all is well."""
        ...

    def validate(self, answer: Any, question: Question) -> list[Problem]:
        """Say what is wrong with an answer to a sound question; nothing, if all is well."""
        ...

    def compare(self, a: Any, b: Any, question: Question) -> float:
        """Measure how far apart two valid answers are, from 0 (the same) to 1."""
        ...

    def aggregate(
        self,
        tasks: Sequence[Hashable],
        annotators: Sequence[Hashable],
        answers: Sequence[Any],
        question: Question,
        gold: Gold | None = None,
    ) -> Aggregate:
        """Find the consensus of columns of equal length: one row an answer.

        Of several answers of an annotator to a task the first counts. Raises ValueError for
        columns of unequal length and for answers that cannot be read.
        """
        ...


def label_problems(question: Question, least: int = 1) -> list[Problem]:
    """Say what is wrong with the labels of a question."""
    labels = question.get("labels")
    if not isinstance(labels, Sequence) or isinstance(labels, str):
        return [Problem("labels", "must be a list of strings")]
    if not all(isinstance(label, str) and label for label in labels):
        return [Problem("labels", "must be strings that are not empty")]
    if len(set(labels)) < len(labels):
        return [Problem("labels", "must differ from each other")]
    if len(labels) < least:
        return [Problem("labels", f"must be at least {least}")]
    return []


def finite(value: Any) -> bool:
    """Tell numbers from all else; True, NaN and infinity are none."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return number and abs(value) < float("inf")
