"""Pictures of annotators: how good each is, and how their agreement goes on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from consensus.agreement import Agreement
from consensus.plots.canvas import (
    BAND,
    FAINT,
    INK,
    NORMAL,
    QUIET,
    RIGHT,
    blank,
    note,
    quiet,
    short,
)
from consensus.votes import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Annotators up to which each has a line and a name of its own.
NAMED = 60
#: Of more, so many of the best and of the last are named; the rest share the height of so many.
BEST, LAST, BETWEEN = 12, 28, 20


def skill_intervals(
    names: Sequence[object],
    accuracy: npt.ArrayLike,
    low: npt.ArrayLike,
    high: npt.ArrayLike,
    answers: npt.ArrayLike | None = None,
) -> Figure:
    """Draw each annotator's accuracy (A,) with its interval, the best on top.

    All are drawn, but of a long list only the best and the last are named. `answers` adds how many
    each gave. Raises ValueError for columns of unequal length.
    """
    columns = [np.asarray(column, np.float64) for column in (accuracy, low, high)]
    given = None if answers is None else np.asarray(answers)
    for column in (*columns, *(() if given is None else (given,))):
        if column.shape != (len(names),):
            raise ValueError(f"{len(names)} names need as many entries in every column")
    order = np.argsort(-columns[0], kind="stable")
    value, lowest, highest = (column[order] for column in columns)
    height, named = _heights(len(names))
    figure = blank(6.2, 1.3 + 0.21 * max(3.0, float(height.max(initial=0))))
    axes = figure.add_subplot()
    axes.hlines(height, lowest, highest, color=BAND, linewidth=np.where(named, 5.0, 0.9).tolist())
    axes.scatter(value, height, s=np.where(named, 20, 2), color=RIGHT, linewidth=0, zorder=3)
    _rows(axes, [short(names[i]) for i in order], height, named)
    if given is not None:
        _column(axes, height[named], given[order][named])
    if np.isfinite(value).sum() > 2:
        _median(axes, float(np.nanmedian(value)))
    if not len(names):
        note(axes, 0.5, 0.5, "no annotators yet", transform=axes.transAxes, ha="center")
    least = np.nanmin(np.append(lowest, 0.5))
    axes.set_xlim(np.floor(10 * least) / 10 - 0.01, 1.01)
    return figure


def agreement_over_time(
    times: npt.ArrayLike, agreements: Sequence[Agreement], name: str = "agreement"
) -> Figure:
    """Draw agreements as `over_time` gives them, with a band for their intervals.

    `times` are in seconds since 1970, shown in UTC; where an agreement is not defined there is a
    gap. `name` is what the axis says. Raises ValueError for unequal lengths, and a time of NaN.
    """
    seconds = np.asarray(times, np.float64)
    if seconds.shape != (len(agreements),) or not np.isfinite(seconds).all():
        raise ValueError(f"{len(agreements)} agreements need as many times, each of them known")
    order = np.argsort(seconds)
    when: Any = (seconds[order] * 1e6).astype("datetime64[us]")
    rows = [(a.value, a.low, a.high) for a in (agreements[i] for i in order)]
    value, low, high = np.array(rows, np.float64).reshape(-1, 3).T
    least = float(np.nanmin([*low, *value, 0.0]))
    figure = blank(7.2, 3.6)
    axes = figure.add_subplot()
    quiet(axes)
    axes.set_ylabel(name)
    axes.set_ylim(least * 1.05, 1.02)
    axes.set_xticks([])
    if len(when):
        _band(axes, when, low, high)
        axes.plot(when, value, color=RIGHT, marker="o", markersize=4, linewidth=1.6)
        _dates(axes, when)
    if least < 0:
        axes.axhline(0, color=QUIET, linewidth=0.8, zorder=0)
    defined = np.flatnonzero(~np.isnan(value))
    if len(defined):
        _after(axes, when[defined[-1]], value[defined[-1]])
    else:
        note(axes, 0.5, 0.5, "nothing to compare yet", transform=axes.transAxes, ha="center")
    return figure


def _heights(annotators: int) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Say how far down each line lies, and which have room for a name."""
    named = np.ones(annotators, bool)
    steps = np.ones(annotators)
    if annotators > NAMED:
        named[BEST : annotators - LAST] = False
        steps[BEST : annotators - LAST] = BETWEEN / (annotators - BEST - LAST)
    return np.cumsum(steps) - 1, named


def _rows(axes: Axes, names: Sequence[str], height: Floats, named: npt.NDArray[np.bool_]) -> None:
    ticks = height[named].tolist()
    texts = [name for name, shown in zip(names, named, strict=True) if shown]
    if not named.all():
        ticks.append(float(height[~named].mean()))
        texts.append(f"{int((~named).sum()):,} more")
    axes.set_yticks(ticks, texts, parse_math=False)
    axes.set_ylim(max(2.0, float(height.max(initial=0))) + 0.7, -0.7)
    axes.set_xlabel("accuracy, with its interval")
    quiet(axes)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", color=FAINT, linewidth=0.6)
    axes.set_axisbelow(True)


def _column(axes: Axes, height: Floats, answers: Any) -> None:
    beside = {"transform": axes.get_yaxis_transform(), "clip_on": False, "ha": "right"}
    for row, number in zip(height, answers, strict=True):
        note(axes, 1.1, row, f"{number:,.0f}", va="center", **beside)
    note(axes, 1.1, -0.9, "answers", va="bottom", **beside)


def _median(axes: Axes, median: float) -> None:
    axes.axvline(median, color=QUIET, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)
    note(axes, median, -0.9, f"median {median:.2f}", va="bottom", ha="center")


def _band(axes: Axes, when: Any, low: Floats, high: Floats) -> None:
    axes.fill_between(when, low, high, color=BAND, linewidth=0)
    # where both neighbours are missing a band would have no width
    absent = np.pad(np.isnan(low), 1, constant_values=True)
    alone = absent[:-2] & ~absent[1:-1] & absent[2:]
    axes.vlines(when[alone], low[alone], high[alone], color=BAND, linewidth=6)


def _dates(axes: Axes, when: Any) -> None:
    from matplotlib import dates

    # room for half a day at least, or a single window would have no axis
    room = max((when[-1] - when[0]) / 25, np.timedelta64(12, "h"))
    axes.set_xlim(when[0] - room, when[-1] + room)
    locator: Any = dates.AutoDateLocator(maxticks=8)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
    axes.xaxis.get_offset_text().set(color=QUIET, fontsize=NORMAL)


def _after(axes: Axes, when: Any, value: float) -> None:
    axes.annotate(
        f"{value:.2f}",
        (when, value),
        xytext=(7, 0),
        textcoords="offset points",
        va="center",
        color=INK,
        fontsize=NORMAL,
    )
