"""Votes that count differently: by given weights, and by learned ones."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from consensus.methods.majority import MajorityVote
from consensus.methods.shares import leading
from consensus.methods.wawa import Wawa
from consensus.methods.zero_based_skill import ZeroBasedSkill
from consensus.votes import Votes
from tests.consensus.planted import LABELS, Row, planted

#: Three agree on t, u and v; the fourth says otherwise on u and v.
ROWS = [(t, w, "a" if w != "z" or t == "t" else "b") for t, w in product("tuv", "wxyz")]


def votes_of(rows: list[Row], labels: tuple[str, ...] = LABELS) -> Votes:
    return Votes.from_rows(rows, labels)


def test_the_share_of_votes_is_the_posterior() -> None:
    votes = votes_of([("t", "w", "a"), ("t", "x", "a"), ("t", "y", "b"), ("u", "w", "c")])

    fit = MajorityVote().fit(votes)

    assert fit.posteriors_.tolist() == pytest.approx(np.array([[2 / 3, 1 / 3, 0], [0, 0, 1]]))


def test_a_weight_of_two_counts_as_two_annotators() -> None:
    rows, _ = planted()
    doubled = rows + [(task, "twin", label) for task, who, label in rows if who == "w3"]

    weighted = MajorityVote(weights={f"w{i}": 1 + (i == 3) for i in range(8)}).fit(votes_of(rows))

    assert weighted.posteriors_ == pytest.approx(MajorityVote().fit(votes_of(doubled)).posteriors_)


def test_a_weight_of_nothing_leaves_an_annotator_out() -> None:
    rows, _ = planted()
    without = [row for row in rows if row[1] != "w3"]

    weighted = MajorityVote(weights={f"w{i}": i != 3 for i in range(8)}).fit(votes_of(rows))

    assert weighted.posteriors_ == pytest.approx(MajorityVote().fit(votes_of(without)).posteriors_)


def test_a_task_whose_voters_weigh_nothing_stays_even() -> None:
    votes = votes_of([("t", "w", "a"), ("u", "x", "b")])

    fit = MajorityVote(weights={"w": 0, "x": 1}).fit(votes)

    assert fit.posteriors_.tolist() == [[1 / 3, 1 / 3, 1 / 3], [0, 1, 0]]


@given(st.floats(1e-3, 1e3))
def test_equal_weights_of_any_size_change_nothing(weight: float) -> None:
    votes = votes_of(planted(tasks=20)[0])

    weighted = MajorityVote(weights=dict.fromkeys(votes.annotator_ids, weight)).fit(votes)

    assert weighted.posteriors_ == pytest.approx(MajorityVote().fit(votes).posteriors_)


@pytest.mark.parametrize("weight", [-1.0, float("nan"), float("inf")])
def test_weights_that_are_no_weights_are_refused(weight: float) -> None:
    votes = votes_of(ROWS)

    with pytest.raises(ValueError, match="finite number from 0 up"):
        MajorityVote(weights=dict.fromkeys("wxy", 1.0) | {"z": weight}).fit(votes)


def test_an_annotator_without_a_weight_is_named() -> None:
    with pytest.raises(ValueError, match=r"without a weight.*'z'"):
        MajorityVote(weights=dict.fromkeys("wxy", 1.0)).fit(votes_of(ROWS))


def test_wawa_weighs_by_agreement_with_the_majority() -> None:
    fit = Wawa().fit(votes_of(ROWS, ("a", "b")))

    assert fit.weights_ == pytest.approx([1, 1, 1, 1 / 3])
    assert fit.posteriors_[1] == pytest.approx([0.9, 0.1])


def test_agreeing_with_one_of_two_leading_labels_counts_half() -> None:
    fit = Wawa().fit(votes_of([("t", "w", "a"), ("t", "x", "b")]))

    assert fit.weights_.tolist() == [0.5, 0.5]
    assert fit.posteriors_.tolist() == [[0.5, 0.5, 0]]


def test_a_tie_of_sums_that_rounding_parts_is_a_tie() -> None:
    shares = np.array([[0.1 + 0.2, 0.3, 0.4], [0.1 + 0.2, 0.3, 0.1]])

    assert leading(shares).tolist() == [[0, 0, 1], [0.5, 0.5, 0]]


@pytest.mark.parametrize("method", [Wawa, ZeroBasedSkill])
def test_a_known_label_is_the_majority_of_its_task(method: type[Wawa | ZeroBasedSkill]) -> None:
    fit = method().fit(votes_of(ROWS), {"t": "a", "u": "b", "v": "b"})

    assert fit.weights_ == pytest.approx([1 / 3, 1 / 3, 1 / 3, 1])


@pytest.mark.parametrize("method", [Wawa, ZeroBasedSkill])
def test_spammers_come_to_weigh_less(method: type[Wawa | ZeroBasedSkill]) -> None:
    chance = np.random.default_rng(2)
    rows, truth = planted(tasks=200, annotators=4)
    rows += [(task, f"s{s}", LABELS[chance.integers(3)]) for task in truth for s in range(4)]
    votes, plain = votes_of(rows), MajorityVote().fit(votes_of(rows))

    fit = method().fit(votes)

    right = np.array([LABELS.index(truth[task]) for task in votes.task_ids])  # type: ignore[index]
    assert fit.weights_[:4].min() > fit.weights_[4:].max()
    assert (fit.posteriors_.argmax(1) == right).mean() > (
        plain.posteriors_.argmax(1) == right
    ).mean()


def test_skills_at_rest_are_the_agreement_with_the_answer() -> None:
    votes = votes_of(planted(tasks=101, annotators=7)[0])

    fit = ZeroBasedSkill().fit(votes)

    agrees = fit.posteriors_.argmax(axis=1)[votes.task] == votes.label
    assert fit.converged_
    assert fit.weights_ == pytest.approx(np.bincount(votes.annotator, agrees) / 101)


def test_skills_gone_on_from_take_newcomers_for_average() -> None:
    votes = votes_of(planted(annotators=5)[0])
    before = ZeroBasedSkill().fit(votes)
    more = votes_of([*planted(annotators=5)[0], ("t0", "newcomer", "a")])

    fit = ZeroBasedSkill(max_iterations=0).fit(more, start=before)

    assert fit.weights_ == pytest.approx([*before.weights_, before.weights_.mean()])
