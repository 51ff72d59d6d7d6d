"""Figures as the server prepares them: an option for ECharts, and the same numbers as a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from crowd.services.quality_cells import number
from crowd.web.filters import count, percent, score

#: How numbers are written, by the name that figures.js knows too.
FORMATS = {"percent": percent, "count": count, "score": score, "number": number}
Number = float | int | None


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture and its table."""

    title: str
    option: dict[str, Any]
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""


class Series(NamedTuple):
    """One line or kind of bars; with `low` and `high` an interval is drawn around it."""

    name: str
    values: Sequence[Number]
    low: Sequence[Number] | None = None
    high: Sequence[Number] | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """A line across the figure: a target, or the day on which something changed."""

    name: str
    x: str | None = None
    y: float | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """How a figure is drawn."""

    format: str = "count"
    #: Between which values the axis runs; None: as far as the numbers do.
    span: tuple[Number, Number] = (None, None)
    note: str = ""
    marks: Sequence[Mark] = field(default_factory=tuple)


def lines(title: str, x: Sequence[str], series: Sequence[Series], look: Look = Look()) -> Figure:
    """Draw values over times or classes, each with its interval where it has one."""
    drawn: list[dict[str, Any]] = []
    for at, one in enumerate(series):
        if one.low is not None and one.high is not None:
            drawn += _band(one, at)
        line = {"type": "line", "name": one.name, "data": _rounded(one.values), "symbolSize": 5}
        drawn.append({**line, "lineStyle": {"width": 2}, "z": 3, "tone": at})
    return _figure(title, x, series, drawn, look)


def bars(
    title: str,
    x: Sequence[str],
    series: Sequence[Series],
    look: Look = Look(),
    *,
    stacked: bool = False,
) -> Figure:
    """Draw counts or shares as bars beside each other, or on top of each other."""
    stack = {"stack": "all"} if stacked else {}
    drawn = [
        {"type": "bar", "name": one.name, "data": _rounded(one.values), "barMaxWidth": 28,
         "tone": at, **stack}
        for at, one in enumerate(series)
    ]  # fmt: skip
    return _figure(title, x, series, drawn, look)


def _band(one: Series, at: int) -> list[dict[str, Any]]:
    """Lay an interval out as what ECharts can draw: a line unseen, and the height above it."""
    low, high = one.low or (), one.high or ()
    height = [None if a is None or b is None else b - a for a, b in zip(low, high, strict=True)]
    common = {"type": "line", "stack": f"band {at}", "symbol": "none", "silent": True,
              "lineStyle": {"width": 0}, "tooltip": {"show": False}, "tone": at}  # fmt: skip
    below = {**common, "data": _rounded(low), "name": f"{one.name}, low"}
    above = {**common, "data": _rounded(height), "name": f"{one.name}, high"}
    return [below, {**above, "areaStyle": {"opacity": 0.16}}]


def _figure(
    title: str, x: Sequence[str], series: Sequence[Series], drawn: list[dict[str, Any]], look: Look
) -> Figure:
    if drawn and look.marks:
        drawn[-1]["markLine"] = _marks(look.marks)
    option: dict[str, Any] = {
        "format": look.format,
        "xAxis": {"type": "category", "data": list(x)},
        "yAxis": {"type": "value", "min": look.span[0], "max": look.span[1]},
        "series": drawn,
    }
    if len(series) > 1:
        option["legend"] = {"data": [one.name for one in series]}
    write = FORMATS[look.format]
    columns = ["", *_heads(series)]
    rows = [[name, *_cells(series, at, write)] for at, name in enumerate(x)]
    return Figure(title, option, columns, rows, look.note)


def _heads(series: Sequence[Series]) -> Iterable[str]:
    for one in series:
        yield one.name
        if one.low is not None:
            yield "interval"


def _cells(series: Sequence[Series], at: int, write: Any) -> Iterable[str]:
    for one in series:
        yield write(one.values[at])
        if one.low is not None and one.high is not None:
            yield f"{write(one.low[at])} to {write(one.high[at])}"


def _marks(marks: Sequence[Mark]) -> dict[str, Any]:
    placed = [
        {"name": mark.name, **({"xAxis": mark.x} if mark.x is not None else {"yAxis": mark.y})}
        for mark in marks
    ]
    label = {"formatter": "{b}", "position": "insideEndTop"}
    return {"symbol": "none", "silent": True, "label": label, "data": placed}


def _rounded(values: Sequence[Number]) -> list[Number]:
    return [None if value is None else round(value, 4) for value in values]
