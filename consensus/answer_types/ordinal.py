"""One label out of several that lie on a scale: grades, severities, stars."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from consensus.answer_types.base import (
    Aggregate,
    Gold,
    Problem,
    Question,
    finite,
    label_problems,
)

LOSSES = ("absolute", "squared", "zero-one")


class Ordinal:
    """A label of `labels`, which are given in order.

    `loss` (optional) says what a wrong label costs: "absolute" (the default: by the steps it is
    off, so the median is given), "squared", "zero-one", or a table of costs, rows true.
    """

    def check(self, question: Question) -> list[Problem]:
        """Say what is wrong with the labels or the loss of a question."""
        problems = label_problems(question)
        loss = question.get("loss", "absolute")
        if not problems and loss not in LOSSES and not _is_table(loss, len(question["labels"])):
            must = f"must be one of {', '.join(LOSSES)}, or a square table of costs, 0 or more"
            problems.append(Problem("loss", must))
        return problems

    def validate(self, answer: Any, question: Question) -> list[Problem]:
        """Say what is wrong with an answer: it must be one of the labels."""
        if isinstance(answer, str) and answer in question["labels"]:
            return []
        return [Problem("answer", f"must be one of {', '.join(question['labels'])}")]

    def compare(self, a: str, b: str, question: Question) -> float:
        """Count the steps between two labels, as a share of the scale."""
        labels = list(question["labels"])
        return abs(labels.index(a) - labels.index(b)) / max(1, len(labels) - 1)

    def aggregate(
        self,
        tasks: Sequence[Hashable],
        annotators: Sequence[Hashable],
        answers: Sequence[str],
        question: Question,
        gold: Gold | None = None,
    ) -> Aggregate:
        """Find the label of least expected loss, by a model of bias and precision on the scale."""
        from consensus.answer_types.least_cost import cost_matrix, least_cost_label
        from consensus.answer_types.single_label import aggregate_labels, steps_apart
        from consensus.methods.ordinal import OrdinalDawidSkene

        labels = question["labels"]
        cost = cost_matrix(question.get("loss", "absolute"), len(labels))
        return aggregate_labels(
            tasks,
            annotators,
            answers,
            labels,
            OrdinalDawidSkene(),
            gold,
            distance=steps_apart(len(labels)),
            choose=lambda posteriors: least_cost_label(posteriors, cost),
        )


def _is_table(loss: Any, size: int) -> bool:
    rows = loss if isinstance(loss, Sequence) and not isinstance(loss, str) else []
    return len(rows) == size and all(
        isinstance(row, Sequence) and len(row) == size and all(finite(c) and c >= 0 for c in row)
        for row in rows
    )
