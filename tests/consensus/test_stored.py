"""Models as a database keeps them."""

from __future__ import annotations

import json

import numpy as np
import pytest

from consensus.method_names import OWN
from consensus.methods import make_method
from consensus.posterior import task_posteriors
from consensus.stored import pack, unpack
from consensus.votes import Votes
from tests.consensus.planted import LABELS, planted

WITH_MODEL = [name for name in OWN if name != "glad"]


@pytest.mark.parametrize("name", WITH_MODEL)
def test_a_stored_model_gives_the_same_posteriors(name: str) -> None:
    votes = Votes.from_rows(planted()[0], LABELS)
    fit = make_method(name).fit(votes)
    assert fit.model_ is not None

    header, rows = pack(fit.model_)
    again = unpack(json.loads(json.dumps(header)), np.array(rows.tolist()))

    assert np.abs(task_posteriors(votes, again) - fit.posteriors_).max() < 1e-9


@pytest.mark.parametrize("name", WITH_MODEL)
def test_one_task_alone_has_the_posterior_it_has_among_all(name: str) -> None:
    rows = planted()[0]
    votes = Votes.from_rows(rows, LABELS)
    fit = make_method(name).fit(votes)
    assert fit.model_ is not None
    header, stored = pack(fit.model_)
    row_of = dict(zip(votes.annotator_ids, stored, strict=True))

    one = Votes.from_rows([row for row in rows if row[0] == "t7"], LABELS)
    quick = unpack(header, np.stack([row_of[a] for a in one.annotator_ids])).posteriors(one)

    full = fit.posteriors_[list(votes.task_ids).index("t7")]
    assert np.abs(quick[0] - full).max() < 1e-9


@pytest.mark.parametrize("name", WITH_MODEL)
def test_before_anybody_is_known_people_are_taken_to_be_mostly_right(name: str) -> None:
    nothing = make_method(name).fit(Votes.from_rows((), LABELS))
    assert nothing.model_ is not None
    header, _ = pack(nothing.model_)
    votes = Votes.from_rows([("t", "a", "b"), ("t", "v", "b")], LABELS)

    first = unpack(header, np.tile(header["average"], (2, 1))).posteriors(votes)

    assert first[0].argmax() == 1
    assert first[0, 0] == pytest.approx(first[0, 2])


def test_what_cannot_be_read_is_refused() -> None:
    fit = make_method("dawid-skene").fit(Votes.from_rows(planted()[0], LABELS))
    assert fit.model_ is not None
    header, rows = pack(fit.model_)

    with pytest.raises(ValueError, match="wide"):
        unpack(header, rows[:, 1:])
    with pytest.raises(ValueError, match="version"):
        unpack({**header, "version": 0}, rows)
