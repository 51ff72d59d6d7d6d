"""Shares of small counts, with how far they can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot, sqrt
from typing import Self

#: Two-sided 95 % of a normal distribution.
Z = 1.959964


def interval(hits: float, count: float) -> tuple[float, float]:
    """Bound the share of which `hits` of `count` cases are a sample, with 95 % (Wilson 1927)."""
    share, z = hits / count, Z * Z / count
    middle = share + z / 2
    reach = Z * sqrt(max(0.0, share * (1 - share)) / count + z / count / 4)
    return max(0.0, (middle - reach) / (1 + z)), min(1.0, (middle + reach) / (1 + z))


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many, with the 95 % interval (Wilson 1927)."""

    count: int
    of: int
    share: float | None
    low: float
    high: float

    @classmethod
    def among(cls, count: int, of: int) -> Self:
        """Divide; of nothing there is no share, and it may be any."""
        if not of:
            return cls(count, of, None, 0.0, 1.0)
        return cls(count, of, count / of, *interval(count, of))


@dataclass(frozen=True, slots=True)
class Difference:
    """How far one share is above another, with the 95 % interval (Newcombe 1998, method 10)."""

    difference: float | None
    low: float
    high: float

    @classmethod
    def between(cls, one: Share, other: Share) -> Self:
        """Subtract; without one of them nothing is known."""
        if one.share is None or other.share is None:
            return cls(None, -1.0, 1.0)
        return cls.of((one.share, one.low, one.high), (other.share, other.low, other.high))

    @classmethod
    def of(cls, one: tuple[float, float, float], other: tuple[float, float, float]) -> Self:
        """Subtract what was estimated apart: value, low and high each (Zou & Donner 2008)."""
        apart = one[0] - other[0]
        below = hypot(one[0] - one[1], other[2] - other[0])
        above = hypot(one[2] - one[0], other[0] - other[1])
        return cls(apart, apart - below, apart + above)
