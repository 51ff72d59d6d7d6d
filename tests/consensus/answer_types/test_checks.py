"""Checking and comparing answers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consensus.answer_types import answer_type
from tests.consensus.answer_types.kinds import LABELS, QUESTIONS

ANSWERS: dict[str, st.SearchStrategy[Any]] = {
    "categorical": st.sampled_from(LABELS),
    "ordinal": st.sampled_from(LABELS),
    "numeric": st.floats(0, 100),
    "multi-label": st.lists(st.sampled_from(LABELS), unique=True),
}
NAMES = sorted(QUESTIONS)


@given(st.sampled_from(NAMES).flatmap(lambda n: st.tuples(st.just(n), *[ANSWERS[n]] * 3)))
def test_the_distance_is_a_metric_from_0_to_1(drawn: tuple[str, Any, Any, Any]) -> None:
    name, a, b, c = drawn
    kind, question = answer_type(name), QUESTIONS[name]

    there, back = kind.compare(a, b, question), kind.compare(b, a, question)
    round_about = kind.compare(a, c, question) + kind.compare(c, b, question)

    assert 0 <= there <= 1
    assert there == back
    assert kind.compare(a, a, question) == 0
    assert there <= round_about + 1e-9


@given(st.sampled_from(NAMES).flatmap(lambda n: st.tuples(st.just(n), ANSWERS[n])))
def test_a_proper_answer_has_no_problems(drawn: tuple[str, Any]) -> None:
    name, answer = drawn

    assert answer_type(name).check(QUESTIONS[name]) == []
    assert answer_type(name).validate(answer, QUESTIONS[name]) == []


@pytest.mark.parametrize("name", NAMES)
@given(
    answer=st.none()
    | st.booleans()
    | st.text()
    | st.just(float("nan"))
    | st.dictionaries(st.text(), st.text(), min_size=1)
    | st.lists(st.integers(), min_size=1)
)
def test_whatever_comes_in_is_judged_and_never_breaks(name: str, answer: Any) -> None:
    problems = answer_type(name).validate(answer, QUESTIONS[name])

    proper = isinstance(answer, str) and answer in LABELS and name in ("categorical", "ordinal")
    assert bool(problems) != proper
    assert all(problem.field.startswith("answer") for problem in problems)


@pytest.mark.parametrize(
    ("name", "answer", "said"),
    [
        ("categorical", "e", "answer: must be one of a, b, c, d"),
        ("ordinal", ["a"], "answer: must be one of a, b, c, d"),
        ("numeric", True, "answer: must be a finite number"),
        ("numeric", float("inf"), "answer: must be a finite number"),
        ("numeric", 101, "answer: must be at most 100"),
        ("numeric", -1, "answer: must be at least 0"),
        ("multi-label", "a", "answer: must be a list of labels"),
        ("multi-label", ["a", "e"], "answer[1]: must be one of a, b, c, d"),
        ("multi-label", ["a", "b", "a"], "answer[2]: names 'a' again"),
    ],
)
def test_a_problem_names_the_field(name: str, answer: Any, said: str) -> None:
    problems = answer_type(name).validate(answer, QUESTIONS[name])

    assert [str(problem) for problem in problems] == [said]


@pytest.mark.parametrize(
    ("question", "field"),
    [
        ({"type": "categorical"}, "labels"),
        ({"type": "categorical", "labels": "ab"}, "labels"),
        ({"type": "categorical", "labels": ["a", ""]}, "labels"),
        ({"type": "categorical", "labels": []}, "labels"),
        ({"type": "categorical", "labels": ["a", "b"], "method": "guess"}, "method"),
        ({"type": "ordinal", "labels": ["a", "b"], "loss": "none"}, "loss"),
        ({"type": "ordinal", "labels": ["a", "b"], "loss": [[0, 1]]}, "loss"),
        ({"type": "ordinal", "labels": ["a", "b"], "loss": [[0, 1], [-1, 0]]}, "loss"),
        ({"type": "numeric"}, "tolerance"),
        ({"type": "numeric", "tolerance": 0}, "tolerance"),
        ({"type": "numeric", "minimum": 1, "maximum": 1}, "maximum"),
        ({"type": "numeric", "minimum": "0", "maximum": 1}, "minimum"),
        ({"type": "multi-label", "labels": ["a"], "choose": "all"}, "choose"),
    ],
)
def test_an_unsound_question_is_told_its_field(question: dict[str, Any], field: str) -> None:
    problems = answer_type(question["type"]).check(question)

    assert [problem.field for problem in problems] == [field]


def test_sets_with_half_their_labels_in_common_are_half_apart() -> None:
    sets, scale = answer_type("multi-label"), answer_type("ordinal")

    assert sets.compare(["a", "b", "c"], ["b", "a", "d"], QUESTIONS["multi-label"]) == 0.5
    assert sets.compare([], [], QUESTIONS["multi-label"]) == 0
    assert scale.compare("a", "b", QUESTIONS["ordinal"]) == pytest.approx(1 / 3)


def test_without_a_range_twenty_tolerances_are_the_whole_distance() -> None:
    kind, question = answer_type("numeric"), {"type": "numeric", "tolerance": 0.5}

    assert kind.check(question) == []
    assert kind.compare(3, 8, question) == 0.5
    assert kind.compare(-1e9, 1e9, question) == 1
