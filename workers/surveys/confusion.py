"""Which label is given for which: among annotators, against gold and against rulings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from consensus.agreement import coincidences
from consensus.votes import Floats, Ints
from consensus.whole.errors import QUANTILES, Errors, errors_between, errors_of
from consensus.whole.set_confusion import set_coincidences, set_confusion
from crowd.services.shares import Share
from workers.answer_kinds import Numbers, Sets
from workers.surveys.documents import estimate, number
from workers.surveys.material import Material

#: Where nothing takes the place of a label that is missing, or a label takes the place of nothing.
NOTHING = "(nothing)"
#: Of numbers there are none.
TABLES = {"annotators": None, "gold": None, "rulings": None}


def confusion_of(material: Material) -> dict[str, Any]:
    """Lay out three tables of counts and of shares by row, (K, K) each.

    Sets have one more row and column, `NOTHING`; numbers have no tables but errors.
    """
    kind, known = material.kind, {"gold": material.gold, "rulings": material.rulings}
    if isinstance(kind, Numbers):
        found = {
            name: errors_against(material, kind, material.known_of(told))
            for name, told in known.items()
        }
        among = told_errors(errors_between(material.first, kind.values, kind.slack))
        return {"labels": [], **TABLES, "errors": {**found, "annotators": among}}
    if isinstance(kind, Sets):
        labels = [*kind.labels, NOTHING]
        annotators = set_coincidences(material.first, kind.chosen)
    else:
        labels, annotators = list(material.votes.label_set), coincidences(material.first)
    tables = {name: _table(_against(material, told)) for name, told in known.items()}
    return {"labels": labels, "annotators": _table(annotators), **tables, "errors": None}


def _against(material: Material, known: Mapping[Any, str]) -> Floats:
    """Count the labels given where another is known to be right: shape (K, K), rows known."""
    votes, told = material.votes, material.known_of(known)
    right, given = told[told >= 0], votes.label[told >= 0]
    if isinstance(material.kind, Sets):
        return set_confusion(right, given, material.kind.chosen)
    size = votes.shape[2]
    cells = right * np.int64(size) + given
    counts: Floats = np.bincount(cells, minlength=size**2).reshape(size, size).astype(np.float64)
    return counts


def errors_against(material: Material, kind: Numbers, told: Ints) -> dict[str, Any] | None:
    """Say how far off numbers are, given what is known as `known_of` numbers it: shape (N,)."""
    sure = told >= 0
    off = kind.values[material.votes.label[sure]] - kind.values[told[sure]]
    return told_errors(errors_of(off, material.votes.task[sure], kind.slack))


def told_errors(found: Errors) -> dict[str, Any] | None:
    """Lay errors out; None: there are none to speak of."""
    if not found.count:
        return None
    return {
        "count": found.count,
        "tasks": found.tasks,
        **estimate("bias", found.bias),
        **estimate("absolute", found.absolute),
        "within": asdict(Share.among(found.within, found.count)),
        "quantiles": [
            {"share": share, "value": number(value)}
            for share, value in zip(QUANTILES, found.quantiles, strict=True)
        ],
    }


def _table(counts: Floats) -> dict[str, Any]:
    rows = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, rows, out=np.full(counts.shape, np.nan), where=rows > 0)
    return {
        "counts": np.round(counts, 1).tolist(),
        "shares": [[number(share, 4) for share in row] for row in shares],
    }
