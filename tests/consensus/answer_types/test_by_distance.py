"""Kinds without a model of their own, and the examples in the documentation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import consensus.answer_types as answer_types
from consensus.answer_types import answer_type
from consensus.answer_types.by_distance import aggregate_by_distance
from tests.consensus.answer_types.kinds import QUESTIONS, planted

PAGE = Path(__file__).parents[3] / "docs" / "answer-types.md"


@pytest.fixture
def registry() -> Iterator[None]:
    yield
    answer_types._registered.clear()


@pytest.mark.usefixtures("registry")
def test_the_examples_of_the_documentation_run() -> None:
    examples = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.S)

    for example in examples:
        exec(example, {"__name__": "example"})

    assert len(examples) == 2
    assert answer_types.names()[-1] == "interval"


def test_the_documentation_names_every_type() -> None:
    page = PAGE.read_text()

    assert all(f"| `{name}` |" in page for name in answer_types.names())


@pytest.mark.parametrize("name", sorted(QUESTIONS))
def test_distances_alone_find_the_truth_and_the_poorest(name: str) -> None:
    whole, kind = planted(name), answer_type(name)
    columns = (whole.tasks, whole.annotators, whole.answers)

    found = aggregate_by_distance(kind, *columns, whole.question)

    def apart(task: object, answer: object) -> float:
        return kind.compare(answer, whole.truth[str(task)], whole.question)

    decided = {t: v for t, v in zip(found.task_ids, found.values, strict=True) if v is not None}
    alone = np.mean([apart(t, a) for t, a in zip(whole.tasks, whole.answers, strict=True)])
    assert len(decided) > 50
    assert np.mean([apart(t, v) for t, v in decided.items()]) < 0.6 * alone
    assert found.annotator_ids[int(np.argmin(found.reliability))] == "w0"


def test_a_tie_is_disputed_never_guessed() -> None:
    kind, question = answer_type("categorical"), QUESTIONS["categorical"]

    found = aggregate_by_distance(
        kind, ["t", "t", "u", "u"], ["v", "w"] * 2, ["a", "b", "c", "c"], question
    )

    assert found.values == [None, "c"]
    assert found.confidence[0] < found.confidence[1] < 1


def test_known_answers_stand_and_teach_whom_to_trust() -> None:
    kind, question = answer_type("categorical"), QUESTIONS["categorical"]
    tasks = [t for t in ("t1", "t2", "t3", "t4") for _ in range(2)]
    gold = {"t1": "a", "t2": "a", "t3": "a"}

    found = aggregate_by_distance(kind, tasks, ["v", "w"] * 4, ["a", "b"] * 4, question, gold)

    assert found.values == ["a", "a", "a", "a"]
    assert found.confidence[0] == 1
    assert found.reliability[0] > found.reliability[1]


def test_no_answers_and_one_answer_are_no_trouble() -> None:
    kind, question = answer_type("categorical"), QUESTIONS["categorical"]

    nothing = aggregate_by_distance(kind, [], [], [], question)
    single = aggregate_by_distance(kind, ["t"], ["w"], ["b"], question)

    assert nothing.values == []
    assert single.values == ["b"]
    assert 0.4 < single.confidence[0] < 0.9
