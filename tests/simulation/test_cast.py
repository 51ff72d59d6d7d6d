"""A crowd is drawn from a seed: the same seed, the same crowd, to the byte."""

from __future__ import annotations

import subprocess
import sys

import pytest

from crowd.simulation.cast import MIXES, BadMix, cast, counts, mix_of
from crowd.simulation.items import plant

TELL = """
from crowd.simulation.cast import cast, MIXES
from crowd.simulation.items import plant
items = plant({seed}, 40, 3)
for annotator in cast({seed}, 40, MIXES["hostile"], 3):
    print([(annotator.label(item, 30), annotator.seconds(item)) for item in items])
"""


def told(seed: int, hash_seed: str) -> bytes:
    code = TELL.format(seed=seed)
    env = {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, check=True)
    return done.stdout


def test_the_same_seed_gives_the_same_crowd_in_another_process() -> None:
    assert told(7, "1") == told(7, "2")
    assert told(7, "1") != told(8, "1")


def test_what_one_says_does_not_hang_on_the_order_of_what_it_is_asked() -> None:
    items = plant(2, 50, 4)
    first, again = (cast(2, 10, MIXES["hostile"], 4) for _ in range(2))

    for one, same in zip(first, again, strict=True):
        forwards = {item.name: (one.label(item, 0), one.seconds(item)) for item in items}
        backwards = {item.name: (same.label(item, 0), same.seconds(item)) for item in items[::-1]}
        assert forwards == backwards


def test_items_follow_the_prior_and_their_names_tell_nothing() -> None:
    items = plant(3, 2000, 2, [0.8, 0.2])

    truths = [item.truth for item in items]
    assert sum(truths) / len(truths) == pytest.approx(0.2, abs=0.03)
    assert sorted(items[0].payload) == ["item"]
    other_truth = plant(3, 2000, 2, [0.2, 0.8])
    assert [item.payload for item in items] == [item.payload for item in other_truth]


@pytest.mark.parametrize("prior", [[1.0], [0.5, -0.5], [0.0, 0.0]])
def test_a_prior_that_does_not_fit_is_refused(prior: list[float]) -> None:
    with pytest.raises(ValueError, match="2 weights"):
        plant(1, 1, 2, prior)


@pytest.mark.parametrize("size", [1, 7, 40, 101])
@pytest.mark.parametrize("name", MIXES)
def test_a_mix_fills_any_size(name: str, size: int) -> None:
    found = counts(size, MIXES[name])

    assert sum(found.values()) == size
    for kind, share in MIXES[name].items():
        assert abs(found[kind] - share * size) < 1


def test_a_mix_is_a_name_or_json() -> None:
    assert mix_of("typical") is MIXES["typical"]
    assert mix_of('{"honest": 3, "bot": 1}') == {"honest": 3, "bot": 1}
    for nonsense in (
        "nobody",
        "[1]",
        '{"hero": 1}',
        '{"bot": -1}',
        '{"bot": "x"}',
        '{"bot": Infinity}',
        "{}",
    ):
        with pytest.raises(BadMix):
            mix_of(nonsense)
