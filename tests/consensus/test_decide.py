"""From posterior to decision."""

from __future__ import annotations

from time import perf_counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import rel_entr

from consensus.decide import (
    Decision,
    ask_next,
    cheapest,
    decide,
    expected_costs,
    information_of_one_more,
    value_of_one_more,
    value_per_cost,
)
from consensus.posterior import Tables, task_posteriors
from consensus.votes import Floats, Votes

#: To call a sick one well costs ten times what the other mistake does.
SICKNESS = np.array([[0.0, 1.0], [10.0, 0.0]])
GOOD = np.array([[0.9, 0.1], [0.2, 0.8]])


def decision(p: float, answers: int) -> Decision:
    return decide({"yes": p, "no": 1 - p}, answers, minimum=2, maximum=4, target=0.9)


def test_below_the_minimum_a_task_stays_open_however_sure() -> None:
    assert decision(0.99, 1) == Decision("open", "yes", 0.99, "below_minimum")


def test_at_the_target_a_task_is_resolved() -> None:
    assert decision(0.9, 2) == Decision("resolved", "yes", 0.9, "target_reached")


def test_below_the_target_a_task_wants_more() -> None:
    assert decision(0.8, 3) == Decision("open", "yes", 0.8, "below_target")


def test_at_the_maximum_an_unsure_task_is_disputed() -> None:
    assert decision(0.8, 4) == Decision("disputed", "yes", 0.8, "low_confidence")


def test_a_tie_is_disputed_never_guessed() -> None:
    assert decision(0.5, 4) == Decision("disputed", None, 0.5, "tie")


def test_without_answers_there_is_no_label() -> None:
    assert decision(0.99, 0).label is None


@given(st.floats(0, 1), st.integers(0, 6), st.floats(0.51, 0.99))
def test_resolved_always_means_sure_enough(p: float, answers: int, target: float) -> None:
    made = decide({"yes": p, "no": 1 - p}, answers, minimum=2, maximum=4, target=target)

    if made.state == "resolved":
        assert made.label is not None
        assert made.confidence >= target
        assert answers >= 2
    if made.state == "open":
        assert answers < 4


@pytest.mark.parametrize("posterior", [{}, {"yes": float("nan"), "no": 0.5}, {"yes": -0.1}])
def test_what_is_no_posterior_is_refused(posterior: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="posterior"):
        decide(posterior, 3, minimum=1, maximum=3, target=0.9)


@st.composite
def rows_of(draw: st.DrawFn, rows: int, labels: int) -> Floats:
    """Draw probability distributions, some with zeros."""
    seed, sharp = draw(st.integers(0, 2**32 - 1)), draw(st.sampled_from([0.05, 0.5, 1.0, 5.0]))
    drawn = np.random.default_rng(seed).dirichlet(np.full(labels, sharp), rows)
    return np.eye(labels)[drawn.argmax(axis=1)] if draw(st.booleans()) else drawn


@st.composite
def questions(draw: st.DrawFn) -> tuple[Floats, Floats, Floats]:
    """Draw posteriors, the matrix of who answers next, and what mistakes cost."""
    labels = draw(st.integers(1, 5))
    cost = np.random.default_rng(draw(st.integers(0, 999))).uniform(0, 10, (labels, labels + 1))
    return draw(rows_of(6, labels)), draw(rows_of(labels, labels)), cost


@given(questions())
@settings(max_examples=200, deadline=None)
def test_one_more_answer_never_hurts_and_never_gains_more_than_there_is_to_lose(
    asked: tuple[Floats, Floats, Floats],
) -> None:
    posteriors, confusion, cost = asked

    value = value_of_one_more(posteriors, confusion, cost)

    assert (value >= 0).all()
    assert (value <= cheapest(posteriors, cost)[1] + 1e-9).all()


@given(questions())
@settings(max_examples=200, deadline=None)
def test_information_is_how_far_label_and_answer_are_from_independent(
    asked: tuple[Floats, Floats, Floats],
) -> None:
    posteriors, confusion, _ = asked

    told = information_of_one_more(posteriors, confusion)

    joint = posteriors[:, :, None] * confusion
    apart = posteriors[:, :, None] * joint.sum(axis=1, keepdims=True)
    assert told == pytest.approx(rel_entr(joint, apart).sum(axis=(1, 2)), abs=1e-9)


def test_the_value_is_what_asking_and_looking_again_gains() -> None:
    chance = np.random.default_rng(0)
    tables = Tables.of(np.array([0.5, 0.3, 0.2]), chance.dirichlet(np.ones(3), (3, 3)))
    labels, cost = ["a", "b", "c"], chance.uniform(0, 5, (3, 3))

    def posterior(given: list[str]) -> Floats:
        columns = ["t"] * len(given), range(len(given)), given, labels
        seen = Tables(tables.log_prior, tables.log_confusion[: len(given)])
        return task_posteriors(Votes.from_columns(*columns), seen)

    before, confusion = posterior(["a", "b"]), np.exp(tables.log_confusion[2])
    after = [cheapest(posterior(["a", "b", label]), cost)[1][0] for label in labels]
    expected = cheapest(before, cost)[1][0] - (before[0] @ confusion) @ after

    assert value_of_one_more(before, confusion, cost) == pytest.approx([expected])


def test_nothing_is_gained_where_all_is_known_or_the_answer_says_nothing() -> None:
    shaky, coin = np.array([[0.5, 0.5], [0.3, 0.7]]), np.array([[0.6, 0.4]] * 2)

    for gain in (value_of_one_more, information_of_one_more):
        assert gain(np.eye(2), GOOD).tolist() == [0, 0]
        assert gain(shaky, coin).tolist() == [0, 0]
        assert (gain(shaky, GOOD) > 0).all()


def test_what_is_said_depends_on_what_mistakes_cost() -> None:
    posteriors = np.array([[0.8, 0.2], [0.95, 0.05]])

    assert cheapest(posteriors)[0].tolist() == [0, 0]
    assert cheapest(posteriors, SICKNESS)[0].tolist() == [1, 0]
    assert expected_costs(posteriors, SICKNESS) == pytest.approx(np.array([[2, 0.8], [0.5, 0.95]]))


def test_an_expert_is_asked_where_that_costs_least() -> None:
    with_expert = np.hstack([SICKNESS, [[0.6], [0.6]]])

    said, costs = cheapest(np.array([[0.8, 0.2], [0.99, 0.01], [0.1, 0.9]]), with_expert)

    assert said.tolist() == [2, 0, 1]
    assert costs == pytest.approx([0.6, 0.1, 0.1])


def test_a_tie_of_costs_is_not_broken() -> None:
    assert cheapest(np.array([[0.5, 0.5]]))[0].tolist() == [-1]
    assert cheapest(np.array([[10 / 11, 1 / 11]]), SICKNESS)[0].tolist() == [-1]


def test_the_shakiest_tasks_are_asked_first_and_the_dear_ones_later() -> None:
    posteriors = np.array([[0.99, 0.01], [0.5, 0.5], [0.97, 0.03], [0.6, 0.4]])

    # one answer alone would change neither the first nor the third: information decides
    assert ask_next(posteriors, GOOD).tolist() == [1, 3, 2, 0]
    dear = np.array([1.0, 100.0, 1.0, 1.0])
    assert ask_next(posteriors, GOOD, answer_cost=dear).tolist() == [3, 1, 2, 0]
    assert value_per_cost(np.array([2.0, 1.0]), 0.5).tolist() == [4, 2]


def test_no_tasks_are_no_trouble() -> None:
    nothing = np.empty((0, 2))

    assert value_of_one_more(nothing, GOOD).shape == (0,)
    assert ask_next(nothing, GOOD).shape == (0,)
    assert cheapest(nothing)[0].shape == (0,)


def test_a_million_tasks_are_valued_in_two_seconds() -> None:
    chance = np.random.default_rng(0)
    posteriors, confusion = chance.dirichlet(np.ones(5), 1_000_000), chance.dirichlet(np.ones(5), 5)

    def took() -> float:
        started = perf_counter()
        value_of_one_more(posteriors, confusion)
        return perf_counter() - started

    # the best of three: others may be at work on the machine
    assert min(took() for _ in range(3)) < 2


@pytest.mark.parametrize(
    ("posteriors", "confusion", "cost", "said"),
    [
        ([[0.5, 0.6]], GOOD, None, "add up to 1"),
        ([[np.nan, 1.0]], GOOD, None, "add up to 1"),
        ([[-0.5, 1.5]], GOOD, None, "add up to 1"),
        ([0.5, 0.5], GOOD, None, "a column a label"),
        ([[0.5, 0.5]], GOOD * 2, None, "add up to 1"),
        ([[0.5, 0.5]], np.eye(3), None, r"\(2, 2\)"),
        ([[0.5, 0.5]], GOOD, -SICKNESS, "0 or more"),
        ([[0.5, 0.5]], GOOD, np.full((2, 2), np.inf), "finite"),
        ([[0.5, 0.5]], GOOD, np.eye(3), "2 rows"),
    ],
)
def test_bad_tables_are_refused(
    posteriors: list[list[float]], confusion: Floats, cost: Floats | None, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        value_of_one_more(np.array(posteriors), confusion, cost)


@pytest.mark.parametrize("price", [0.0, -1.0, np.nan, np.ones(3)])
def test_an_answer_must_have_a_price(price: float | Floats) -> None:
    with pytest.raises(ValueError, match="answer_cost"):
        ask_next(np.array([[0.5, 0.5]]), GOOD, answer_cost=price)
    with pytest.raises(ValueError, match="values"):
        value_per_cost(np.array([-1.0]))
