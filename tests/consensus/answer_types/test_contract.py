"""What holds for every kind of answer."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from consensus.answer_types import Aggregate, aggregate, answer_type, register
from tests.consensus.answer_types.kinds import LABELS, QUESTIONS, drawn, planted

every_kind = pytest.mark.parametrize("name", sorted(QUESTIONS))


def beliefs(found: Aggregate) -> dict[Any, tuple[Any, float]]:
    columns = zip(found.values, found.confidence, strict=True)
    return dict(zip(found.task_ids, columns, strict=True))


def assert_same(one: Aggregate, other: Aggregate) -> None:
    mine, theirs = beliefs(one), beliefs(other)
    assert mine.keys() == theirs.keys()
    for task, (value, confidence) in mine.items():
        assert confidence == pytest.approx(theirs[task][1], abs=1e-3)
        if isinstance(value, float):
            assert value == pytest.approx(theirs[task][0], abs=1e-2)
        else:
            assert value == theirs[task][0]


@every_kind
def test_the_order_of_answers_means_nothing(name: str) -> None:
    whole = planted(name)
    order = np.random.default_rng(1).permutation(len(whole.tasks))
    columns = [[c[i] for i in order] for c in (whole.tasks, whole.annotators, whole.answers)]

    shuffled = replace(whole, tasks=columns[0], annotators=columns[1], answers=columns[2])

    assert_same(whole.found(), shuffled.found())


@every_kind
def test_the_names_of_annotators_mean_nothing(name: str) -> None:
    whole = planted(name)

    renamed = replace(whole, annotators=[f"someone {a[::-1]}" for a in whole.annotators])

    assert_same(whole.found(), renamed.found())


@every_kind
def test_the_same_answers_give_the_same_consensus(name: str) -> None:
    one, other = planted(name).found(), planted(name).found()

    assert one.values == other.values
    assert one.confidence == other.confidence
    assert one.reliability == other.reliability


@every_kind
def test_a_planted_truth_is_found(name: str) -> None:
    whole, kind = planted(name), answer_type(name)

    found = dict(zip(whole.found().task_ids, whole.found().values, strict=True))

    def apart(task: Any, answer: Any) -> float:
        return kind.compare(answer, whole.truth[task], whole.question)

    alone = np.mean([apart(*row) for row in zip(whole.tasks, whole.answers, strict=True)])
    # the plain mean of these numbers is off by 0.47 of what a lone answer is
    assert np.mean([apart(*row) for row in found.items()]) < 0.4 * alone


@every_kind
def test_the_poorest_annotator_is_found_out_and_counts_least(name: str) -> None:
    found = planted(name).found()

    of = list(found.annotator_ids)
    assert int(np.argmin(found.reliability)) == of.index("w0")
    sizes = np.bincount(found.annotator, np.abs(found.weight))
    assert int(np.argmin(sizes)) == of.index("w0")


@every_kind
def test_every_answer_has_its_share(name: str) -> None:
    found = planted(name).found()

    total = np.bincount(found.task, np.abs(found.weight))
    assert total == pytest.approx(np.ones(len(found.task_ids)))
    assert set(found.of("t0").weights) == {f"w{w}" for w in range(7)}
    low, mean, high = found.reliability_low, found.reliability, found.reliability_high
    assert all(0 <= a <= b <= c <= 1 for a, b, c in zip(low, mean, high, strict=True))


@every_kind
def test_no_answers_are_no_trouble(name: str) -> None:
    found = aggregate([], [], [], QUESTIONS[name])

    assert list(found.values) == []
    assert list(found.reliability) == []
    with pytest.raises(KeyError):
        found.of("t0")


@every_kind
def test_a_single_answer_is_believed_but_not_firmly(name: str) -> None:
    answer = drawn(name, np.random.default_rng(0))

    belief = aggregate(["t"], ["w"], [answer], QUESTIONS[name]).of("t")

    assert answer_type(name).compare(belief.value, answer, QUESTIONS[name]) == pytest.approx(0)
    assert 0 < belief.confidence < 0.95
    assert belief.weights == pytest.approx({"w": 1.0})


@every_kind
def test_what_all_agree_on_is_the_answer(name: str) -> None:
    chance = np.random.default_rng(0)
    truth = {f"t{i}": drawn(name, chance) for i in range(12)}
    rows = [(task, f"w{w}", value) for task, value in truth.items() for w in range(4)]

    found = aggregate(*map(list, zip(*rows, strict=True)), QUESTIONS[name])  # type: ignore[arg-type]

    for task, (value, confidence) in beliefs(found).items():
        assert answer_type(name).compare(value, truth[task], QUESTIONS[name]) < 1e-6
        assert confidence > 0.7


@every_kind
def test_gold_is_held_fast(name: str) -> None:
    whole = planted(name)
    other = next(label for label in LABELS if label != whole.truth["t0"])
    wrong = {"numeric": 1.0, "multi-label": LABELS}.get(name, other)

    belief = whole.found(gold={"t0": wrong}).of("t0")

    assert belief.value == wrong
    assert belief.confidence == pytest.approx(1.0)


@every_kind
def test_of_two_answers_of_one_annotator_the_first_counts(name: str) -> None:
    whole = planted(name)
    again = [drawn(name, np.random.default_rng(9)) for _ in whole.answers]

    doubled = replace(
        whole,
        tasks=whole.tasks * 2,
        annotators=whole.annotators * 2,
        answers=whole.answers + again,
    )

    assert_same(whole.found(), doubled.found())


@every_kind
def test_columns_of_unequal_length_are_refused(name: str) -> None:
    whole = planted(name)

    with pytest.raises(ValueError, match="equally long"):
        replace(whole, tasks=whole.tasks[1:]).found()


def test_an_unsound_question_is_refused_with_the_field_that_is_wrong() -> None:
    with pytest.raises(ValueError, match="labels: must differ"):
        aggregate([], [], [], {"type": "ordinal", "labels": ["a", "a"]})
    with pytest.raises(ValueError, match="unknown answer type 'guess'"):
        aggregate([], [], [], {"type": "guess"})


def test_a_name_is_taken_once() -> None:
    with pytest.raises(ValueError, match="already"):
        register("ordinal", answer_type("ordinal"))


def test_who_checks_answers_loads_no_numpy() -> None:
    code = (
        "import sys; from consensus.answer_types import answer_type, names\n"
        "q = {'labels': ['a', 'b'], 'minimum': 0, 'maximum': 1}\n"
        "for n in names():\n"
        "    k = answer_type(n); k.check(q)\n"
        "    a = {'numeric': 1, 'multi-label': ['a']}.get(n, 'a')\n"
        "    assert k.validate(a, q) == [] and k.compare(a, a, q) == 0\n"
        "print(sorted({'numpy', 'scipy', 'pandas'} & set(sys.modules)))\n"
    )

    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert run.stdout.strip() == "[]"
