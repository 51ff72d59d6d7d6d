"""Our Dawid-Skene against itself and against an outside oracle."""

from __future__ import annotations

import numpy as np
import pytest

from consensus.methods.dawid_skene import DawidSkene
from consensus.posterior import task_posteriors
from consensus.votes import Votes
from tests.consensus.test_contract import LABELS, planted


@pytest.fixture(scope="module")
def votes() -> Votes:
    return Votes.from_columns(*zip(*planted(tasks=150)[0], strict=True), label_set=LABELS)


def test_the_bound_never_falls(votes: Votes) -> None:
    fit = DawidSkene().fit(votes)

    assert fit.converged_
    assert np.diff(fit.bounds_).min() >= -1e-9


def test_the_quick_posterior_equals_the_full_one(votes: Votes) -> None:
    fit = DawidSkene().fit(votes)

    quick = task_posteriors(votes, fit.model_)

    assert np.abs(quick - fit.posteriors_).max() < 1e-9


def test_a_newcomer_counts_as_average(votes: Votes) -> None:
    rows = [*planted(tasks=150)[0], ("t0", "newcomer", "a")]
    more = Votes.from_columns(*zip(*rows, strict=True), label_set=LABELS)

    fit = DawidSkene(strength=50.0).fit(more)

    assert np.abs(fit.confusion_[-1] - fit.pooled_confusion_).max() < 0.05


def test_a_thousand_answers_do_not_underflow() -> None:
    rows = [("t", f"w{i}", "a" if i % 3 else "b") for i in range(1000)]
    votes = Votes.from_columns(*zip(*rows, strict=True), label_set=("a", "b"))

    fit = DawidSkene().fit(votes)

    assert np.isfinite(fit.posteriors_).all()
    assert fit.posteriors_[0, 0] > 0.99
