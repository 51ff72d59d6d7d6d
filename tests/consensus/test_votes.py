"""Votes."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from consensus.votes import CHUNK, Votes

LABELS = ("a", "b", "c")
Row = tuple[str, str, str]
ROWS: list[Row] = [("t2", "w1", "b"), ("t1", "w2", "a"), ("t2", "w2", "c"), ("t1", "w1", "a")]
TIED: list[Row] = [("t", "w", "b"), ("u", "w", "a"), ("t", "w", "a"), ("t", "v", "a")]


def told(votes: Votes) -> dict[tuple[Any, Any], str]:
    """Say which label stands for each task and annotator, in the names they came by."""
    columns = zip(votes.task, votes.annotator, votes.label, strict=True)
    found = {(votes.task_ids[t], votes.annotator_ids[a]): votes.label_set[k] for t, a, k in columns}
    assert len(found) == len(votes)
    return found


def given_by(rows: list[Row]) -> dict[tuple[Any, Any], str]:
    return {(task, annotator): label for task, annotator, label in rows}


def framed(rows: list[Row], **kinds: Any) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["task", "annotator", "label"]).astype(kinds)


def test_of_two_answers_of_one_annotator_the_first_counts() -> None:
    votes = Votes.from_columns(["t", "t", "t"], ["w", "w", "v"], ["b", "a", "a"], ["a", "b"])

    assert votes.counts.tolist() == [[1, 1]]
    assert len(votes) == 2


@pytest.mark.parametrize(("duplicates", "stands"), [("first", "b"), ("last", "a")])
def test_which_of_two_answers_stands_is_said(duplicates: str, stands: str) -> None:
    by_rows = Votes.from_rows(TIED, LABELS, duplicates=duplicates)
    by_frame = Votes.from_frame(framed(TIED), LABELS, duplicates=duplicates)

    assert told(by_rows) == told(by_frame)
    assert told(by_rows)["t", "w"] == stands


def test_two_answers_of_one_annotator_may_be_refused() -> None:
    with pytest.raises(ValueError, match="'w' answered task 't' more than once"):
        Votes.from_rows(TIED, LABELS, duplicates="refuse")

    assert len(Votes.from_rows(ROWS, LABELS, duplicates="refuse")) == len(ROWS)


def test_what_goes_with_a_vote_stays_with_it() -> None:
    rows = [(*row, float(i), 10.0 * i) for i, row in enumerate(TIED)]

    votes = Votes.from_rows(rows, LABELS, duplicates="last")

    assert votes.at is not None
    assert votes.seconds is not None
    who = [votes.annotator_ids[a] for a in votes.annotator]
    names = zip((votes.task_ids[t] for t in votes.task), who, strict=True)
    assert dict(zip(names, votes.at, strict=True)) == {("t", "w"): 2, ("t", "v"): 3, ("u", "w"): 1}
    assert votes.seconds.tolist() == (10 * votes.at).tolist()


def test_a_time_may_be_unknown() -> None:
    votes = Votes.from_rows([("t", "v", "a", None, 3), ("t", "w", "a", 5, None)], LABELS)

    assert np.isnan(votes.at).tolist() == [True, False]  # type: ignore[arg-type]
    assert np.isnan(votes.seconds).tolist() == [False, True]  # type: ignore[arg-type]


@pytest.mark.parametrize("times", [{"seconds": [-1.0]}, {"at": [np.inf]}, {"at": [1.0, 2.0]}])
def test_impossible_times_are_refused(times: dict[str, list[float]]) -> None:
    with pytest.raises(ValueError, match=r"time that is infinite or negative|one entry an answer"):
        Votes.from_columns(["t"], ["w"], ["a"], LABELS, **times)  # type: ignore[arg-type]


def test_a_model_is_told_from_people() -> None:
    votes = Votes.from_frame(framed(ROWS), LABELS, kinds={"w2": "model"})

    assert votes.is_model is not None
    assert dict(zip(votes.annotator_ids, votes.is_model, strict=True)) == {"w1": False, "w2": True}
    with pytest.raises(ValueError, match="'robot'"):
        Votes.from_frame(framed(ROWS), LABELS, kinds={"w2": "robot"})


@pytest.mark.parametrize("kind", ["object", "category", "string"])
def test_a_frame_may_hold_ids_in_any_form(kind: str) -> None:
    frame = framed(ROWS, task=kind, annotator=kind, label=kind)

    assert told(Votes.from_frame(frame, LABELS)) == given_by(ROWS)


def test_a_frame_may_hold_ids_as_numbers() -> None:
    frame = framed(ROWS).assign(task=[2, 1, 2, 1])

    found = told(Votes.from_frame(frame, LABELS))

    assert found == {(int(task[1]), who): label for (task, who), label in given_by(ROWS).items()}


def test_a_category_that_nobody_uses_is_no_task() -> None:
    every = pd.CategoricalDtype(["t0", "t1", "t1½", "t2"])

    votes = Votes.from_frame(framed(ROWS, task=every), LABELS)

    assert (votes.task_ids, told(votes)) == (("t1", "t2"), given_by(ROWS))


def test_votes_stay_when_their_frame_changes() -> None:
    size = 40_000
    # of so many categories pandas holds the codes in the form that votes do
    frame = pd.DataFrame({"task": pd.Categorical(range(size)), "annotator": "w", "label": "a"})
    votes = Votes.from_frame(frame, LABELS)

    frame["task"].array[:] = 7

    assert set(frame["task"]) == {7}
    assert votes.task.tolist() == list(range(size))


@pytest.mark.parametrize("kind", ["object", "category"])
def test_a_frame_must_be_whole(kind: str) -> None:
    frame = framed(ROWS, task=kind)

    with pytest.raises(ValueError, match="no column 'item', only"):
        Votes.from_frame(frame, LABELS, task="item")
    frame.loc[1, "task"] = None
    with pytest.raises(ValueError, match="the task of an answer is missing"):
        Votes.from_frame(frame, LABELS)


def test_votes_lie_grouped_by_task_and_say_where() -> None:
    votes = Votes.from_rows(ROWS, LABELS)

    less = votes.where(votes.task != 0)

    assert votes.task.tolist() == sorted(votes.task)
    assert (votes.starts.tolist(), less.starts.tolist()) == ([0, 2, 4], [0, 0, 2])
    assert Votes.from_rows([], LABELS).starts.tolist() == [0]


def test_rows_may_come_in_many_chunks() -> None:
    size = 2 * CHUNK + 10
    rows = ((i // 3, i % 3, LABELS[i % 2]) for i in range(size))

    votes = Votes.from_rows(rows, LABELS)

    assert votes.shape == (-(-size // 3), 3, 3)
    assert votes.label.tolist() == [i % 2 for i in range(size)]


def test_rows_are_read_without_being_kept() -> None:
    def rows(size: int) -> Iterator[tuple[int, int, str]]:
        return ((i // 100, i % 100, LABELS[i % 3]) for i in range(size))

    def beside(size: int) -> int:
        tracemalloc.start()
        votes = Votes.from_rows(rows(size), LABELS)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak - sum(c.nbytes for c in (votes.task, votes.annotator, votes.label))

    # rows that are kept take more than 100 bytes each
    assert beside(6 * CHUNK) - beside(3 * CHUNK) < 3 * CHUNK * 4


@given(
    st.dictionaries(
        st.tuples(st.sampled_from("tuv"), st.sampled_from("wxyz")), st.sampled_from("abc")
    ).flatmap(lambda found: st.permutations([(t, w, k) for (t, w), k in found.items()]))
)
def test_the_order_of_rows_means_nothing(rows: list[Row]) -> None:
    columns = list(zip(*rows, strict=True)) or [(), (), ()]

    votes = [
        Votes.from_columns(*columns, LABELS),
        Votes.from_rows(sorted(rows), LABELS),
        Votes.from_frame(framed(rows), LABELS),
        Votes.from_frame(framed(rows, task="category"), LABELS),
    ]

    assert [told(one) for one in votes] == [given_by(rows)] * 4
    for one in votes:
        places = list(zip(one.task, one.annotator, strict=True))
        assert places == sorted(places)


def test_a_label_nobody_chose_is_still_possible() -> None:
    votes = Votes.from_columns(["t"], ["w"], ["a"], ["a", "b", "c"])

    assert votes.shape == (1, 1, 3)
    assert votes.matrix.shape == (1, 3)


@pytest.mark.parametrize(
    ("columns", "labels", "said"),
    [
        ((["t"], ["w"], ["x"]), ["a"], "not in label_set"),
        ((["t"], ["w"], ["a"]), [], "at least one"),
        ((["t"], ["w"], ["a"]), ["a", "a"], "each of them once"),
        ((["t", "u"], ["w"], ["a"]), ["a"], "equally long"),
        (([None], ["w"], ["a"]), ["a"], "missing"),
        (([float("nan")], ["w"], ["a"]), ["a"], "missing"),
    ],
)
def test_bad_votes_are_refused(
    columns: tuple[list[str], ...], labels: list[str], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        Votes.from_columns(*columns, labels)


def test_gold_must_be_one_of_the_labels() -> None:
    votes = Votes.from_columns(["t"], ["w"], ["a"], ["a", "b"])

    with pytest.raises(ValueError, match="gold"):
        votes.rows_of({"t": "z"})
