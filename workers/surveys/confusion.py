"""Which label is given for which: among annotators, against gold and against rulings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from consensus.agreement import coincidences
from consensus.votes import Floats, Votes
from workers.surveys.documents import number
from workers.surveys.material import Material


def confusion_of(material: Material) -> dict[str, Any]:
    """Lay out three tables of counts and of shares by row, (K, K) each."""
    return {
        "labels": list(material.votes.label_set),
        "annotators": _table(coincidences(material.first)),
        "gold": _table(_against(material.votes, material.gold)),
        "rulings": _table(_against(material.votes, material.rulings)),
    }


def _against(votes: Votes, known: Mapping[Any, str]) -> Floats:
    """Count the labels given where another is known to be right: shape (K, K), rows known."""
    rows, labels = votes.rows_of(known)
    right = np.full(votes.shape[0], -1)
    right[rows] = labels
    given = votes.where(right[votes.task] >= 0)
    size = votes.shape[2]
    cells = right[given.task] * np.int64(size) + given.label
    counts: Floats = np.bincount(cells, minlength=size**2).reshape(size, size).astype(np.float64)
    return counts


def _table(counts: Floats) -> dict[str, Any]:
    rows = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, rows, out=np.full(counts.shape, np.nan), where=rows > 0)
    return {
        "counts": np.round(counts, 1).tolist(),
        "shares": [[number(share, 4) for share in row] for row in shares],
    }
