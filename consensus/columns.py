"""Columns of ids turned into numbers, and put in order, in time that grows with their length."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Hashable, Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

Numbers = npt.NDArray[np.integer[Any]]

#: Rows looked up at a time.
CHUNK = 1_000_000


class Numbering:
    """Numbers ids in the order of their first appearance, over as many chunks as come."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._number: dict[Hashable, int] = {}

    @property
    def ids(self) -> tuple[Hashable, ...]:
        """Give every id, in the order of its number."""
        return tuple(self._number)

    def numbers(self, ids: Sequence[Hashable]) -> Numbers:
        """Number a chunk of ids. Raises ValueError for a missing one."""
        number, before = self._number, len(self._number)
        for distinct in dict.fromkeys(ids):
            number.setdefault(distinct, len(number))
        column = np.fromiter(map(number.__getitem__, ids), np.int32, len(ids))
        if len(number) > before:
            # from the end, or every chunk would walk through all ids known before it
            _refuse_missing(itertools.islice(reversed(number), len(number) - before), self.name)
        return column


def numbered(ids: Any, name: str) -> tuple[Sequence[Hashable], Numbers]:
    """Number a column of ids by first appearance: the distinct ids, and the column in numbers.

    A pandas column is numbered by pandas; a categorical one keeps its codes and the order of its
    categories, those that appear. Raises ValueError for a missing id.
    """
    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(ids, pandas.Series):
        if isinstance(ids.dtype, pandas.CategoricalDtype):
            return _of_categories(ids.array, name)
        codes, distinct = pandas.factorize(ids, use_na_sentinel=True)
        if len(codes) and codes.min() < 0:
            raise ValueError(f"the {name} of an answer is missing (None or NaN)")
        return tuple(distinct.tolist()), codes.astype(np.int32, copy=False)
    if isinstance(ids, np.ndarray):
        ids = ids.tolist()
    numbering = Numbering(name)
    column = numbering.numbers(ids)
    return numbering.ids, column


def label_places(distinct: Sequence[Hashable], codes: Numbers, label_set: Sequence[str]) -> Numbers:
    """Find the place in the label set of labels given as codes (N,) of the distinct ones.

    Raises ValueError for one that is not in the label set.
    """
    place: dict[Hashable, int] = {label: index for index, label in enumerate(label_set)}
    if unknown := [label for label in distinct if label not in place]:
        raise ValueError(f"labels that are not in label_set: {sorted(map(repr, unknown))[:5]}")
    places = np.fromiter((place[label] for label in distinct), np.int32, len(distinct))
    return places[codes] if len(distinct) else codes


def grouping_order(
    major: Numbers, minor: Numbers, majors: int, minors: int
) -> npt.NDArray[np.integer[Any]] | None:
    """Find the stable order by `major`, then `minor`; None where the columns are in it already.

    Two counting sorts, the least significant column first: linear, where a comparison sort of as
    many rows is not.
    """
    if len(major) < 2:
        return None
    ascending = (major[1:] > major[:-1]) | ((major[1:] == major[:-1]) & (minor[1:] >= minor[:-1]))
    if ascending.all():
        return None
    order = _counting_order(minor, minors)
    return order[_counting_order(major[order], majors)]


def _counting_order(numbers: Numbers, size: int) -> Numbers:
    """Sort small integers stably by turning a one-entry-a-row matrix on its side."""
    rows = len(numbers)
    index = np.int32 if rows < np.iinfo(np.int32).max else np.int64
    matrix = sparse.csr_array(
        (
            np.ones(rows, np.int8),
            numbers.astype(index, copy=False),
            np.arange(rows + 1, dtype=index),
        ),
        shape=(rows, max(1, size)),
    )
    order: Numbers = matrix.tocsc().indices
    return order


def _of_categories(column: Any, name: str) -> tuple[Sequence[Hashable], Numbers]:
    codes: Numbers = column.codes
    if len(codes) and codes.min() < 0:
        raise ValueError(f"the {name} of an answer is missing (None or NaN)")
    categories = column.categories.tolist()
    appears = np.zeros(len(categories), bool)
    for first in range(0, len(codes), CHUNK):
        # numpy turns what it indexes by into 8 bytes a row: not for the whole column at once
        appears[codes[first : first + CHUNK]] = True
    if appears.all():
        return tuple(categories), codes.astype(np.int32, copy=False)
    number = np.cumsum(appears, dtype=np.int32) - 1
    return tuple(itertools.compress(categories, appears.tolist())), number[codes]


def _refuse_missing(ids: Iterable[Hashable], name: str) -> None:
    if any(i is None or i != i for i in ids):
        raise ValueError(f"the {name} of an answer is missing (None or NaN)")
