"""Our Dawid-Skene against itself and against an outside oracle."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from consensus.methods import DawidSkene
from consensus.methods.base import expected_counts, vote_shares
from consensus.posterior import log_joint, normalized, task_posteriors
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

    quick = task_posteriors(votes, fit.class_prior_, fit.confusion_, discount=fit.discount_)

    assert np.abs(quick - fit.posteriors_).max() < 1e-9


def test_it_does_step_by_step_what_crowd_kit_does(votes: Votes) -> None:
    from crowdkit.aggregation import DawidSkene as Peer

    table = pd.DataFrame({"task": votes.task, "worker": votes.annotator, "label": votes.label})
    peer = Peer(n_iter=10, tol=-np.inf).fit_predict_proba(table)

    ours = vote_shares(votes)
    for _ in range(10):
        counts = expected_counts(votes, ours)
        matrices = counts / counts.sum(axis=2, keepdims=True)
        ours = normalized(log_joint(votes, ours.mean(axis=0), matrices), votes)

    theirs = peer.loc[range(votes.shape[0]), range(votes.shape[2])]
    assert np.abs(ours - theirs.to_numpy()).max() < 1e-6


def test_a_newcomer_counts_as_average(votes: Votes) -> None:
    rows = [*planted(tasks=150)[0], ("t0", "newcomer", "a")]
    more = Votes.from_columns(*zip(*rows, strict=True), label_set=LABELS)

    fit = DawidSkene(strength=50.0).fit(more)

    assert np.abs(fit.confusion_[-1] - fit.pooled_confusion_).max() < 0.05


def test_a_discount_makes_it_less_sure_but_changes_no_opinion(votes: Votes) -> None:
    plain, discounted = DawidSkene(discount=1.0).fit(votes), DawidSkene(discount=0.5).fit(votes)

    assert (plain.posteriors_.argmax(1) == discounted.posteriors_.argmax(1)).mean() > 0.97
    assert discounted.posteriors_.max(1).mean() < plain.posteriors_.max(1).mean()


def test_a_thousand_answers_do_not_underflow() -> None:
    rows = [("t", f"w{i}", "a" if i % 3 else "b") for i in range(1000)]
    votes = Votes.from_columns(*zip(*rows, strict=True), label_set=("a", "b"))

    fit = DawidSkene().fit(votes)

    assert np.isfinite(fit.posteriors_).all()
    assert fit.posteriors_[0, 0] > 0.99
