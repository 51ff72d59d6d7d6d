"""Ours against crowd-kit and cleanlab, and crowd-kit's traps fenced off."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from typing import Any

import numpy as np
import pandas as pd
import pytest

from consensus.methods import Method, make_method
from consensus.methods.crowd_kit import CrowdKit, mmsr_memory
from consensus.methods.dawid_skene import DawidSkene
from consensus.methods.majority import MajorityVote
from consensus.methods.wawa import Wawa
from consensus.votes import Ints, Votes

LABELS = ("a", "b", "c", "d")
SEEDS = range(4)


def crowd(
    seed: int, *, tasks: int = 50, annotators: int = 9, each: int = 5, labels: int = 4
) -> tuple[Votes, Ints]:
    """Votes of annotators from poor to good, each task by some of them; and the truth."""
    chance = np.random.default_rng(seed)
    truth, right = chance.integers(labels, size=tasks), chance.uniform(0.3, 0.95, annotators)
    rows = [
        (t, int(w), LABELS[truth[t] if chance.random() < right[w] else chance.integers(labels)])
        for t in range(tasks)
        for w in chance.choice(annotators, each, replace=False)
    ]
    return Votes.from_rows(rows, LABELS[:labels]), truth


def without_ties(votes: Votes) -> Votes:
    """Leave out the tasks that several labels lead: crowd-kit takes the first of these."""
    top = votes.counts == votes.counts.max(axis=1, keepdims=True)
    return votes.where((top.sum(axis=1) == 1)[votes.task])


def wide(votes: Votes) -> pd.DataFrame:
    """Lay the votes out as cleanlab wants them: tasks by annotators, NaN where there is none."""
    table = np.full(votes.shape[:2], np.nan)
    table[votes.task, votes.annotator] = votes.label
    return pd.DataFrame(table)


def same_labels(one: Method, other: Method) -> float:
    return float((one.posteriors_.argmax(axis=1) == other.posteriors_.argmax(axis=1)).mean())


@pytest.mark.parametrize("seed", SEEDS)
def test_the_majority_is_crowd_kits(seed: int) -> None:
    votes, _ = crowd(seed)

    theirs = make_method("crowd-kit:majority").fit(votes)

    assert MajorityVote().fit(votes).posteriors_ == pytest.approx(theirs.posteriors_, abs=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_weighted_majority_is_crowd_kits(seed: int) -> None:
    from crowdkit.aggregation import MajorityVote as Peer

    votes, _ = crowd(seed)
    weights = np.random.default_rng(seed).uniform(0.1, 1, votes.shape[1])
    table = pd.DataFrame({"task": votes.task, "worker": votes.annotator, "label": votes.label})

    ours = MajorityVote(weights=dict(zip(votes.annotator_ids, weights, strict=True))).fit(votes)

    theirs = Peer().fit_predict_proba(table, pd.Series(weights).rename_axis("worker"))
    assert ours.posteriors_ == pytest.approx(theirs.to_numpy(), abs=1e-12)


@pytest.mark.parametrize("name", ["wawa", "zero-based-skill"])
@pytest.mark.parametrize("seed", SEEDS)
def test_learned_weights_are_crowd_kits(name: str, seed: int) -> None:
    votes = without_ties(crowd(seed)[0])

    fewer = {"n_iter": 15} if name == "zero-based-skill" else {}

    ours, theirs = make_method(name).fit(votes), CrowdKit(f"crowd-kit:{name}", **fewer).fit(votes)

    assert ours.posteriors_ == pytest.approx(theirs.posteriors_, abs=1e-9)


@pytest.mark.parametrize("steps", [1, 2, 10])
@pytest.mark.parametrize("seed", SEEDS)
def test_dawid_skene_is_crowd_kits_step_by_step(seed: int, steps: int) -> None:
    votes, _ = crowd(seed)

    ours = DawidSkene(strength=0, tolerance=0, max_iterations=steps).fit(votes)

    theirs = CrowdKit("crowd-kit:dawid-skene", n_iter=steps, tol=-np.inf).fit(votes)
    assert ours.n_iter_ == theirs.n_iter_ == steps
    assert ours.posteriors_ == pytest.approx(theirs.posteriors_, abs=1e-8)


@pytest.mark.parametrize("seed", SEEDS)
def test_dawid_skene_with_known_labels_is_crowd_kits(seed: int) -> None:
    votes, truth = crowd(seed)
    gold = {task: LABELS[truth[task]] for task in range(15)}

    ours = DawidSkene(strength=0, tolerance=0, max_iterations=8).fit(votes, gold)

    theirs = CrowdKit("crowd-kit:dawid-skene", n_iter=8, tol=-np.inf).fit(votes, gold)
    assert ours.posteriors_ == pytest.approx(theirs.posteriors_, abs=1e-8)


@pytest.mark.parametrize("name", ["glad", "mace", "one-coin"])
def test_the_answers_are_crowd_kits(name: str) -> None:
    votes, truth = crowd(0, tasks=150, each=7)
    fewer = {"n_iter": 4} if name == "glad" else {}

    ours, theirs = make_method(name).fit(votes), CrowdKit(f"crowd-kit:{name}", **fewer).fit(votes)

    assert same_labels(ours, theirs) >= 0.97
    assert (ours.posteriors_.argmax(axis=1) == truth).mean() > 0.9


@pytest.mark.parametrize(("name", "steps"), [("crowd-kit:kos", 15), ("crowd-kit:mmsr", 1000)])
def test_methods_we_do_not_have_answer_as_ours_do(name: str, steps: int) -> None:
    votes, _ = crowd(1, tasks=100, each=7, labels=2)

    theirs = CrowdKit(name, n_iter=steps).fit(votes)

    assert same_labels(make_method("one-coin").fit(votes), theirs) >= 0.95


@pytest.mark.parametrize("seed", SEEDS)
def test_majority_and_agreement_are_cleanlabs(seed: int) -> None:
    from cleanlab.multiannotator import get_label_quality_multiannotator

    votes = without_ties(crowd(seed, each=7)[0])
    kept = votes.counts.any(axis=1)
    even = np.full((kept.sum(), 4), 0.25)

    found = get_label_quality_multiannotator(
        wide(votes)[kept].reset_index(drop=True),
        even,
        consensus_method="majority_vote",
        quality_method="agreement",
        verbose=False,
    )

    posteriors = MajorityVote().fit(votes).posteriors_[kept]
    quality, stats = found["label_quality"], found["annotator_stats"].sort_index()
    assert (posteriors.argmax(axis=1) == quality["consensus_label"]).all()
    assert posteriors.max(axis=1) == pytest.approx(quality["consensus_quality_score"].to_numpy())
    agreed = stats["agreement_with_consensus"].to_numpy()
    assert Wawa().fit(votes).weights_ == pytest.approx(agreed)


def test_a_gold_majority_weighs_by_gold_and_takes_newcomers_for_average() -> None:
    votes, truth = crowd(2, tasks=40)
    gold = {task: LABELS[truth[task]] for task in range(4)}
    known = np.isin(votes.task, range(4))
    right = np.bincount(votes.annotator[known], votes.label[known] == truth[votes.task[known]], 9)
    given = np.bincount(votes.annotator[known], minlength=9)
    unknown = given == 0
    shares = right / np.maximum(given, 1)
    shares[unknown] = shares[~unknown].mean()

    fit = make_method("crowd-kit:gold-majority").fit(votes, gold)

    ours = MajorityVote(weights=dict(zip(votes.annotator_ids, shares, strict=True)))
    assert fit.posteriors_ == pytest.approx(ours.fit(votes, gold).posteriors_)


def test_labels_nobody_gave_are_possible_but_not_believed() -> None:
    votes, _ = crowd(0, labels=3)
    wider = Votes.from_columns(
        [votes.task_ids[t] for t in votes.task],
        [votes.annotator_ids[a] for a in votes.annotator],
        [LABELS[label] for label in votes.label],
        ("z", *LABELS[:3]),
    )

    narrow, fit = (make_method("crowd-kit:dawid-skene").fit(v) for v in (votes, wider))

    assert fit.posteriors_[:, 0].tolist() == [0.0] * len(fit.posteriors_)
    assert fit.posteriors_[:, 1:] == pytest.approx(narrow.posteriors_)


def test_a_known_label_that_nobody_gave_spoils_no_other_task() -> None:
    votes, _ = crowd(0, labels=3)
    wider = Votes(
        votes.task_ids, votes.annotator_ids, LABELS, votes.task, votes.annotator, votes.label
    )

    without = make_method("crowd-kit:dawid-skene").fit(wider)

    fit = make_method("crowd-kit:dawid-skene").fit(wider, {votes.task_ids[0]: "d"})

    assert fit.posteriors_[0].tolist() == [0, 0, 0, 1]
    assert np.array_equal(fit.posteriors_[1:], without.posteriors_[1:])


def test_mace_keeps_annotators_and_their_habits_apart() -> None:
    """Its expected counts lie in sorted order, its parameters in that of first appearance."""
    votes, truth = crowd(3, tasks=150, each=7)
    shuffled = Votes(
        votes.task_ids,
        votes.annotator_ids,
        LABELS,
        votes.task,
        np.array([3, 8, 0, 5, 1, 7, 2, 6, 4])[votes.annotator],
        votes.label,
    )

    one, other = (CrowdKit("crowd-kit:mace").fit(v) for v in (votes, shuffled))

    assert one.posteriors_ == pytest.approx(other.posteriors_)
    assert (one.posteriors_.argmax(axis=1) == truth).mean() > 0.9


def test_mace_says_so_where_it_underflows() -> None:
    rows = [(t, w, LABELS[w % 3 == 0]) for t in range(2) for w in range(4000)]
    votes = Votes.from_rows(rows, LABELS)

    with pytest.raises(ValueError, match="underflows"):
        CrowdKit("crowd-kit:mace", n_iter=1).fit(votes)


def test_kos_is_for_two_labels() -> None:
    with pytest.raises(ValueError, match="KOS is for two labels, not 4"):
        make_method("crowd-kit:kos").fit(crowd(0)[0])


def test_kos_knows_nothing_of_tasks_that_form_a_tree() -> None:
    rows = [("t", "v", "a"), ("t", "w", "b"), ("u", "w", "b"), ("u", "x", "b"), ("u", "y", "a")]
    votes = Votes.from_rows(rows, LABELS[:2])

    fit = make_method("crowd-kit:kos").fit(votes)

    assert fit.posteriors_ == pytest.approx(np.array([[1 / 2, 1 / 2], [1 / 3, 2 / 3]]))


@pytest.mark.parametrize("gold", [None, {}, {"elsewhere": "a"}])
def test_a_gold_majority_needs_gold(gold: dict[Any, str] | None) -> None:
    with pytest.raises(ValueError, match="needs known labels of tasks that have votes"):
        make_method("crowd-kit:gold-majority").fit(crowd(0)[0], gold)


def test_mmsr_takes_a_crowd_to_be_right_even_where_its_halves_never_meet() -> None:
    votes, truth = crowd(0, annotators=8, each=8, labels=3)
    halves = votes.where((votes.task + votes.annotator) % 2 == 0)

    fit = CrowdKit("crowd-kit:mmsr").fit(halves)

    assert fit.peer_.skills_.sum() < 0
    assert (fit.posteriors_.argmax(axis=1) == truth).mean() > 0.7


def test_mmsr_is_refused_before_it_fills_the_memory() -> None:
    votes, _ = crowd(0, tasks=3000, annotators=400, each=10)

    with pytest.raises(ValueError, match=r"MMSR would need .* GiB"):
        make_method("crowd-kit:mmsr").fit(votes)


def test_mmsr_needs_about_the_memory_that_is_said() -> None:
    votes, _ = crowd(0, tasks=60, annotators=45, each=20, labels=2)
    make_method("crowd-kit:mmsr").fit(votes)

    tracemalloc.start()
    CrowdKit("crowd-kit:mmsr", n_iter=1).fit(votes)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert 0.3 * mmsr_memory(votes) < peak < mmsr_memory(votes)


def test_crowd_kit_is_imported_only_when_it_is_used() -> None:
    asked = "import sys, consensus.methods.crowd_kit as c; c.CrowdKit('crowd-kit:kos')"
    loaded = f"{asked}; print({{'pandas', 'crowdkit', 'sklearn'}} & sys.modules.keys())"

    said = subprocess.run(
        [sys.executable, "-c", loaded], capture_output=True, text=True, check=True
    )

    assert said.stdout == "set()\n"
