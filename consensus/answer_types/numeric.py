"""A number: a count, a length, a rating on a slider."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from consensus.answer_types.base import Aggregate, Gold, Problem, Question, finite

#: Two answers are the same for most purposes when they differ by this share of the range.
TOLERANCE = 0.05


class Numeric:
    """A number from `minimum` to `maximum`, either of which may be left out.

    `tolerance` is the error that does no harm, in the unit of the answers; by default a
    twentieth of the range. Without a range it must be given.
    """

    def check(self, question: Question) -> list[Problem]:
        """Say what is wrong with the range or the tolerance of a question."""
        fields = ("minimum", "maximum", "tolerance")
        given = {name: question[name] for name in fields if question.get(name) is not None}
        problems = [Problem(n, "must be a number") for n, v in given.items() if not finite(v)]
        if problems:
            return problems
        low, high, tolerance = map(given.get, fields)
        if low is not None and high is not None and not low < high:
            problems.append(Problem("maximum", "must be above the minimum"))
        if tolerance is None and (low is None or high is None):
            problems.append(Problem("tolerance", "must be given where there is no full range"))
        if tolerance is not None and not tolerance > 0:
            problems.append(Problem("tolerance", "must be above 0"))
        return problems

    def validate(self, answer: Any, question: Question) -> list[Problem]:
        """Say what is wrong with an answer: it must be a number within the range."""
        if not finite(answer):
            return [Problem("answer", "must be a finite number")]
        low, high = question.get("minimum"), question.get("maximum")
        if low is not None and answer < low:
            return [Problem("answer", f"must be at least {low}")]
        if high is not None and answer > high:
            return [Problem("answer", f"must be at most {high}")]
        return []

    def compare(self, a: float, b: float, question: Question) -> float:
        """Measure the difference as a share of the range, or of twenty tolerances without one."""
        return min(1.0, abs(a - b) / span(question))

    def aggregate(
        self,
        tasks: Sequence[Hashable],
        annotators: Sequence[Hashable],
        answers: Sequence[float],
        question: Question,
        gold: Gold | None = None,
    ) -> Aggregate:
        """Find the mean of each task under a model of bias and variance, with its interval.

        The confidence is the probability that the truth lies within the tolerance of the value.
        """
        from consensus.answer_types.numeric_aggregate import aggregate_numbers

        return aggregate_numbers(
            tasks,
            annotators,
            answers,
            gold,
            span=span(question),
            tolerance=question.get("tolerance") or TOLERANCE * span(question),
            ends=(question.get("minimum"), question.get("maximum")),
        )


def span(question: Question) -> float:
    """Measure the range of a question; where it has none, count twenty tolerances."""
    low, high = question.get("minimum"), question.get("maximum")
    if low is None or high is None:
        return float(question["tolerance"] / TOLERANCE)
    return float(high - low)
