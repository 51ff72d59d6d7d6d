"""What holds for every method."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consensus.method_names import CROWD_KIT, METHOD_NAMES
from consensus.posterior import task_posteriors
from tests.consensus.planted import (
    BINARY,
    NEED_GOLD,
    Row,
    assert_same,
    best,
    by_task,
    fitted,
    label_set,
    made,
    needed,
    plain,
)
from tests.consensus.planted import LABELS as LABELS
from tests.consensus.planted import planted as planted

#: Those that learn more from known labels than these labels; a plain majority has nothing to learn.
LEARN_FROM_GOLD = ({*METHOD_NAMES} - {*CROWD_KIT, "majority"}) | {"crowd-kit:dawid-skene"}
#: Crowd-kit draws these methods' starts in the order of the answers: labels hold, digits do not.
FOLLOW_ORDER = {"crowd-kit:kos", "crowd-kit:mace"}
#: Crowd-kit learns these by the first of the labels that lead, or by a start with a leaning.
BREAK_TIES = {"crowd-kit:mace", "crowd-kit:wawa", "crowd-kit:zero-based-skill"}

pytestmark = pytest.mark.parametrize("name", METHOD_NAMES)


def test_probabilities_sum_to_one(name: str) -> None:
    _, _, _, fit = plain(name)

    for shares in (fit.posteriors_, fit.confusion_, fit.pooled_confusion_, fit.class_prior_):
        assert np.allclose(shares.sum(axis=-1), 1)
        assert (shares >= 0).all()


def test_a_fit_says_all_that_a_method_must(name: str) -> None:
    _, _, votes, fit = plain(name)
    tasks, annotators, labels = votes.shape

    assert (fit.annotator_ids_, fit.label_set_) == (votes.annotator_ids, votes.label_set)
    assert fit.posteriors_.shape == (tasks, labels)
    assert fit.class_prior_.shape == (labels,)
    assert fit.confusion_.shape == fit.confusion_counts_.shape == (annotators, labels, labels)
    assert fit.pooled_confusion_.shape == (labels, labels)
    assert fit.n_iter_ >= 1
    assert isinstance(fit.converged_, bool)
    if fit.difficulty_ is not None:
        assert fit.difficulty_.shape == (tasks,)
        assert ((fit.difficulty_ >= 0) & (fit.difficulty_ <= 1)).all()


def test_matrices_lie_within_their_intervals(name: str) -> None:
    _, _, _, fit = plain(name)

    low, high = fit.intervals()

    assert ((low <= fit.confusion_) & (fit.confusion_ <= high)).all()
    assert (low < high).all()


def test_the_order_of_answers_means_nothing(name: str) -> None:
    rows, _, votes, fit = plain(name)
    shuffled = [rows[i] for i in np.random.default_rng(1).permutation(len(rows))]

    again = fitted(name, shuffled)

    if name in FOLLOW_ORDER:
        assert best(by_task(*again)) == best(by_task(votes, fit))
    else:
        assert_same((votes, fit), again)


def test_the_names_of_annotators_mean_nothing(name: str) -> None:
    rows, _, votes, fit = plain(name)
    renamed = [(task, f"someone {annotator[::-1]}", label) for task, annotator, label in rows]

    assert_same((votes, fit), fitted(name, renamed))


def test_the_order_of_labels_means_nothing(name: str) -> None:
    rows, _, votes, fit = plain(name)

    again = fitted(name, rows, label_set(name)[::-1])

    assert_same((votes, fit), again)
    assert fit.confusion_ == pytest.approx(again[1].confusion_[:, ::-1, ::-1], abs=1e-3)


def test_what_all_agree_on_is_the_answer(name: str) -> None:
    said = {f"t{i:02}": label_set(name)[i % 2] for i in range(12)}
    rows = [(task, f"w{w}", label) for task, label in said.items() for w in range(4)]

    votes, fit = fitted(name, rows)

    assert best(by_task(votes, fit)) == said
    assert fit.posteriors_.max(axis=1).min() > 0.9


def test_a_planted_truth_is_found(name: str) -> None:
    _, truth, votes, fit = plain(name)

    found = best(by_task(votes, fit))

    assert np.mean([truth[task] == label for task, label in found.items()]) >= 0.95


def test_better_annotators_have_better_matrices(name: str) -> None:
    chance = np.random.default_rng(5)
    labels = label_set(name)
    rows = [
        (f"t{i}", f"w{w}", labels[i % len(labels)] if chance.random() < right else labels[0])
        for i in range(60)
        for w, right in enumerate((0.95, 0.9, 0.9, 0.85, 0.2))
    ]

    _, fit = fitted(name, rows)

    right = np.einsum("akk->a", fit.confusion_)
    assert right.argmin() == 4


def test_gold_is_held_fast(name: str) -> None:
    _, truth, votes, _ = plain(name)
    wrong = {f"t{i}": next(x for x in label_set(name) if x != truth[f"t{i}"]) for i in range(3)}

    fit = made(name).fit(votes, truth | wrong if name in NEED_GOLD else wrong)

    for task, label in wrong.items():
        assert by_task(votes, fit)[task][label] == 1.0


def test_gold_that_is_no_label_is_refused(name: str) -> None:
    _, _, votes, _ = plain(name)

    with pytest.raises(ValueError, match="gold labels that are not in label_set"):
        made(name).fit(votes, {"t0": "z"})


def test_gold_improves_what_is_not_gold(name: str) -> None:
    if name not in LEARN_FROM_GOLD:
        pytest.skip("it does not learn from gold")
    chance = np.random.default_rng(7)
    truth = {f"t{i}": "ab"[chance.integers(2)] for i in range(100)}
    rows = [
        (task, f"w{w}", label if chance.random() < right else "ab"[label == "a"])
        for task, label in truth.items()
        for w, right in enumerate((0.95, 0.9, 0.2, 0.2, 0.2, 0.2))
    ]
    gold = dict(list(truth.items())[:70])

    def trust(known: dict[str, str] | None) -> float:
        found = by_task(*fitted(name, rows, ("a", "b"), known))
        return float(np.mean([found[task][truth[task]] for task in truth.keys() - gold.keys()]))

    assert trust(gold) > trust(None) + 0.1


@settings(max_examples=15, deadline=None)
@given(rows=st.lists(st.tuples(*map(st.sampled_from, ("tuv", "wxy", "ab"))), max_size=8))
def test_any_votes_give_probabilities(name: str, rows: list[Row]) -> None:
    if name in CROWD_KIT:
        pytest.skip("crowd-kit takes too long for many examples")

    _, fit = fitted(name, rows)

    assert np.allclose(fit.posteriors_.sum(axis=1), 1)
    assert np.allclose(fit.confusion_.sum(axis=2), 1)
    assert np.isfinite(fit.bounds_).all()


def test_the_votes_are_not_changed(name: str) -> None:
    _, _, votes, _ = plain(name)
    before = [c.copy() for c in (votes.task, votes.annotator, votes.label, votes.matrix.toarray())]

    made(name).fit(votes, {"t0": "a"})

    after = (votes.task, votes.annotator, votes.label, votes.matrix.toarray())
    assert all(np.array_equal(one, other) for one, other in zip(before, after, strict=True))


def test_no_votes_are_no_trouble(name: str) -> None:
    _, fit = fitted(name, [])

    labels = len(label_set(name))
    assert (fit.posteriors_.shape, fit.confusion_.shape) == ((0, labels), (0, labels, labels))
    assert fit.class_prior_ == pytest.approx(1 / labels)


def test_one_vote_is_believed_more_than_nothing(name: str) -> None:
    votes, fit = fitted(name, [("t", "w", "b")])

    posterior = by_task(votes, fit)["t"]
    assert posterior["b"] > 1 / len(posterior)


def test_a_label_set_of_one_leaves_nothing_to_doubt(name: str) -> None:
    rows = [(f"t{i}", f"w{w}", "a") for i in range(3) for w in range(3)]
    if name in BINARY:
        pytest.skip("it is for two labels")

    _, fit = fitted(name, rows, ("a",))

    assert (fit.posteriors_ == 1).all()
    assert (fit.confusion_ == 1).all()


def test_one_annotator_alone_is_no_trouble(name: str) -> None:
    labels = label_set(name)

    votes, fit = fitted(name, [(f"t{i}", "w", labels[i % len(labels)]) for i in range(9)])

    assert best(by_task(votes, fit)) == {f"t{i}": labels[i % len(labels)] for i in range(9)}


def test_a_task_and_an_annotator_without_votes_are_no_trouble(name: str) -> None:
    _, _, votes, _ = plain(name)
    less = votes.where((votes.task != 40) & (votes.annotator != 2))

    fit = made(name).fit(less, needed(name, votes))

    assert np.isfinite(fit.posteriors_).all()
    assert fit.posteriors_[40] == pytest.approx(fit.class_prior_, abs=0.2)
    assert np.isfinite(fit.confusion_[2]).all()


def test_a_symmetric_tie_stays_a_tie(name: str) -> None:
    if name in BREAK_TIES:
        pytest.skip("crowd-kit breaks ties while it learns")
    rows = [(f"t{i:02}", f"w{w}", "ab"[i % 2]) for i in range(12) for w in range(4)]
    rows += [("tie", f"w{w}", "ab"[w % 2]) for w in range(4)]
    gold = {f"t{i:02}": "ab"[i % 2] for i in range(12)} if name in NEED_GOLD else None

    votes, fit = fitted(name, rows, gold=gold)

    posterior = by_task(votes, fit)["tie"]
    assert posterior["a"] == pytest.approx(posterior["b"], abs=1e-6)
    assert posterior["a"] > 0.3


def test_the_same_votes_give_the_same_fit_to_the_bit(name: str) -> None:
    _, _, votes, fit = plain(name)
    np.random.random(3)

    again = made(name).fit(votes, needed(name, votes))

    assert np.array_equal(fit.posteriors_, again.posteriors_)
    assert np.array_equal(fit.confusion_, again.confusion_)


def test_the_random_state_of_others_is_left_alone(name: str) -> None:
    _, _, votes, _ = plain(name)
    np.random.seed(3)
    expected = np.random.random(3)

    np.random.seed(3)
    made(name).fit(votes, needed(name, votes))

    assert np.array_equal(np.random.random(3), expected)


def test_a_fit_gone_on_from_is_there_already(name: str) -> None:
    _, _, votes, fit = plain(name)

    again = made(name).fit(votes, needed(name, votes), start=fit)

    assert np.abs(again.posteriors_ - fit.posteriors_).max() < 1e-5
    if name not in CROWD_KIT and fit.n_iter_ > 1:
        assert again.n_iter_ < fit.n_iter_


def test_the_bound_never_falls(name: str) -> None:
    _, _, _, fit = plain(name)
    if len(fit.bounds_) < 2:
        pytest.skip("it has no bound")

    bounds = np.array(fit.bounds_)

    assert (np.diff(bounds) >= -1e-9 * np.abs(bounds[1:])).all()
    # the bound of earlier rounds is another one
    assert len(bounds) <= fit.n_iter_


def test_the_quick_posterior_equals_the_fitted_one(name: str) -> None:
    _, _, votes, fit = plain(name)
    if fit.model_ is None:
        pytest.skip("it is no model of tables")

    quick = task_posteriors(votes, fit.model_, needed(name, votes))

    assert np.abs(quick - fit.posteriors_).max() < 1e-9
