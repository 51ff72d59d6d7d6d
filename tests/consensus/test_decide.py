"""From posterior to decision."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from consensus.decide import Decision, decide


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
