"""Planted votes, and any method fitted to them."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from consensus.methods import Method, make_method
from consensus.methods.crowd_kit import CrowdKit
from consensus.votes import Votes

LABELS = ("a", "b", "c")
Row = tuple[str, str, str]

#: Methods for two labels only, and those that learn from known labels and nothing else.
BINARY = {"crowd-kit:kos"}
NEED_GOLD = {"crowd-kit:gold-majority"}
#: Crowd-kit's slow ones, with fewer steps.
FEWER_STEPS = {
    "crowd-kit:glad": {"n_iter": 1, "m_step_max_iter": 2},
    "crowd-kit:kos": {"n_iter": 6},
    "crowd-kit:mace": {"n_iter": 5},
    "crowd-kit:one-coin": {"n_iter": 8},
    "crowd-kit:zero-based-skill": {"n_iter": 4},
}


def planted(
    seed: int = 0, tasks: int = 60, annotators: int = 8, labels: tuple[str, ...] = LABELS
) -> tuple[list[Row], dict[str, str]]:
    """Votes of annotators who are right eight times in ten at three labels, and the truth."""
    chance = np.random.default_rng(seed)
    truth = {f"t{i}": labels[chance.integers(len(labels))] for i in range(tasks)}
    rows = [
        (task, f"w{w}", label if chance.random() < 0.7 else labels[chance.integers(len(labels))])
        for task, label in truth.items()
        for w in range(annotators)
    ]
    return rows, truth


def made(name: str) -> Method:
    fewer = FEWER_STEPS.get(name)
    return CrowdKit(name, **fewer) if fewer else make_method(name)


def label_set(name: str) -> tuple[str, ...]:
    return LABELS[:2] if name in BINARY else LABELS


def fitted(
    name: str, rows: list[Row], labels: tuple[str, ...] = (), gold: dict[str, str] | None = None
) -> tuple[Votes, Method]:
    """Fit a method; one that needs gold gets the plurality of the first tasks, if none is given."""
    votes = Votes.from_rows(rows, labels or label_set(name))
    return votes, made(name).fit(votes, gold or needed(name, votes))


def needed(name: str, votes: Votes) -> dict[Any, str] | None:
    if name not in NEED_GOLD:
        return None
    tallies = (dict(zip(votes.label_set, row, strict=True)) for row in votes.counts.tolist())
    found = dict(zip(votes.task_ids, tallies, strict=True))
    return {
        task: max(found[task], key=lambda x: (found[task][x], x))
        for task in sorted(found, key=str)[:20]
    }


@cache
def plain(name: str) -> tuple[list[Row], dict[str, str], Votes, Method]:
    """Fit planted votes once for all the tests that only look."""
    rows, truth = planted(tasks=45, annotators=7, labels=label_set(name))
    return rows, truth, *fitted(name, rows)


def by_task(votes: Votes, fit: Method) -> dict[str, dict[str, float]]:
    rows = (dict(zip(votes.label_set, row, strict=True)) for row in fit.posteriors_.tolist())
    return dict(zip(votes.task_ids, rows, strict=True))  # type: ignore[arg-type]


def best(posteriors: dict[str, dict[str, float]]) -> dict[str, str]:
    return {task: max(row, key=row.__getitem__) for task, row in posteriors.items()}


def assert_same(one: tuple[Votes, Method], other: tuple[Votes, Method]) -> None:
    here, there = by_task(*one), by_task(*other)
    assert here.keys() == there.keys()
    for task, posterior in here.items():
        assert posterior == pytest.approx(there[task], abs=1e-4)
