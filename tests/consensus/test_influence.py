"""Posteriors in plain Python, held against those of the models themselves."""

from __future__ import annotations

import json

import numpy as np
import pytest

from consensus.influence import Vote, moved_by, posterior, posteriors
from consensus.methods import make_method
from consensus.stored import pack, unpack
from consensus.votes import Votes

METHODS = (
    "auto",
    "dawid-skene",
    "majority",
    "wawa",
    "one-coin",
    "ebcc",
    "typed-dawid-skene",
    "ordinal-dawid-skene",
)
LABELS = ["a", "b", "c"]


def answers(tasks: int = 60, annotators: int = 6) -> list[tuple[int, int, str]]:
    chance = np.random.default_rng(5)
    return [
        (task, who, LABELS[truth if chance.random() < 0.5 + 0.08 * who else chance.integers(3)])
        for task in range(tasks)
        for truth in [int(chance.integers(3))]
        for who in chance.choice(annotators, 4, replace=False).tolist()
    ]


@pytest.mark.parametrize("method", METHODS)
def test_it_comes_to_the_same_as_the_model_and_so_does_leaving_a_vote_out(method: str) -> None:
    given = answers()
    votes = Votes.from_rows(given, LABELS)
    fit = make_method(method).fit(votes)
    assert fit.model_ is not None
    header, rows = pack(fit.model_)
    header = json.loads(json.dumps(header))
    row_of = dict(zip(votes.annotator_ids, rows.tolist(), strict=True))

    for task in range(5):
        mine = [(who, label) for t, who, label in given if t == task]
        plain = [Vote(LABELS.index(label), row_of[who]) for who, label in mine]

        def by_numpy(some: list[tuple[int, str]]) -> list[float]:
            few = Votes.from_rows([(0, who, label) for who, label in some], LABELS)
            few = few.with_tasks([0])
            known = np.array([row_of[who] for who in few.annotator_ids])  # type: ignore[index]
            found = unpack(header, known.reshape(-1, rows.shape[1])).posteriors(few)
            return [float(share) for share in found[0]]

        whole, rests = posteriors(header, plain, 3)
        assert whole == pytest.approx(by_numpy(mine), abs=1e-12)
        for place, rest in enumerate(rests):
            others = mine[:place] + mine[place + 1 :]
            assert rest == pytest.approx(by_numpy(others), abs=1e-12)


def test_a_vote_with_the_others_weighs_something_even_where_nothing_moves() -> None:
    sure = [{"kind": "tables", "states": 2, "labels": 2, "label_of_state": None}]
    sure[0]["log_prior"] = [np.log(0.5)] * 2
    header = {"parts": sure}
    row = [float(np.log(p)) for p in (0.999, 0.001, 0.001, 0.999)]

    whole, (rest, *_) = posteriors(header, [Vote(0, row)] * 4, 2)
    first = moved_by(whole[0], rest[0])

    assert first.moved < 1e-8
    assert first.weight == pytest.approx(np.log(999), abs=0.01)


def test_where_nobody_voted_the_prior_is_left() -> None:
    header, _ = pack(make_method("dawid-skene").fit(Votes.from_rows((), LABELS)).model_)  # type: ignore[arg-type]

    assert posterior(header, [], 3) == pytest.approx([1 / 3] * 3)
    assert posteriors(header, [], 3)[1] == []
