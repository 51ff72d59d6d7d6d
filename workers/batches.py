"""Much to do, a few at a time: each transaction locks little, and not for long."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Cut items into lists of `size`, the last of what is left."""
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part
