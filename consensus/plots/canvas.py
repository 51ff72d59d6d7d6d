"""What all pictures share: paper, ink, and a quiet frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Blue for what is right or measured, orange for what is wrong: colour-blind eyes tell them apart.
RIGHT, WRONG = "#1f6fa8", "#d4691e"
BAND = "#c9deec"
INK, QUIET, FAINT = "#262626", "#6b6b6b", "#dedede"
#: Font sizes, in points.
LARGE, NORMAL, SMALL = 11.0, 9.0, 7.5
#: Longest name drawn in full, in characters.
LONGEST = 28


def blank(width: float, height: float) -> Figure:
    """Make a figure of that size, in inches. Raises ImportError where matplotlib is absent."""
    try:
        from matplotlib.figure import Figure
    except ImportError as absent:
        raise ImportError("plots need matplotlib: pip install 'crowd[plots]'") from absent
    figure = Figure(figsize=(width, height), layout="constrained", facecolor="white")
    figure.get_layout_engine().set(w_pad=0.1, h_pad=0.1)  # type: ignore[union-attr, call-arg]
    return figure


def quiet(axes: Axes) -> None:
    """Leave of the frame only what says something."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(FAINT)
    axes.tick_params(color=FAINT, labelcolor=INK, labelsize=NORMAL)
    axes.xaxis.label.set(color=QUIET, fontsize=NORMAL)
    axes.yaxis.label.set(color=QUIET, fontsize=NORMAL)


def title(axes: Axes, words: str) -> None:
    """Head a picture, on the left where reading starts."""
    axes.set_title(words, loc="left", color=INK, fontsize=LARGE, pad=12)


def note(axes: Axes, x: Any, y: Any, words: str, **look: Any) -> None:
    """Write into a picture; a dollar sign in a name is a dollar sign."""
    axes.text(x, y, words, **{"color": QUIET, "fontsize": SMALL, "parse_math": False, **look})


def short(name: object) -> str:
    """Leave out the middle of a name that is too long to draw: names often differ at their end."""
    text = " ".join(str(name).split())
    if len(text) <= LONGEST:
        return text
    ending = LONGEST // 3
    return text[: LONGEST - 1 - ending].rstrip() + "…" + text[-ending:].lstrip()


def width_of(name: str) -> float:
    """Measure how wide a name is when drawn, in inches."""
    from matplotlib.textpath import TextPath

    drawn = TextPath((0, 0), name.replace("$", r"\$"), size=NORMAL)
    return float(drawn.get_extents().x1) / 72 if len(drawn.vertices) else 0.0
