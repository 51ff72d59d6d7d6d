"""Kinds of answers, and the one text by which each answer is kept, compared and counted.

A label is its own text. A set of labels is a JSON list of them in the project's order: two answers
are the same set when their texts are the same, so that all that compares answers need not know. A
number is written as short as twelve digits allow.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn, Protocol

from crowd.errors import UnknownLabel

#: One label; one of a scale, lowest first; all that apply, perhaps none; a number of a range.
CATEGORICAL, ORDINAL, MULTI_LABEL, NUMERIC = "categorical", "ordinal", "multi-label", "numeric"
#: Labels a set may be drawn from, at the most: each is a question of its own to the engine.
MOST_LABELS = 30
#: Two numbers say the same when they differ by this share of the range, unless the project says.
TOLERANCE = 0.05


class Asks(Protocol):
    """What is asked, as a configuration or its terms say."""

    @property
    def answer_type(self) -> str: ...
    @property
    def labels(self) -> Sequence[str]: ...
    @property
    def number(self) -> Mapping[str, Any] | None: ...


def canonical(asks: Asks, given: str, *, field: str = "label") -> str:
    """Bring an answer to the text it is kept by. Raises UnknownLabel.

    `given`: a label; for a set, a JSON list of labels in any order; a number as text.
    """
    if asks.answer_type == NUMERIC:
        return text_of_number(_number(asks.number or {}, given, field))
    if asks.answer_type != MULTI_LABEL:
        if given in asks.labels:
            return given
        _refuse(f"{given!r} is not a label of this project.", asks.labels, field)
    try:
        chosen = json.loads(given)
    except ValueError:
        chosen = None
    if not isinstance(chosen, list) or not all(isinstance(label, str) for label in chosen):
        _refuse("The answer is a list of labels.", asks.labels, field)
    if unknown := sorted(set(chosen) - set(asks.labels)):
        _refuse(f"{unknown[0]!r} is not a label of this project.", asks.labels, field)
    return text_of_set(chosen, asks.labels)


def text_of_set(chosen: Sequence[str], labels: Sequence[str]) -> str:
    """Write a set of labels down, in the project's order."""
    return json.dumps([label for label in labels if label in chosen], ensure_ascii=False)


def text_of_number(number: float) -> str:
    """Write a number down."""
    # there is one zero
    return f"{number + 0.0:.12g}"


def tolerance_of(number: Mapping[str, Any]) -> float:
    """Say by how much two numbers may differ and still say the same."""
    span = number["maximum"] - number["minimum"]
    return float(number["tolerance"] or TOLERANCE * span)


def step_of(number: Mapping[str, Any], value: float, steps: int) -> int:
    """Find which of so many equal steps of its range a number lies on, from 0."""
    share = (value - number["minimum"]) / (number["maximum"] - number["minimum"])
    return min(steps - 1, int(share * steps))


def slack_of(asks: Asks) -> float | None:
    """Say by how much two answers may differ and still say the same; None: texts have to be equal.

    A hair more than the tolerance: 0.3 is as far from 0.2 as 0.2 is from 0.1.
    """
    return None if asks.number is None else tolerance_of(asks.number) * (1 + 1e-9)


def says_same(one: str, other: str, slack: float | None) -> bool:
    """Tell whether two answers say the same. `slack`: see `slack_of`."""
    return one == other if slack is None else abs(float(one) - float(other)) <= slack


def same(one: str, other: str) -> str:
    """Write `says_same` of two columns in SQL, with the parameter `slack`; null where one is."""
    apart = f"abs({one}::float - {other}::float) <= %(slack)s"
    return f"(CASE WHEN %(slack)s::float IS NULL THEN {one} = {other} ELSE {apart} END)"


def labels_in(kind: str, text: str) -> list[str]:
    """Read which of a project's labels an answer's text names."""
    if kind == NUMERIC:
        return []
    found: list[str] = json.loads(text) if kind == MULTI_LABEL else [text]
    return found


def _number(range_: Mapping[str, Any], given: str, field: str) -> float:
    try:
        number = float(given)
    except ValueError:
        number = math.nan
    if range_["minimum"] <= number <= range_["maximum"]:
        return number
    must = f"a number from {range_['minimum']:g} to {range_['maximum']:g}"
    raise UnknownLabel(f"The answer is {must}.", errors={field: [f"not {must}"]})


def _refuse(what: str, labels: Sequence[str], field: str) -> NoReturn:
    known = ", ".join(labels)
    raise UnknownLabel(f"{what} It is one of: {known}.", errors={field: [f"not one of: {known}"]})
