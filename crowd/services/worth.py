"""What a ruling on a dispute is worth: the queue goes by it. Pure.

    worth = doubt × (1 + look-alikes) + lesson + age + deadline

doubt: the chance that the label that stands is wrong, and a ruling mends it now; at least what such
a cause has shown to mean. Each look-alike is mended with it.
lesson: how little is known of those who answered, who are all measured by a ruling.
age: a label that somebody waits for. deadline: an appeal that is to be answered.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

#: How often, at least, what stands turns out wrong, by cause. A sample drawn by chance says
#: nothing of its own.
FLOOR = {
    "low_confidence": 0.0,
    "tie": 0.5,
    "contested_gold": 0.5,
    "split_by_pool": 0.25,
    "guideline_change": 0.25,
    "appeal": 0.25,
    "audit": 0.0,
}
#: What it is worth to learn of an annotator nothing is known of, in labels.
LESSON = 0.1
#: For every day that a dispute is old, and at the most.
AGE_A_DAY, OLD = 0.02, 0.5
#: For an appeal on the day on which it should be answered.
DUE = 1.0


def worth_of(
    *,
    doubt: float,
    causes: Collection[str],
    alike: int,
    unknown: Sequence[float],
    days_old: float,
    days_left: float | None,
) -> float:
    """Say what a ruling is worth, in labels put right.

    `doubt` is the chance that the label that stands is wrong, `unknown` the width of the interval
    of each annotator's accuracy (1: nothing is known), `days_left` until an appeal should be
    answered, negative after that.
    """
    wrong = max(doubt, *(FLOOR[cause] for cause in causes))
    lesson = LESSON * sum(unknown)
    age = min(OLD, AGE_A_DAY * max(0.0, days_old))
    due = 0.0 if days_left is None else DUE / (1.0 + max(0.0, days_left))
    return wrong * (1 + alike) + lesson + age + due
