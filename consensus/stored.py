"""Models as plain numbers, for a database to keep: a header, and one row an annotator."""

from __future__ import annotations

from typing import Any

import numpy as np

from consensus.methods.base import assumed_confusion
from consensus.posterior import Mixture, Model, Shares, Tables
from consensus.votes import Floats

#: The form of header and rows; a reader refuses one it does not know.
VERSION = 1


def pack(model: Model) -> tuple[dict[str, Any], Floats]:
    """Turn a model into a header of JSON values and rows (A, W), one for each annotator.

    The header holds `average`, the row of an annotator nothing is known of.
    """
    parts: list[Any] = list(model.parts) if isinstance(model, Mixture) else [model]
    rows = np.concatenate([_rows(part) for part in parts], axis=1)
    assumed = np.concatenate([_assumed_row(part) for part in parts])
    header: dict[str, Any] = {
        "version": VERSION,
        "parts": [_header(part) for part in parts],
        "average": (rows.mean(axis=0) if len(rows) else assumed).tolist(),
    }
    if isinstance(model, Mixture):
        header["weights"] = list(model.weights)
        header["sharpness"] = model.sharpness
    return header, rows


def unpack(header: dict[str, Any], rows: Floats) -> Model:
    """Make the model of some annotators again from its header and their rows (A, W).

    Raises ValueError for a header of another version or rows of another width.
    """
    if header.get("version") != VERSION:
        raise ValueError(f"the model was stored as version {header.get('version')}, not {VERSION}")
    if rows.ndim != 2 or rows.shape[1] != len(header["average"]):
        raise ValueError(f"rows must be {len(header['average'])} wide, not {rows.shape}")
    parts, first = [], 0
    for part in header["parts"]:
        width = part["states"] * part["labels"] if part["kind"] == "tables" else 1
        parts.append(_part(part, rows[:, first : first + width]))
        first += width
    if "weights" not in header:
        return parts[0]
    return Mixture(tuple(parts), tuple(header["weights"]), header["sharpness"])


def _rows(part: Tables | Shares) -> Floats:
    if isinstance(part, Shares):
        return part.weights[:, None]
    annotators, states, labels = part.log_confusion.shape
    return part.log_confusion.reshape(annotators, states * labels)


def _assumed_row(part: Tables | Shares) -> Floats:
    """Lay out what is assumed of an annotator where nobody is known."""
    if isinstance(part, Shares):
        return np.ones(1)
    row = np.log(assumed_confusion(part.log_confusion.shape[2]))
    return (row if part.label_of_state is None else row[part.label_of_state]).ravel()


def _header(part: Tables | Shares) -> dict[str, Any]:
    if isinstance(part, Shares):
        return {"kind": "shares", "even": part.even}
    of_state = part.label_of_state
    return {
        "kind": "tables",
        "states": part.log_confusion.shape[1],
        "labels": part.log_confusion.shape[2],
        "log_prior": part.log_prior.tolist(),
        "label_of_state": None if of_state is None else of_state.tolist(),
    }


def _part(header: dict[str, Any], rows: Floats) -> Tables | Shares:
    if header["kind"] == "shares":
        return Shares(rows[:, 0], header["even"])
    of_state = header["label_of_state"]
    return Tables(
        np.asarray(header["log_prior"], np.float64),
        rows.reshape(len(rows), header["states"], header["labels"]),
        None if of_state is None else np.asarray(of_state),
    )
