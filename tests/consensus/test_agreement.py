"""Agreement against published tables, outside libraries and planted truth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consensus.agreement import (
    Agreement,
    against_the_rest,
    between_pairs,
    by_class,
    cohen_kappa,
    fleiss_kappa,
    gwet_ac1,
    krippendorff_alpha,
    over_time,
    percent_agreement,
)
from consensus.votes import Votes

Row = tuple[Any, ...]
Coefficient = Callable[..., Agreement]

CROWD = (percent_agreement, fleiss_kappa, gwet_ac1, krippendorff_alpha)
SCALES = ("nominal", "ordinal", "interval", "ratio")
#: Krippendorff 2011, example C, and Gwet 2014, ch. 2: a column a unit, of which one has one answer.
FOUR_RATERS = ("123321412...", "1233224125.3", ".3332342251.", "12332441251.")
#: Fleiss 1971, table 1: how many of six psychiatrists gave a patient each of five diagnoses.
PATIENTS = """
    00060 03003 01401 00006 03030 20400 00402 20310 20040 00006 10050 11040 03300 10050 02031
    00501 30012 51000 02040 10203 00006 01050 02013 20040 10041 05010 40002 02040 10500 00006
"""


def votes_of(rows: Sequence[Row], labels: Sequence[str] = "abc", **more: Any) -> Votes:
    task, annotator, label = zip(*rows, strict=True) if rows else ((), (), ())
    return Votes.from_columns(task, annotator, label, labels, **more)


def four_raters() -> Votes:
    rows = [(t, a, x) for a, given in enumerate(FOUR_RATERS) for t, x in enumerate(given)]
    return votes_of([row for row in rows if row[2] != "."], "12345")


def patients() -> Votes:
    said = ["".join("abcde"[k] * int(n) for k, n in enumerate(row)) for row in PATIENTS.split()]
    return votes_of([(t, a, x) for t, six in enumerate(said) for a, x in enumerate(six)], "abcde")


def crowd(
    accuracies: Sequence[float], tasks: int = 200, seed: int = 0, labels: str = "abc"
) -> list[Row]:
    """Answers that are right with each annotator's accuracy, else any label; a quarter missing."""
    chance = np.random.default_rng(seed)
    truth = chance.integers(len(labels), size=tasks)
    return [
        (t, a, labels[truth[t] if chance.random() < accuracy else chance.integers(len(labels))])
        for t in range(tasks)
        for a, accuracy in enumerate(accuracies)
        # all answer the first task, so that they are numbered as they are listed
        if chance.random() < 0.75 or t == 0
    ]


@pytest.mark.parametrize(
    ("scale", "published"), [*zip(SCALES, (0.743, 0.815, 0.849, 0.797), strict=True)]
)
def test_alpha_equals_the_published_example(scale: str, published: float) -> None:
    """Krippendorff 2011, "Computing Krippendorff's alpha-reliability", example C."""
    alpha = krippendorff_alpha(four_raters(), scale, values=[1, 2, 3, 4, 5])

    assert alpha.value == pytest.approx(published, abs=5e-4)
    assert alpha.tasks == 11


@pytest.mark.parametrize("scale", SCALES)
def test_alpha_equals_the_library_of_that_name(scale: str) -> None:
    votes, values = votes_of(crowd([0.9, 0.6, 0.6, 0.3], labels="abcd"), "abcd"), [0, 1, 2.5, 7]

    ours = krippendorff_alpha(votes, scale, values=values)

    theirs = krippendorff.alpha(
        value_counts=votes.counts,
        value_domain=values,
        level_of_measurement=scale,  # type: ignore[arg-type]
    )
    assert ours.value == pytest.approx(theirs, abs=1e-12)


def test_labels_are_ranked_by_their_values_not_by_their_place() -> None:
    rows = crowd([0.7] * 3)

    listed = krippendorff_alpha(votes_of(rows, "abc"), "ordinal")
    valued = krippendorff_alpha(votes_of(rows, "cab"), "ordinal", values=[30, 1, 2])

    assert valued.value == pytest.approx(listed.value)


def test_fleiss_kappa_equals_the_published_example() -> None:
    """Fleiss 1971, "Measuring nominal scale agreement among many raters"; by class, R's irr."""
    votes = patients()

    whole, classes = fleiss_kappa(votes), by_class(votes, fleiss_kappa)

    assert whole.value == pytest.approx(0.430, abs=5e-4)
    assert [kappa.value for kappa in classes] == pytest.approx(
        [0.245, 0.245, 0.520, 0.471, 0.566], abs=5e-4
    )
    assert (whole.tasks, whole.pairs) == (30, 30 * 15)


@pytest.mark.parametrize(
    ("coefficient", "published"),
    [(percent_agreement, 0.81818), (gwet_ac1, 0.77544), (fleiss_kappa, 0.76117)],
)
def test_unequal_numbers_of_answers_weigh_as_published(
    coefficient: Coefficient, published: float
) -> None:
    """Gwet 2014, "Handbook of inter-rater reliability", as its author's irrCAC prints it."""
    assert coefficient(four_raters()).value == pytest.approx(published, abs=5e-6)


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    """Right with probability 0.85 of two even labels: kappa is (2·0.85 - 1)²."""
    chance, truth, held = np.random.default_rng(5), (2 * 0.85 - 1) ** 2, []
    for seed in range(150):
        right = chance.random((120, 3)) < 0.85
        label = np.where(right, 1, 0) ^ chance.integers(2, size=(120, 1))
        rows = [(t, a, "ab"[label[t, a]]) for t, a in np.ndindex(120, 3)]
        kappa = fleiss_kappa(votes_of(rows, "ab"), resamples=300, seed=seed)
        held.append(kappa.low <= truth <= kappa.high)

    assert 0.89 <= np.mean(held) <= 0.99


@pytest.mark.parametrize("labels", ["ab", "abcdefghij"])
def test_the_interval_is_that_of_drawing_tasks_one_by_one(labels: str) -> None:
    votes = votes_of(crowd([0.7] * 5, tasks=300, labels=labels), labels)
    chance = np.random.default_rng(1)
    draws = (votes.counts[chance.integers(300, size=300)] for _ in range(800))

    ours = krippendorff_alpha(votes, "ordinal", resamples=4000)

    drawn = [
        krippendorff.alpha(value_counts=counts, level_of_measurement="ordinal") for counts in draws
    ]
    assert (ours.low, ours.high) == pytest.approx(np.quantile(drawn, [0.025, 0.975]), abs=0.02)


def test_more_tasks_or_a_lower_level_make_the_interval_narrower() -> None:
    few, many = (votes_of(crowd([0.8] * 3, tasks)) for tasks in (50, 800))

    wide, narrow, half = fleiss_kappa(few), fleiss_kappa(many), fleiss_kappa(many, level=0.5)

    assert wide.high - wide.low > 2 * (narrow.high - narrow.low)
    assert narrow.low < half.low < half.value < half.high < narrow.high


@pytest.mark.parametrize("coefficient", CROWD)
def test_the_order_of_answers_and_the_names_of_annotators_mean_nothing(
    coefficient: Coefficient,
) -> None:
    rows = crowd([0.9, 0.6, 0.6], tasks=60)
    shuffled = [rows[i] for i in np.random.default_rng(1).permutation(len(rows))]
    renamed = [(f"task {t}", f"someone {a}", label) for t, a, label in shuffled]

    assert coefficient(votes_of(rows)) == coefficient(votes_of(renamed))


answers = st.lists(
    st.tuples(st.integers(0, 7), st.integers(0, 4), st.sampled_from("abc")), max_size=40
)


@settings(deadline=None, max_examples=60)
@given(answers, st.permutations("abc"))
def test_the_order_of_labels_means_nothing(rows: list[Row], labels: list[str]) -> None:
    one, other = votes_of(rows), votes_of(rows, labels)

    for coefficient in CROWD:
        assert coefficient(one, resamples=0).value == pytest.approx(
            coefficient(other, resamples=0).value, abs=1e-12, nan_ok=True
        )


@settings(deadline=None, max_examples=60)
@given(answers)
def test_the_interval_holds_the_value(rows: list[Row]) -> None:
    votes = votes_of(rows)
    found = [coefficient(votes, resamples=50) for coefficient in CROWD]
    found += [krippendorff_alpha(votes, scale, resamples=50) for scale in ("ordinal", "interval")]

    for agreement in found:
        defined = agreement.tasks > 1 and not np.isnan(agreement.value)
        assert (agreement.low <= agreement.value <= agreement.high) == defined
        assert not agreement.value > 1
    rest = against_the_rest(votes)
    assert ((rest.low <= rest.value) & (rest.value <= rest.high) | np.isnan(rest.low)).all()


@pytest.mark.parametrize("coefficient", [*CROWD, cohen_kappa])
def test_perfect_agreement_is_one(coefficient: Coefficient) -> None:
    votes = votes_of([(t, a, "abc"[t % 3]) for t in range(9) for a in "xy"])

    assert coefficient(votes) == Agreement(1.0, 1.0, 1.0, tasks=9, pairs=9)
    assert [c.value for c in by_class(votes, coefficient)] == [1, 1, 1]
    assert between_pairs(votes, least=9)[1].low.tolist() == [1]
    assert against_the_rest(votes).high.tolist() == [1, 1]


@pytest.mark.parametrize("coefficient", CROWD[1:])
def test_answers_that_know_nothing_of_each_other_agree_by_chance(
    coefficient: Coefficient,
) -> None:
    agreement = coefficient(votes_of(crowd([0.0] * 4, tasks=2000)))

    assert agreement.value == pytest.approx(0, abs=0.03)
    assert agreement.low < 0 < agreement.high


def test_ac1_stays_high_where_nearly_all_are_rightly_equal() -> None:
    rows = [(t, a, "b" if t == a else "a") for t in range(100) for a in (0, 1)]

    votes = votes_of(rows, "ab")

    assert cohen_kappa(votes).value < 0
    assert gwet_ac1(votes).value > 0.95


@pytest.mark.parametrize("coefficient", CROWD)
@pytest.mark.parametrize("rows", [[], [(0, "x", "a")], [(t, "x", "a") for t in range(3)]])
def test_with_nothing_to_compare_agreement_is_not_defined(
    coefficient: Coefficient, rows: list[Row]
) -> None:
    votes = votes_of(rows, at=[0.0] * len(rows))

    agreement = coefficient(votes)

    assert np.isnan([agreement.value, agreement.low, agreement.high]).all()
    assert (agreement.tasks, agreement.pairs) == (0, 0)
    assert len(by_class(votes, coefficient)) == 3
    assert len(over_time(votes, coefficient, 60)[1]) == min(1, len(rows))
    assert between_pairs(votes)[0].shape == (0, 2)
    assert np.isnan(against_the_rest(votes).value).all()


def test_a_single_label_leaves_nothing_to_chance() -> None:
    votes = votes_of([(t, a, "a") for t in range(4) for a in "xy"], "a")

    assert percent_agreement(votes).value == 1
    assert np.isnan([float(c(votes)) for c in (fleiss_kappa, gwet_ac1, krippendorff_alpha)]).all()
    assert np.isnan([cohen_kappa(votes).value, *against_the_rest(votes).value]).all()


def test_one_task_has_a_value_but_no_interval() -> None:
    one = gwet_ac1(votes_of([(0, "x", "a"), (0, "y", "b"), (1, "x", "a")]))

    assert one.value < 0
    assert np.isnan([one.low, one.high]).all()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (lambda v: krippendorff_alpha(v, "cardinal"), "scale must be one of"),
        (lambda v: krippendorff_alpha(v, "ratio"), "needs values of 0 or more"),
        (lambda v: krippendorff_alpha(v, "ratio", values=[-1, 0, 1]), "needs values of 0 or more"),
        (lambda v: krippendorff_alpha(v, "interval", values=[1, 2]), "3 numbers, one for each"),
        (lambda v: krippendorff_alpha(v, "interval", values=[1, 2, 2]), "no two labels"),
        (lambda v: cohen_kappa(v), "two annotators, not 3"),
        (lambda v: cohen_kappa(v, between=(0, 9)), "no annotator 9"),
        (lambda v: cohen_kappa(v, "cubic", between=(0, 1)), "weights must be one of"),
        (lambda v: fleiss_kappa(v, resamples=-1), "resamples must be 0 or more"),
        (lambda v: fleiss_kappa(v, level=95), "level must lie between 0 and 1"),
        (lambda v: between_pairs(v, least=0), "least must be 1"),
        (lambda v: over_time(v, gwet_ac1, 60), "carry no times"),
        (lambda v: over_time(votes_of([], at=[]), gwet_ac1, 0), "more than 0 seconds"),
    ],
)
def test_what_makes_no_sense_is_refused(asked: Callable[[Votes], object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        asked(votes_of(crowd([0.8] * 3, tasks=5)))
