"""A set of labels: all that apply, perhaps none."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from typing import Any

from consensus.answer_types.base import Aggregate, Gold, Problem, Question, label_problems

RULES = ("probable", "f1")


class MultiLabel:
    """A list of labels out of `labels`, each at most once, in any order.

    `choose` (optional) says which set is given: "probable" (the default: every label that is
    more probable than not) or "f1" (the set of greatest expected F1).
    """

    def check(self, question: Question) -> list[Problem]:
        """Say what is wrong with the labels or the rule of a question."""
        problems = label_problems(question)
        if question.get("choose", "probable") not in RULES:
            problems.append(Problem("choose", f"must be one of {', '.join(RULES)}"))
        return problems

    def validate(self, answer: Any, question: Question) -> list[Problem]:
        """Say what is wrong with an answer: a list of labels, none of them twice."""
        if isinstance(answer, (str, dict)) or not isinstance(answer, Collection):
            return [Problem("answer", "must be a list of labels")]
        labels, seen, problems = set(question["labels"]), set(), []
        for place, label in enumerate(answer):
            if not isinstance(label, str) or label not in labels:
                must = f"must be one of {', '.join(question['labels'])}"
                problems.append(Problem(f"answer[{place}]", must))
            elif label in seen:
                problems.append(Problem(f"answer[{place}]", f"names {label!r} again"))
            else:
                seen.add(label)
        return problems

    def compare(self, a: Collection[str], b: Collection[str], question: Question) -> float:
        """Measure the Jaccard distance: the share of labels in either set that are not in both."""
        one, other = set(a), set(b)
        return 1 - len(one & other) / len(one | other) if one | other else 0.0

    def aggregate(
        self,
        tasks: Sequence[Hashable],
        annotators: Sequence[Hashable],
        answers: Sequence[Collection[str]],
        question: Question,
        gold: Gold | None = None,
    ) -> Aggregate:
        """Find the set of each task, under a model of which labels go together.

        The confidence is the probability that the whole set is right.
        """
        from consensus.answer_types.label_sets import aggregate_sets

        rule = question.get("choose", "probable")
        return aggregate_sets(tasks, annotators, answers, question["labels"], rule, gold)
