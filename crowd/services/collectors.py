"""What rules measure: an annotator's answers, one after the other, in the order they were given.

Everything depends on answers, which never change, and on their order: a rule tried on those of
the past finds what it will find once it is in force, as long as no gold is overturned and nobody is
excluded in between.
"""

from __future__ import annotations

import uuid
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil, comb
from typing import Any, Protocol

#: After these nothing more is handed out to an annotator, or taken in.
FINAL = ("block", "exclude")


@dataclass(frozen=True, slots=True)
class Seen:
    """One answer, as rules see it."""

    answer_id: uuid.UUID
    at: datetime
    seconds: float
    #: Whether it is what gold says; None where the task is not gold.
    is_right: bool | None
    #: Answers others had given to the task before, and those of them that say the same.
    peers: int
    agreeing: int
    #: When the annotator's next answer came; until now, where none has.
    until: datetime


@dataclass(frozen=True, slots=True)
class Condition:
    """The part of a rule that is measured: see `Rule`."""

    collector: str
    span: int
    least: int
    below: float
    sure: float | None
    action: str
    #: The rule's; None for one that is only tried.
    rule_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """What was found: of `count` answers that say anything, so many hits; `value` is compared."""

    value: float
    count: int
    hits: int | None

    def told(self, rule: Condition) -> dict[str, Any]:
        """Give the numbers, for the record."""
        return {
            "collector": rule.collector,
            "value": round(self.value, 6),
            "hits": self.hits,
            "count": self.count,
            "span": rule.span,
            "below": rule.below,
            "sure": rule.sure,
        }


@dataclass(frozen=True, slots=True)
class Firing:
    """A rule's condition has come true with an answer, the `place`-th of those looked at."""

    rule: Condition
    seen: Seen
    place: int
    measured: Measured


class _Gauge(Protocol):
    def add(self, seen: Seen) -> None: ...
    def clear(self) -> None: ...
    def measured(self) -> Measured: ...


class _Share:
    """The share of hits among the last answers that say anything."""

    def __init__(self, span: int, judge: Callable[[Seen], bool | None]) -> None:
        self._span, self._judge = span, judge
        self.clear()

    def clear(self) -> None:
        self._kept: deque[bool | None] = deque()
        self._hits = self._count = 0

    def add(self, seen: Seen) -> None:
        self._count_in(self._judge(seen))
        if len(self._kept) > self._span:
            gone = self._kept.popleft()
            self._count -= gone is not None
            self._hits -= gone is True

    def _count_in(self, verdict: bool | None) -> None:
        self._kept.append(verdict)
        self._count += verdict is not None
        self._hits += verdict is True

    def measured(self) -> Measured:
        value = self._hits / self._count if self._count else 1.0
        return Measured(value, self._count, self._hits)


class _Median:
    """The median of the seconds that the last answers took."""

    def __init__(self, span: int) -> None:
        self._span = span
        self.clear()

    def clear(self) -> None:
        self._kept: deque[float] = deque()
        self._sorted: list[float] = []

    def add(self, seen: Seen) -> None:
        self._kept.append(seen.seconds)
        insort(self._sorted, seen.seconds)
        if len(self._kept) > self._span:
            del self._sorted[bisect_left(self._sorted, self._kept.popleft())]

    def measured(self) -> Measured:
        n = len(self._sorted)
        middle = (self._sorted[(n - 1) // 2] + self._sorted[n // 2]) / 2 if n else 0.0
        return Measured(middle, n, None)


class _Activity:
    """The answers in the days before the next one, where that many have passed."""

    def __init__(self, days: int, below: float) -> None:
        self._span = timedelta(days=days)
        #: More answers than that make no difference.
        self._most = ceil(below)
        self.clear()

    def clear(self) -> None:
        self._count = 0
        self._kept: deque[datetime] = deque(maxlen=self._most)

    def add(self, seen: Seen) -> None:
        if not self._count:
            self._began = seen.at
        self._count += 1
        self._kept.append(seen.at)
        self._until = seen.until

    def measured(self) -> Measured:
        since = self._until - self._span
        if since < self._began:
            return Measured(float(self._most), self._count, None)
        given = sum(at > since for at in self._kept)
        return Measured(float(given), self._count, given)


def _agrees(seen: Seen) -> bool | None:
    """Say whether it is what most had said before; None where nobody had, or as many as not."""
    return None if 2 * seen.agreeing == seen.peers else 2 * seen.agreeing > seen.peers


#: Collector → what keeps its measure along the answers.
COLLECTORS: Mapping[str, Callable[[Condition], _Gauge]] = {
    "gold_accuracy": lambda rule: _Share(rule.span, lambda seen: seen.is_right),
    "agreement": lambda rule: _Share(rule.span, _agrees),
    "speed": lambda rule: _Median(rule.span),
    "activity": lambda rule: _Activity(rule.span, rule.below),
}
#: Is measured by fits, over all answers of two: see `likenesses`.
COPYING = "copying"
#: Those that measure a share, of which one may be more or less sure.
SHARES = ("gold_accuracy", "agreement")
#: How each collector's finding is said.
WORDS = {
    "gold_accuracy": "gold {hits} of {count} in the last {span}, limit {below:g}",
    "agreement": "agreed with most others on {hits} of {count} in the last {span}, limit {below:g}",
    "speed": "a median of {value:.2f} s over the last {count}, limit {below:g} s",
    "activity": "{hits} answers in {span} days, limit {below:g}",
    COPYING: "{hits} of {count} answers the same as another's, by chance {value:.2g}, "
    "limit {below:g}",
}


def firings(
    rules: Sequence[Condition],
    answers: Iterable[Seen],
    *,
    judged: Callable[[Condition, int], bool] = lambda rule, place: False,
    fired: Mapping[Condition, uuid.UUID] | None = None,
) -> Iterator[Firing]:
    """Find where rules come true along an annotator's answers.

    After it has come true a rule starts anew: each answer counts once. After a final action nothing
    more is judged. `judged` tells for which places (from 0) a rule has been heard already, `fired`
    at which answer it came true last.
    """
    before = fired or {}
    gauges = [(rule, COLLECTORS[rule.collector](rule)) for rule in rules]
    for place, seen in enumerate(answers):
        for rule, gauge in gauges:
            gauge.add(seen)
            if before.get(rule) == seen.answer_id:
                gauge.clear()
            elif not judged(rule, place) and _is_true(rule, measured := gauge.measured()):
                gauge.clear()
                yield Firing(rule, seen, place, measured)
                if rule.action in FINAL:
                    return


def said(rule: Condition, measured: Measured) -> str:
    """Say in words why a rule acts: what was found, and the limit."""
    return WORDS[rule.collector].format(
        hits=measured.hits,
        count=measured.count,
        value=measured.value,
        span=rule.span,
        below=rule.below,
    )


def _is_true(rule: Condition, measured: Measured) -> bool:
    if measured.count < rule.least or measured.value >= rule.below:
        return False
    if rule.sure is None or measured.hits is None:
        return True
    return chance_below(measured.hits, measured.count, rule.below) >= rule.sure


def chance_below(hits: int, count: int, limit: float) -> float:
    """Compute how probable it is that a share is below a limit, after `hits` of `count`.

    With every share as probable beforehand: the distribution function of Beta(1 + hits,
    1 + misses), which is a tail of the binomial distribution.
    """
    n = count + 1
    return sum(comb(n, j) * limit**j * (1 - limit) ** (n - j) for j in range(hits + 1, n + 1))
