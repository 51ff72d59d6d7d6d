"""How the cells of a report on quality are written. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import floor, log10
from typing import Any

NONE = "–"
Content = Mapping[str, Any]


def percent(share: float | None) -> str:
    """Write a share to a tenth of a percent."""
    return NONE if share is None else f"{100 * share:.1f} %"


def score(value: float | None) -> str:
    """Write a coefficient to two digits."""
    return NONE if value is None else f"{value:.2f}"


def number(value: float | None) -> str:
    """Write a number to three digits, whole ones in full."""
    if value is None:
        return NONE
    digits = 2 - floor(log10(abs(value))) if value else 0
    written = f"{value:,.{min(6, max(0, digits))}f}"
    return written.rstrip("0").rstrip(".") if "." in written else written


def time(moment: str | None) -> str:
    """Write a time to the minute; all are of UTC."""
    return NONE if moment is None else moment[:16].replace("T", " ")


def plain(amount: str) -> str:
    """Write an amount without the zeros that a column of the database adds, to cents at least."""
    whole, _, rest = amount.partition(".")
    return f"{whole}.{rest.rstrip('0'):0<2}"


def edges_of(edges: Content) -> str:
    """Write from where to where a bin of shares goes."""
    return f"{100 * edges['low']:.0f} to {100 * edges['high']:.0f} %"


def between(found: Content, write: Callable[[float], str]) -> str:
    """Write an interval."""
    return NONE if found["low"] is None else f"{write(found['low'])} to {write(found['high'])}"


def share(found: Content) -> tuple[str, str, str]:
    """Write a share, its interval, and of how many it is."""
    if found["share"] is None:
        return NONE, NONE, "0"
    return percent(found["share"]), between(found, percent), f"{found['of']:,}"


def coefficient(found: Content, write: Callable[[float | None], str]) -> tuple[str, str, str]:
    """Write a value, its interval, and of how many items it is."""
    return write(found["value"]), between(found, write), f"{found['tasks']:,} items"


def with_interval(found: Content) -> str:
    """Write a share with its interval in one cell."""
    if found["share"] is None:
        return NONE
    low, high = 100 * found["low"], 100 * found["high"]
    return f"{percent(found['share'])} ({low:.0f}–{high:.0f})"
