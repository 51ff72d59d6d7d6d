"""Pictures draw what they were given, whole and readable."""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from scipy.stats import binomtest
from sklearn.calibration import calibration_curve  # type: ignore[import-untyped]

from consensus.agreement import Agreement
from consensus.plots import (
    agreement_over_time,
    confusion_matrix,
    reliability_diagram,
    skill_intervals,
)
from consensus.votes import Floats, Ints

DAY = 86_400.0
NOTHING = Agreement(np.nan, np.nan, np.nan, 0, 0)


def rendered(figure: Figure) -> Figure:
    """Lay out and draw, if on no paper: what matplotlib would warn of is an error here."""
    figure.draw_without_rendering()
    return figure


def words(figure: Figure) -> list[str]:
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def names(figure: Figure) -> list[str]:
    return [label.get_text() for label in figure.axes[0].get_yticklabels()]


def segments(figure: Figure, place: int = 0) -> list[Floats]:
    """Give the ends of drawn lines, each of shape (2 ends, 2 coordinates)."""
    lines: Any = figure.axes[0].collections[place]
    return list(lines.get_segments())


def is_whole(figure: Figure) -> bool:
    """Say whether all that is drawn lies on the paper, give or take a hundredth of an inch."""
    drawn, (wide, high) = figure.get_tightbbox(), figure.get_size_inches()
    edges = np.array([drawn.x0, drawn.y0, wide - drawn.x1, high - drawn.y1])
    return bool((edges > -0.01).all())


def posteriors(labels: int, tasks: int = 400, seed: int = 0) -> tuple[Floats, Ints]:
    """Posteriors and a truth drawn from them, so that they are calibrated."""
    chance = np.random.default_rng(seed)
    shares = chance.dirichlet(np.full(labels, 0.4), tasks)
    return shares, (shares.cumsum(axis=1) < chance.random((tasks, 1))).sum(axis=1)


def annotators(number: int, name: str = "annotator") -> tuple[list[str], Floats, Floats, Floats]:
    accuracy = np.random.default_rng(number).beta(8, 2, number)
    ids = [f"{name} {i}" for i in range(number)]
    return ids, accuracy, np.maximum(accuracy - 0.1, 0), np.minimum(accuracy + 0.1, 1)


def test_a_cell_says_its_percent_and_its_answers() -> None:
    counts = np.array([[18, 2], [0, 5]])

    figure = rendered(confusion_matrix(counts / [[20], [5]], ["yes", "no"], counts))

    assert words(figure) == ["90", "18", "10", "2", "100", "5", "20", "5", "answers"]


def test_right_answers_and_mistakes_are_shaded_apart() -> None:
    matrix = np.array([[0.7, 0.2, 0.1], [np.nan] * 3, [0, 0, 1]])

    right, wrong = rendered(confusion_matrix(matrix, ["a", "b", "c"])).axes[0].images

    assert right.get_array().compressed().tolist() == [0.7, 1.0]  # type: ignore[union-attr]
    assert wrong.get_array().compressed().tolist() == [0.2, 0.1, 0, 0]  # type: ignore[union-attr]
    assert right.get_cmap()(1.0) != wrong.get_cmap()(1.0)


@pytest.mark.parametrize("size", [1, 8, 20])
@pytest.mark.parametrize("name", ["x", "WHAT A LABEL, ITS NAME NOBODY WOULD CALL SHORT"])
def test_a_matrix_of_any_size_is_drawn_whole(size: int, name: str) -> None:
    labels = [f"{name} {i}" for i in range(size)]

    figure = rendered(
        confusion_matrix(np.full((size, size), 1 / size), labels, np.ones((size,) * 2))
    )

    assert is_whole(figure)
    ends = [(said[:5], said.split()[-1]) for said in names(figure)]
    assert ends == [(label[:5], str(i)) for i, label in enumerate(labels)]


def test_a_dollar_in_a_name_is_a_dollar() -> None:
    labels = ["$5 to $10", "over $10"]

    matrix = rendered(confusion_matrix(np.eye(2), labels))
    skill = rendered(skill_intervals(labels, [0.9, 0.8], [0.8, 0.7], [1, 0.9]))

    for figure in (matrix, skill):
        assert names(figure) == labels
        assert not any(label.get_parse_math() for label in figure.axes[0].get_yticklabels())


@pytest.mark.parametrize("labels", [2, 5])
def test_the_curve_is_that_of_scikit_learn(labels: int) -> None:
    shares, truth = posteriors(labels)

    upper = rendered(reliability_diagram(shares, truth)).axes[0]

    found, stated = calibration_curve(shares.argmax(axis=1) == truth, shares.max(axis=1), n_bins=10)
    assert np.allclose(upper.lines[1].get_xydata(), np.column_stack([stated, found]))


def test_the_bars_of_a_bin_are_wilsons() -> None:
    shares = np.tile([0.72, 0.28], (40, 1))
    truth = np.repeat([0, 1], [29, 11])

    figure = rendered(reliability_diagram(shares, truth))

    expected = binomtest(29, 40).proportion_ci(method="wilson")
    assert segments(figure)[0][:, 1] == pytest.approx([expected.low, expected.high], abs=1e-6)
    assert figure.axes[0].get_title("left") == "Calibration error 0.5% over 40 tasks"


def test_tasks_whose_label_is_not_known_are_left_out() -> None:
    shares, truth = posteriors(3)
    hidden = np.where(np.arange(400) < 150, -1, truth)

    figure = rendered(reliability_diagram(shares, hidden))

    bars: Any = figure.axes[1].patches
    sure = shares[150:].max(axis=1)
    assert [bar.get_height() for bar in bars] == np.histogram(sure, 10, (0, 1))[0].tolist()
    assert figure.axes[0].get_title("left").endswith("over 250 tasks")


def test_without_a_known_label_there_is_no_error_to_tell() -> None:
    figure = rendered(reliability_diagram(np.full((3, 2), 0.5), [-1, -1, -1]))

    assert figure.axes[0].get_title("left") == "No task whose label is known"
    assert is_whole(figure)


def test_annotators_are_sorted_the_best_on_top() -> None:
    accuracy, low, high = [0.6, 0.9, 0.8], [0.5, 0.8, 0.6], [0.7, 1, 0.9]

    figure = rendered(skill_intervals(["x", "y", "z"], accuracy, low, high, [10, 2000, 7]))

    assert names(figure) == ["y", "z", "x"]
    assert [line[:, 0].tolist() for line in segments(figure)] == [[0.8, 1], [0.6, 0.9], [0.5, 0.7]]
    assert words(figure) == ["2,000", "7", "10", "answers", "median 0.80"]
    assert figure.axes[0].get_ylim()[0] > figure.axes[0].get_ylim()[1]


@pytest.mark.parametrize("number", [0, 1, 60, 500])
@pytest.mark.parametrize("name", ["x", "somebody.with.a.long.name@example.org"])
def test_a_list_of_any_length_is_drawn_whole_and_readable(number: int, name: str) -> None:
    columns = annotators(number, name)

    figure = rendered(skill_intervals(*columns, answers=np.arange(number) * 1000))

    boxes = [label.get_window_extent() for label in figure.axes[0].get_yticklabels()]
    edges = sorted((box.y0, box.y1) for box in boxes)
    assert len(segments(figure)) == number
    assert is_whole(figure)
    assert all(below[1] <= above[0] for below, above in pairwise(edges))
    assert figure.get_figheight() < 15


def test_of_a_long_list_the_best_and_the_last_are_named() -> None:
    ids, accuracy, low, high = annotators(500)
    best = [ids[i] for i in np.argsort(-accuracy)]

    named = names(rendered(skill_intervals(ids, accuracy, low, high)))

    assert named == [*best[:12], *best[-28:], "460 more"]


def test_who_has_no_accuracy_comes_last_and_is_not_drawn() -> None:
    figure = rendered(skill_intervals(["x", "y"], [np.nan, 0.7], [np.nan, 0.6], [np.nan, 0.8]))

    assert names(figure) == ["y", "x"]
    assert [len(line) for line in segments(figure)] == [2, 0]


def test_agreement_is_drawn_in_the_order_of_time_with_its_band() -> None:
    two = [Agreement(0.5, 0.4, 0.6, 9, 9), Agreement(0.8, 0.7, 0.9, 9, 9)]

    figure = rendered(agreement_over_time([DAY * 19_001, DAY * 19_000], two, "Fleiss' kappa"))

    axes = figure.axes[0]
    line: Any = axes.lines[0]
    assert line.get_xdata(orig=False).tolist() == [19_000, 19_001]
    assert line.get_ydata().tolist() == [0.8, 0.5]
    band: Any = axes.collections[0].get_paths()[0].vertices
    assert {*band[:, 1]} == {0.4, 0.6, 0.7, 0.9}
    assert axes.texts[-1].get_text() == "0.50"
    assert axes.get_ylabel() == "Fleiss' kappa"


def test_a_window_alone_between_gaps_keeps_its_interval() -> None:
    alone = Agreement(0.5, 0.4, 0.6, 9, 9)
    weeks = [NOTHING, alone, NOTHING, alone, alone]

    figure = rendered(agreement_over_time(np.arange(5) * 7 * DAY, weeks))

    assert [line[:, 1].tolist() for line in segments(figure, 1)] == [[0.4, 0.6]]


def test_agreement_worse_than_chance_stays_on_the_paper() -> None:
    figure = rendered(agreement_over_time([0.0, DAY], [Agreement(-0.4, -0.7, 0.1, 9, 9)] * 2))

    assert figure.axes[0].get_ylim()[0] < -0.7
    assert is_whole(figure)


@pytest.mark.parametrize("windows", [0, 1, 3])
def test_windows_with_nothing_to_compare_say_so(windows: int) -> None:
    figure = rendered(agreement_over_time(np.arange(windows) * DAY, [NOTHING] * windows))

    assert words(figure) == ["nothing to compare yet"]
    assert is_whole(figure)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (lambda: confusion_matrix(np.eye(2), ["a"]), "matrix needs a row and a column"),
        (lambda: confusion_matrix(np.eye(0), []), "matrix needs a row and a column"),
        (lambda: confusion_matrix(np.eye(1), ["a"], [1]), "counts needs a row and a column"),
        (lambda: confusion_matrix(np.eye(2) * 7, ["a", "b"]), "shares from 0 to 1"),
        (lambda: reliability_diagram([0.5, 0.5], [0, 1]), "tasks × labels"),
        (lambda: reliability_diagram([[0.5, 0.5]], [2]), "beyond the 2"),
        (lambda: reliability_diagram([[0.5, 0.5]], [1], bins=0), "bins must be 1 or more"),
        (lambda: skill_intervals(["x"], [0.5], [0.4], [0.6, 0.7]), "as many entries"),
        (lambda: skill_intervals(["x"], [0.5], [0.4], [0.6], [1, 2]), "as many entries"),
        (lambda: agreement_over_time([1.0], []), "as many times"),
        (lambda: agreement_over_time([np.nan], [NOTHING]), "each of them known"),
    ],
)
def test_what_cannot_be_drawn_is_refused(asked: Callable[[], Figure], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        asked()


def test_without_matplotlib_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)

    with pytest.raises(ImportError, match=r"pip install 'crowd\[plots\]'"):
        skill_intervals(["x"], [0.9], [0.8], [1.0])
