"""Kinds of answers in forms: what each is called, and what it has a use for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crowd.services.answer_kinds import CATEGORICAL, MULTI_LABEL, NUMERIC, ORDINAL

KINDS = (
    (CATEGORICAL, "one of the labels"),
    (ORDINAL, "one of a scale: the labels in their order"),
    (MULTI_LABEL, "all labels that apply, perhaps none"),
    (NUMERIC, "a number"),
)


def needed(typed: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what the kind of answer has no use for: it is on the form, but not to be seen."""
    kind = typed.get("answer_type")
    others: dict[str, Any] = {} if kind is None else {"number": None}
    if kind == NUMERIC:
        others = {"labels": []}
        if "interface" in typed:
            others["interface"] = {**typed["interface"], "labels": []}
    if kind in (MULTI_LABEL, NUMERIC):
        others["expected_shares"] = None
    return {**typed, **others}
