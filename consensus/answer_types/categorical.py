"""One label out of several, in no order."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from consensus.answer_types.base import Aggregate, Gold, Problem, Question, label_problems
from consensus.method_names import METHOD_NAMES


class Categorical:
    """A label of `labels`. `method` (optional) names the model of annotators."""

    def check(self, question: Question) -> list[Problem]:
        """Say what is wrong with the labels or the method of a question."""
        problems = label_problems(question)
        if question.get("method", METHOD_NAMES[0]) not in METHOD_NAMES:
            problems.append(Problem("method", f"must be one of {', '.join(METHOD_NAMES)}"))
        return problems

    def validate(self, answer: Any, question: Question) -> list[Problem]:
        """Say what is wrong with an answer: it must be one of the labels."""
        if isinstance(answer, str) and answer in question["labels"]:
            return []
        return [Problem("answer", f"must be one of {', '.join(question['labels'])}")]

    def compare(self, a: str, b: str, question: Question) -> float:
        """Tell same from different: 0 or 1."""
        return float(a != b)

    def aggregate(
        self,
        tasks: Sequence[Hashable],
        annotators: Sequence[Hashable],
        answers: Sequence[str],
        question: Question,
        gold: Gold | None = None,
    ) -> Aggregate:
        """Find the most probable label of each task, by the model the question names."""
        from consensus.answer_types.single_label import aggregate_labels
        from consensus.methods import make_method

        method = make_method(question.get("method", "dawid-skene"))
        return aggregate_labels(tasks, annotators, answers, question["labels"], method, gold)
