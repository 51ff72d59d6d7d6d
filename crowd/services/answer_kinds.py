"""Kinds of answers, and the one text by which each answer is kept, compared and counted.

A label is its own text. A set of labels is a JSON list of them in the project's order: two answers
are the same set when their texts are the same, so that all that compares answers need not know.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NoReturn

from crowd.errors import UnknownLabel

#: One label; one of a scale, lowest first; all that apply, perhaps none.
CATEGORICAL, ORDINAL, MULTI_LABEL = "categorical", "ordinal", "multi-label"
KINDS = (CATEGORICAL, ORDINAL, MULTI_LABEL)
#: Labels a set may be drawn from, at the most: each is a question of its own to the engine.
MOST_LABELS = 30


def canonical(kind: str, labels: Sequence[str], given: str, *, field: str = "label") -> str:
    """Bring an answer to the text it is kept by. Raises UnknownLabel.

    `given`: a label; for a set, a JSON list of labels in any order.
    """
    if kind != MULTI_LABEL:
        if given in labels:
            return given
        _refuse(f"{given!r} is not a label of this project.", labels, field)
    try:
        chosen = json.loads(given)
    except ValueError:
        chosen = None
    if not isinstance(chosen, list) or not all(isinstance(label, str) for label in chosen):
        _refuse("The answer is a list of labels.", labels, field)
    if unknown := sorted(set(chosen) - set(labels)):
        _refuse(f"{unknown[0]!r} is not a label of this project.", labels, field)
    return text_of_set(chosen, labels)


def text_of_set(chosen: Sequence[str], labels: Sequence[str]) -> str:
    """Write a set of labels down, in the project's order."""
    return json.dumps([label for label in labels if label in chosen], ensure_ascii=False)


def labels_in(kind: str, text: str) -> list[str]:
    """Read which labels an answer's text names."""
    found: list[str] = json.loads(text) if kind == MULTI_LABEL else [text]
    return found


def _refuse(what: str, labels: Sequence[str], field: str) -> NoReturn:
    known = ", ".join(labels)
    raise UnknownLabel(f"{what} It is one of: {known}.", errors={field: [f"not one of: {known}"]})
