"""Each kind of annotator does what it was planted to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import median

import pytest

from crowd.simulation.cast import Annotator, cast
from crowd.simulation.items import Item, plant
from crowd.simulation.kinds import FRESH, KINDS, RING, TIRING

CLASSES = 4
DRAWS = 2000
#: Clear items, so that only the annotators themselves are at fault.
CLEAR = tuple(Item(item.name, item.truth, 0.0) for item in plant(1, DRAWS, CLASSES))


def some(kind: str, size: int = 1, seed: int = 3) -> Sequence[Annotator]:
    return cast(seed, size, {kind: 1.0}, CLASSES)


def accuracy(annotator: Annotator, items: Sequence[Item] = CLEAR, nth: int = 0) -> float:
    right = sum(annotator.label(item, nth) == item.truth for item in items)
    return right / len(items)


@pytest.mark.parametrize(
    ("kind", "low", "high"),
    [("expert", 0.96, 0.98), ("honest", 0.75, 0.95), ("careless", 0.6, 0.7),
     ("drifting", 0.75, 0.95), ("copier", 0.6, 0.7), ("spammer", 0.25, 0.25),
     ("bot", 0.25, 0.25)],
)  # fmt: skip
def test_each_kind_is_as_accurate_as_planted(kind: str, low: float, high: float) -> None:
    for annotator in some(kind, 6):
        assert low - 0.05 < accuracy(annotator) < high + 0.05


def test_honest_annotators_confuse_some_labels_more_than_others() -> None:
    annotator = some("honest")[0]
    given = Counter((item.truth, annotator.label(item, 0)) for item in CLEAR)
    asked = Counter(item.truth for item in CLEAR)

    wrong = [given[t, k] / asked[t] for t in range(CLASSES) for k in range(CLASSES) if k != t]

    assert max(wrong) > 2 * sum(wrong) / len(wrong)
    matrix = annotator.behaviour.matrix  # type: ignore[attr-defined]
    assert all(
        given[t, k] / asked[t] == pytest.approx(matrix[t][k], abs=0.06)
        for t in range(CLASSES)
        for k in range(CLASSES)
    )


def test_the_harder_an_item_the_nearer_to_chance() -> None:
    expert = some("expert")[0]
    harder = [
        [Item(item.name, item.truth, difficulty) for item in CLEAR]
        for difficulty in (0.0, 0.3, 0.6, 1.0)
    ]

    found = [accuracy(expert, items) for items in harder]

    assert found == sorted(found, reverse=True)
    assert found[-1] == pytest.approx(1 / CLASSES, abs=0.05)


def test_a_drifting_annotator_ends_at_chance() -> None:
    drifting = some("drifting")[0]

    found = [accuracy(drifting, nth=n) for n in (0, FRESH[0], FRESH[1] + TIRING)]

    assert found[0] == found[1] > 0.7
    assert found[2] == pytest.approx(1 / CLASSES, abs=0.05)
    halfway = accuracy(drifting, nth=drifting.behaviour.fresh + TIRING // 2)  # type: ignore[attr-defined]
    assert halfway == pytest.approx((found[0] + 1 / CLASSES) / 2, abs=0.06)


def test_a_ring_says_what_its_leader_says_and_another_ring_does_not() -> None:
    rings = some("copier", 2 * RING)
    said = [[annotator.label(item, 0) for item in CLEAR] for annotator in rings]

    assert all(labels == said[0] for labels in said[:RING])
    assert all(labels == said[RING] for labels in said[RING:])
    assert said[0] != said[RING]


def test_a_spammer_uses_all_labels_alike_and_a_constant_one() -> None:
    spammer, constant = some("spammer")[0], some("constant")[0]

    guesses = Counter(spammer.label(item, 0) for item in CLEAR)

    assert all(guesses[k] / DRAWS == pytest.approx(1 / CLASSES, abs=0.04) for k in range(CLASSES))
    assert len({constant.label(item, 0) for item in CLEAR}) == 1


def test_bots_agree_with_each_other_and_take_the_same_time_always() -> None:
    one, other = some("bot", 2)

    assert [one.label(i, 0) for i in CLEAR] == [other.label(i, 5) for i in CLEAR]
    assert len({one.seconds(item) for item in CLEAR}) == 1


def test_an_adversary_is_right_less_often_than_one_who_guesses() -> None:
    assert all(accuracy(adversary) < 0.6 / CLASSES for adversary in some("adversary", 5))


def test_those_who_do_not_look_are_much_faster() -> None:
    typical = {k: median(some(k)[0].seconds(item) for item in CLEAR) for k in KINDS}

    careless_ones = [typical.pop(kind) for kind in ("spammer", "bot", "constant")]

    assert max(careless_ones) < min(typical.values()) / 2
    assert typical["copier"] < typical["careless"] < typical["honest"] < typical["expert"]
