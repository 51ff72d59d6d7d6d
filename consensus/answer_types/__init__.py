"""Kinds of answers, found by name. Standard library only, until something is aggregated."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from importlib import import_module
from typing import Any

from consensus.answer_types.base import (
    Aggregate,
    AnswerType,
    Gold,
    Problem,
    Question,
    TaskConsensus,
)

__all__ = [
    "Aggregate",
    "AnswerType",
    "Problem",
    "Question",
    "TaskConsensus",
    "aggregate",
    "answer_type",
    "names",
    "register",
]

#: The module and the class of each kind, below `consensus.answer_types`.
OWN = {
    "categorical": "categorical.Categorical",
    "multi-label": "multi_label.MultiLabel",
    "numeric": "numeric.Numeric",
    "ordinal": "ordinal.Ordinal",
}
_registered: dict[str, AnswerType] = {}


def names() -> tuple[str, ...]:
    """List the kinds there are."""
    return (*OWN, *_registered)


def register(name: str, kind: AnswerType) -> None:
    """Add a kind of answer. Raises ValueError for a name that is taken."""
    if name in names():
        raise ValueError(f"there is an answer type {name!r} already; choose another name")
    _registered[name] = kind


def answer_type(name: str) -> AnswerType:
    """Find a kind of answer by its name. Raises ValueError for an unknown name."""
    if name not in OWN and name not in _registered:
        raise ValueError(f"unknown answer type {name!r}; there are: {', '.join(names())}")
    if name not in _registered:
        # by a string, so that who checks answers never loads what aggregates them
        module, _, kind = OWN[name].partition(".")
        found: AnswerType = getattr(import_module(f"{__name__}.{module}"), kind)()
        return found
    return _registered[name]


def aggregate(
    tasks: Sequence[Hashable],
    annotators: Sequence[Hashable],
    answers: Sequence[Any],
    question: Question,
    gold: Gold | None = None,
) -> Aggregate:
    """Find the consensus of the answers to one question, by the kind that it names.

    The columns are of equal length: one row an answer. Raises ValueError for a question that is
    not sound, columns of unequal length, and answers that cannot be read.
    """
    kind = answer_type(question.get("type", ""))
    if problems := kind.check(question):
        raise ValueError(f"the question is not sound: {'; '.join(map(str, problems))}")
    return kind.aggregate(tasks, annotators, answers, question, gold)
