"""Votes."""

from __future__ import annotations

import pytest

from consensus.votes import Votes


def test_of_two_answers_of_one_annotator_the_first_counts() -> None:
    votes = Votes.from_columns(["t", "t", "t"], ["w", "w", "v"], ["b", "a", "a"], ["a", "b"])

    assert votes.counts.tolist() == [[1, 1]]
    assert len(votes) == 2


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
