"""Pictures of posteriors: which labels are mistaken for which, and how sure is too sure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from consensus.plots.canvas import (
    BAND,
    FAINT,
    INK,
    NORMAL,
    QUIET,
    RIGHT,
    WRONG,
    blank,
    note,
    quiet,
    short,
    title,
    width_of,
)
from consensus.votes import Floats, Ints

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Labels up to which a cell of a matrix has room for its count.
ROOMY = 8
#: 97.5 % of a normal distribution lie below it.
Z975 = 1.959964


def confusion_matrix(
    matrix: npt.ArrayLike, labels: Sequence[str], counts: npt.ArrayLike | None = None
) -> Figure:
    """Draw P(given | true), shape (K, K), a row for each true label.

    Cells say percent, and nothing below half of one; `counts` (K, K) adds the answers they rest on.
    Raises ValueError where the shapes do not fit, or for a share that is none.
    """
    shares, size = _square(matrix, labels, "matrix"), len(labels)
    if (shares < 0).any() or (shares > 1 + 1e-9).any():
        raise ValueError("matrix must hold shares from 0 to 1: divide each row by its sum")
    seen = None if counts is None else _square(counts, labels, "counts")
    axes = _grid(shares, [short(label) for label in labels])
    for row, column in np.argwhere(shares >= 0.005):
        number = "" if seen is None or size > ROOMY else f"{seen[row, column]:,.0f}"
        _write(axes, row, column, shares[row, column], number)
    if seen is not None:
        for row, answers in enumerate(seen.sum(axis=1)):
            note(axes, size - 0.35, row, f"{answers:,.0f}", va="center")
        note(axes, size - 0.35, size - 0.4, "answers", va="top")
    return axes.get_figure(root=True)  # type: ignore[return-value]


def reliability_diagram(posteriors: npt.ArrayLike, truth: npt.ArrayLike, bins: int = 10) -> Figure:
    """Draw how often the likeliest label is right against how sure the posterior is of it.

    `posteriors` has shape (T, K); `truth` holds the number of each task's true label, shape (T,),
    or -1 where it is not known. A point is a bin of confidence, with Wilson's 95 % interval; the
    title gives the expected calibration error (Naeini et al. 2015). Raises ValueError where the
    shapes do not fit, or for no bins.
    """
    if bins < 1:
        raise ValueError(f"bins must be 1 or more, not {bins}")
    sure, right, least = _confidence(posteriors, truth)
    edges = np.linspace(0, 1, bins + 1)
    place = np.digitize(sure, edges[1:-1])
    tasks = np.bincount(place, minlength=bins)
    filled = np.flatnonzero(tasks)
    of_bin = tasks[filled]
    stated = np.bincount(place, sure, bins)[filled] / of_bin
    found = np.bincount(place, right, bins)[filled] / of_bin
    figure = blank(5.4, 5.8)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[4, 1])
    _calibration(upper, stated, found, of_bin)
    lower.bar(edges[:-1], tasks, width=1 / bins, align="edge", color=BAND, edgecolor="white")
    lower.set(xlabel="confidence in the likeliest label", ylabel="tasks")
    lower.set_ylim(0, 1.1 * max(1, tasks.max()))
    lower.locator_params(axis="y", nbins=3, integer=True)
    lower.set_xlim(edges[edges <= least + 1e-9][-1] - 0.01, 1.01)
    for axes in (upper, lower):
        quiet(axes)
    figure.align_ylabels()
    error = float(of_bin @ np.abs(stated - found)) / max(1, len(sure))
    known = f"Calibration error {error:.1%} over {len(sure):,} tasks"
    title(upper, known if len(sure) else "No task whose label is known")
    return figure


def wilson(right: Floats, tasks: Ints) -> tuple[Floats, Floats]:
    """Bound shares of right answers, `right` of so many `tasks`, at 95 % (Wilson 1927)."""
    width = Z975**2 / tasks
    middle = (right + width / 2) / (1 + width)
    half = Z975 * np.sqrt(right * (1 - right) / tasks + width / (4 * tasks)) / (1 + width)
    return middle - half, middle + half


def _square(given: npt.ArrayLike, labels: Sequence[str], what: str) -> Floats:
    square = np.asarray(given, np.float64)
    if not len(labels) or square.shape != (len(labels), len(labels)):
        raise ValueError(f"{what} needs a row and a column for each of the {len(labels)} labels")
    return square


def _grid(shares: Floats, names: Sequence[str]) -> Axes:
    """Lay out the cells, each of a fixed size, with room around them for the names."""
    size = len(names)
    cell = 0.8 if size <= ROOMY else 0.44
    lengths = [width_of(name) for name in names]
    slanted = max(lengths) > cell - 0.1
    left = 0.6 + max(lengths)
    top = 0.25 + (0.65 * max(lengths) if slanted else 0.15)
    right = max(0.75, 0.2 + 0.77 * lengths[-1]) if slanted else 0.75
    wide, high = left + size * cell + right, top + size * cell + 0.45
    figure = blank(wide, high)
    figure.set_layout_engine("none")
    axes = figure.add_axes((left / wide, 0.45 / high, size * cell / wide, size * cell / high))
    off = ~np.eye(size, dtype=bool)
    _shade(axes, np.ma.masked_invalid(np.where(off, np.nan, shares)), RIGHT)
    _shade(axes, np.ma.masked_invalid(np.where(off, shares, np.nan)), WRONG)
    slant: dict[str, Any] = {"rotation": 40, "ha": "left", "rotation_mode": "anchor"}
    axes.set_xticks(range(size), names, parse_math=False, **(slant if slanted else {}))
    axes.set_yticks(range(size), names, parse_math=False)
    _rule(axes, size)
    return axes


def _shade(axes: Axes, shares: Floats, colour: str) -> None:
    from matplotlib.colors import LinearSegmentedColormap, PowerNorm

    fading = LinearSegmentedColormap.from_list(colour, ["#f6f6f6", colour])
    # mistakes are rare: on an even scale they would all look white
    norm = PowerNorm(1.0 if colour == RIGHT else 0.65, vmin=0, vmax=1)
    axes.imshow(shares, cmap=fading, norm=norm, aspect="auto")


def _write(axes: Axes, row: int, column: int, share: float, number: str) -> None:
    """Say a cell's percent, and below it the number of answers."""
    colour = "white" if share > 0.8 else INK
    middle = {"ha": "center", "va": "center", "color": colour}
    raised = 0.12 if number else 0.0
    size = NORMAL + 1.5 if number else NORMAL
    note(axes, column, row - raised, f"{100 * share:.0f}", fontsize=size, **middle)
    if number:
        note(axes, column, row + 0.22, number, **middle)


def _rule(axes: Axes, size: int) -> None:
    """Part the cells by white lines, and say what rows and columns are."""
    axes.set_xticks(np.arange(size - 1) + 0.5, minor=True)
    axes.set_yticks(np.arange(size - 1) + 0.5, minor=True)
    axes.grid(which="minor", color="white", linewidth=2)
    axes.xaxis.tick_top()
    axes.tick_params(which="both", length=0, labelsize=NORMAL, labelcolor=INK)
    axes.spines[:].set_visible(False)
    axes.set_xlabel("label given, in percent", color=QUIET, fontsize=NORMAL, labelpad=8)
    axes.xaxis.set_label_position("bottom")
    axes.set_ylabel("true label", color=QUIET, fontsize=NORMAL, labelpad=8)


def _confidence(posteriors: npt.ArrayLike, truth: npt.ArrayLike) -> tuple[Floats, Floats, float]:
    """Say of tasks with a known label how sure they are, whether rightly, and what is least."""
    shares, labels = np.asarray(posteriors, np.float64), np.asarray(truth)
    if shares.ndim != 2 or not shares.shape[1] or labels.shape != shares.shape[:1]:
        raise ValueError("posteriors must be tasks × labels, and truth one number for each task")
    shares, labels = shares[labels >= 0], labels[labels >= 0]
    if (labels >= shares.shape[1]).any():
        raise ValueError(f"truth holds a label beyond the {shares.shape[1]} that there are")
    right = (shares.argmax(axis=1) == labels).astype(np.float64)
    return shares.max(axis=1), right, 1 / shares.shape[1]


def _calibration(axes: Axes, stated: Floats, found: Floats, tasks: Ints) -> None:
    axes.plot([0, 1], [0, 1], color=FAINT, linewidth=1.2, zorder=1)
    axes.vlines(stated, *wilson(found, tasks), color=BAND, linewidth=6, zorder=2)
    axes.plot(stated, found, color=RIGHT, marker="o", markersize=5, linewidth=1.4, zorder=3)
    axes.set_ylim(-0.02, 1.02)
    axes.set_ylabel("share that is right")
    corner = {"transform": axes.transAxes}
    note(axes, 0.03, 0.96, "right more often than it says", va="top", **corner)
    note(axes, 0.97, 0.04, "surer than it is right", va="bottom", ha="right", **corner)
