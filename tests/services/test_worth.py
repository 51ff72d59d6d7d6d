"""What a ruling is worth."""

from __future__ import annotations

from typing import Any

from crowd.services.worth import FLOOR, worth_of


def worth(**given: Any) -> float:
    usual = {
        "doubt": 0.4,
        "causes": ["low_confidence"],
        "alike": 0,
        "unknown": [0.2, 0.2],
        "days_old": 0.0,
        "days_left": None,
    }
    return worth_of(**{**usual, **given})


def test_more_doubt_more_look_alikes_less_known_annotators_and_age_are_worth_more() -> None:
    usual = worth()

    assert worth(doubt=0.5) > usual
    assert worth(alike=1) == usual + 0.4
    assert worth(unknown=[1.0, 1.0]) > usual
    assert worth(days_old=3) > usual
    assert worth(days_old=300) == worth(days_old=3000)


def test_an_appeal_presses_the_more_the_nearer_its_deadline_is() -> None:
    spans = [None, 6.0, 1.0, 0.0, -3.0]

    values = [worth(days_left=days) for days in spans]

    assert values == sorted(values)
    assert values[-1] == values[-2] == worth() + 1


def test_a_cause_that_speaks_against_a_sure_label_counts_for_at_least_its_floor() -> None:
    for cause, floor in FLOOR.items():
        sure = worth(doubt=0.01, causes=[cause], unknown=[])
        assert sure == max(0.01, floor)
