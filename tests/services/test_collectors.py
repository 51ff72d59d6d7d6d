"""What rules measure of an annotator's answers, and when they come true."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from scipy import stats

from crowd.services.collectors import Condition, Firing, Seen, chance_below, firings, said

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def given(collector: str = "gold_accuracy", **terms: Any) -> Condition:
    plain = {"span": 10, "least": 4, "below": 0.6, "sure": None, "action": "warn"}
    return Condition(collector, **{**plain, **terms})


def seen(number: int, **facts: Any) -> Seen:
    at = BEGIN + timedelta(minutes=number)
    plain = {"seconds": 10.0, "is_right": None, "peers": 0, "agreeing": 0, "until": at}
    return Seen(uuid.UUID(int=number), at, **{**plain, **facts})


def gold(verdicts: str) -> list[Seen]:
    """`+` right, `-` wrong, `.` no gold."""
    value = {"+": True, "-": False, ".": None}
    return [seen(n, is_right=value[verdict]) for n, verdict in enumerate(verdicts)]


def places(rule: Condition, answers: Iterable[Seen], **more: Any) -> list[int]:
    return [firing.place for firing in firings([rule], answers, **more)]


def test_a_rule_comes_true_once_there_is_enough_to_go_by() -> None:
    assert places(given(least=4), gold("---")) == []
    assert places(given(least=4), gold("-.-.--")) == [5]


def test_what_lies_further_back_than_the_span_is_forgotten() -> None:
    assert places(given(span=4, least=4), gold("--++++")) == [3]
    assert places(given(span=4, least=4, below=0.5), gold("--++++")) == []


def test_after_it_has_come_true_each_answer_counts_once() -> None:
    assert places(given(least=4), gold("--------")) == [3, 7]


def test_after_a_block_nothing_more_is_judged() -> None:
    assert places(given(least=4, action="block"), gold("--------")) == [3]


def test_going_on_later_finds_what_going_through_at_once_finds() -> None:
    answers = gold("+-.--+---.-+--.---+-")
    rule = given(span=6, least=3, below=0.5)
    whole = places(rule, answers)

    found: list[int] = []
    for end in range(1, len(answers) + 1):
        last = {rule: answers[found[-1]].answer_id} if found else {}
        found += places(rule, answers[:end], judged=lambda _, n, e=end: n < e - 1, fired=last)

    assert found == whole
    assert len(whole) > 1


def test_agreement_is_with_what_most_had_said_before() -> None:
    rule = given("agreement", least=2, below=0.6)
    alone, tied = seen(0), seen(1, peers=2, agreeing=1)
    against = [seen(n, peers=3, agreeing=1) for n in (2, 3)]

    assert places(rule, [alone, tied, alone, tied]) == []
    assert places(rule, [alone, tied, *against]) == [3]


def test_speed_is_the_median_of_the_last_answers() -> None:
    rule = given("speed", span=3, least=3, below=2.0)
    quick, slow = seen(0, seconds=0.5), seen(1, seconds=60.0)

    assert places(rule, [quick, slow, slow, quick, quick]) == [4]


def test_a_rule_that_wants_to_be_sure_spares_who_may_just_have_had_bad_luck() -> None:
    unlucky = gold("+-+--")  # two of five, by somebody who may well be right at six of ten

    assert places(given(least=5), unlucky) == [4]
    assert places(given(least=5, sure=0.95), unlucky) == []
    assert places(given(least=5, sure=0.95, span=20), gold("-" * 6)) == [4]


@pytest.mark.parametrize(("hits", "count"), [(0, 3), (5, 12), (40, 90)])
def test_how_sure_one_can_be_is_a_beta_distributions(hits: int, count: int) -> None:
    exact = stats.beta(1 + hits, 1 + count - hits).cdf(0.6)

    assert chance_below(hits, count, 0.6) == pytest.approx(exact, abs=1e-12)


def test_a_firing_says_what_was_found_and_the_limit() -> None:
    rule = given(span=20, least=12)
    (firing,) = firings([rule], gold("+-" * 5 + "--"))
    assert isinstance(firing, Firing)

    assert said(rule, firing.measured) == "gold 5 of 12 in the last 20, limit 0.6"


def after(*days: float, until: float) -> list[Seen]:
    """Answers so many days after the first, and the day it is."""
    at = [BEGIN + timedelta(days=day) for day in days]
    ends = [*at[1:], BEGIN + timedelta(days=until)]
    return [
        replace(seen(n), at=when, until=end)
        for n, (when, end) in enumerate(zip(at, ends, strict=True))
    ]


def test_who_has_not_answered_for_days_is_idle_from_the_last_answer_on() -> None:
    idle = given("activity", span=7, least=1, below=1)

    assert places(idle, after(0, 1, 2, until=8.9)) == []
    assert places(idle, after(0, 1, 2, until=9.1)) == [2]
    assert places(idle, after(0, 1, 9, 10, until=11)) == [1]


def test_few_answers_in_many_days_are_little_activity() -> None:
    slow = given("activity", span=7, least=1, below=3)

    assert places(slow, after(0, 1, 2, until=6.9)) == []
    assert places(slow, after(0, 1, 2, until=7.5)) == [2]
    assert said(slow, next(firings([slow], after(0, 1, 2, until=8.5))).measured) == (
        "1 answers in 7 days, limit 3"
    )


def test_who_came_only_now_is_not_idle_yet() -> None:
    assert places(given("activity", span=7, least=1, below=5), after(0, until=6.9)) == []
    assert places(given("activity", span=7, least=2, below=5), after(0, until=99)) == []
