"""Numbers: the model of bias and variance against planted truth, and the baselines."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from consensus.answer_types.numeric_baselines import Mean, Median
from consensus.answer_types.numeric_model import RobustMean
from consensus.answer_types.numeric_votes import NumericVotes
from consensus.votes import Floats

Planted = tuple[NumericVotes, Floats, Floats, Floats]


def planted(
    seed: int, *, freedom: float = 4.0, each: int = 5, annotators: int = 25, bias: float = 0.5
) -> Planted:
    """200 tasks; votes, truths, biases and standard deviations in their order."""
    chance = np.random.default_rng(seed)
    truth = chance.normal(3, 2, 200)
    biases = chance.normal(0, bias, annotators)
    scale = np.exp(chance.normal(0, 0.5, annotators))
    who = np.concatenate([chance.permutation(annotators)[:each] for _ in range(200)])
    what = np.repeat(np.arange(200), each)
    error = stats.t.rvs(freedom, size=len(who), random_state=chance)
    values = truth[what] + biases[who] + scale[who] * error
    votes = NumericVotes.from_columns(what.tolist(), who.tolist(), values)
    order = np.array(votes.annotator_ids, int)
    return votes, truth, biases[order], (scale * stats.t.std(freedom))[order]


def covered(bounds: tuple[Floats, Floats], truth: Floats) -> float:
    return float(((bounds[0] <= truth) & (truth <= bounds[1])).mean())


def off(values: Floats, truth: Floats) -> float:
    return float(np.abs(values - truth).mean())


@pytest.mark.parametrize("freedom", [3.0, 4.0, 1000.0])
@pytest.mark.parametrize("each", [2, 5])
def test_an_interval_of_95_percent_covers_as_much(freedom: float, each: int) -> None:
    runs = [planted(s, freedom=freedom, each=each) for s in range(6)]

    share = np.mean([covered(RobustMean().fit(v).intervals(), t) for v, t, _, _ in runs])

    assert 0.90 <= share <= 0.99


def test_the_intervals_allow_for_what_the_crowd_is_off_by_together() -> None:
    # one draw of the crowd moves all tasks at once, so many crowds are needed to see it
    runs = [planted(s, freedom=1000.0, bias=2.0, annotators=12) for s in range(40)]

    fits = [RobustMean(freedom=60.0, tolerance=1e-4).fit(votes) for votes, _, _, _ in runs]
    share = np.mean([covered(f.intervals(), r[1]) for f, r in zip(fits, runs, strict=True)])

    assert 0.88 <= share <= 0.99


@pytest.mark.parametrize("seed", range(3))
def test_it_is_nearer_to_the_truth_than_mean_and_median(seed: int) -> None:
    votes, truth, _, _ = planted(seed)

    ours = off(RobustMean().fit(votes).values_, truth)

    assert ours < 0.85 * off(Mean().fit(votes).values_, truth)
    assert ours < 0.85 * off(Median().fit(votes).values_, truth)


def test_biases_and_standard_deviations_are_found() -> None:
    votes, _, bias, deviation = planted(0)

    fit = RobustMean().fit(votes)

    assert np.corrcoef(fit.bias_, bias)[0, 1] > 0.85
    assert np.corrcoef(np.log(fit.sd_), np.log(deviation))[0, 1] > 0.85
    assert covered(fit.bias_intervals(), bias) >= 0.84
    assert covered(fit.sd_intervals(), deviation) >= 0.7


@pytest.mark.parametrize("freedom", [None, 3.0, 60.0])
def test_the_bound_never_falls(freedom: float | None) -> None:
    fit = RobustMean(freedom=freedom).fit(planted(0)[0], gold={0: 1.0})

    assert fit.converged_
    assert np.diff(fit.bounds_).min() >= -1e-9


def test_freedom_is_low_where_there_are_outliers_and_only_there() -> None:
    normal = [RobustMean().fit(planted(s, freedom=1000.0)[0]).freedom_ for s in range(3)]
    long_tailed = [RobustMean().fit(planted(s, freedom=2.5)[0]).freedom_ for s in range(3)]

    assert min(normal) >= 15
    assert max(long_tailed) <= 10


def test_a_wild_answer_hardly_moves_its_task() -> None:
    votes, _, _, _ = planted(0)
    wild = votes.value.copy()
    wild[0] += 1000.0
    more = NumericVotes(votes.task_ids, votes.annotator_ids, votes.task, votes.annotator, wild)

    before, after = RobustMean(freedom=4.0).fit(votes), RobustMean(freedom=4.0).fit(more)

    assert abs(after.values_[0] - before.values_[0]) < 1.0
    assert after.weights_[0] < 0.01


@pytest.mark.parametrize(("factor", "shift"), [(1000.0, 0.0), (0.001, 5.0), (-2.0, -7.0)])
def test_the_unit_means_nothing(factor: float, shift: float) -> None:
    votes, _, _, _ = planted(0)
    value = factor * votes.value + shift
    other = NumericVotes(votes.task_ids, votes.annotator_ids, votes.task, votes.annotator, value)

    one, two = RobustMean().fit(votes), RobustMean().fit(other)

    assert two.values_ == pytest.approx(factor * one.values_ + shift, rel=1e-5)
    assert two.deviations_ == pytest.approx(abs(factor) * one.deviations_, rel=1e-4)


def test_known_truths_show_what_the_whole_crowd_is_off_by() -> None:
    votes, truth, _, _ = planted(1)
    value = votes.value + 3.0
    high = NumericVotes(votes.task_ids, votes.annotator_ids, votes.task, votes.annotator, value)
    gold = {task: float(truth[task]) for task in range(40)}

    fit = RobustMean().fit(high, gold)

    assert fit.values_[:40] == pytest.approx(truth[:40])
    assert (fit.deviations_[:40] == 0).all()
    assert off(fit.values_[40:], truth[40:]) < 0.6
    assert off(RobustMean().fit(high).values_[40:], truth[40:]) > 2.0


def test_tasks_without_answers_have_no_value_and_no_bounds() -> None:
    what, who = np.array([0, 0]), np.array([0, 1])
    votes = NumericVotes(("t", "u"), ("v", "w"), what, who, np.array([1.0, 2.0]))

    for fit in (RobustMean().fit(votes), Mean().fit(votes), Median().fit(votes)):
        assert np.isnan(fit.values_).tolist() == [False, True]
        assert fit.values_[0] == pytest.approx(1.5)
        assert np.isinf(fit.deviations_).tolist() == [False, True]


def test_the_mean_and_its_interval_are_those_of_the_t_test() -> None:
    values = np.random.default_rng(0).normal(5, 2, 12)
    votes = NumericVotes.from_columns(["t"] * 12, list(range(12)), values)
    reference = stats.ttest_1samp(values, 0).confidence_interval(0.95)

    fit = Mean().fit(votes)

    assert fit.values_[0] == pytest.approx(values.mean())
    assert [end[0] for end in fit.intervals()] == pytest.approx([reference.low, reference.high])


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9), st.floats(-1e3, 1e3)), min_size=1))
def test_the_median_is_that_of_numpy(rows: list[tuple[int, int, float]]) -> None:
    first = {(task, annotator): value for task, annotator, value in reversed(rows)}
    votes = NumericVotes.from_columns(*map(list, zip(*rows, strict=True)))

    fit = Median().fit(votes)

    for row, task in enumerate(votes.task_ids):
        mine = [value for (t, _), value in first.items() if t == task]
        assert fit.values_[row] == pytest.approx(np.median(mine))


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 4), st.floats(-1e6, 1e6)), max_size=20))
def test_any_numbers_at_all_can_be_fitted(rows: list[tuple[int, int, float]]) -> None:
    columns = map(list, zip(*rows, strict=True)) if rows else ([], [], [])
    votes = NumericVotes.from_columns(*columns)

    fit = RobustMean(max_iterations=30).fit(votes)

    assert np.isfinite(fit.values_).all()
    assert (fit.deviations_ > 0).all()
    assert np.isfinite(fit.sd_).all()


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="missing or infinite"):
        NumericVotes.from_columns(["t"], ["w"], [float("nan")])
    with pytest.raises(ValueError, match="must be numbers"):
        NumericVotes.from_columns(["t"], ["w"], ["three"])  # type: ignore[list-item]
    with pytest.raises(ValueError, match="above 2"):
        RobustMean(freedom=2.0).fit(planted(0)[0])
