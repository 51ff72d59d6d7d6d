"""Figures of how an annotator does."""

from __future__ import annotations

from crowd.services.histories import History
from crowd.web.figures import Figure, Look, Series, bars, lines


def skill(history: History) -> Figure | None:
    """Draw the accuracy that each of the last fits has found; None: fewer than two have."""
    found = history.skills
    if len(found) < 2:
        return None
    series = Series(
        "accuracy",
        [one.accuracy for one in found],
        [one.accuracy_low for one in found],
        [one.accuracy_high for one in found],
    )
    look = Look(format="percent", span=(0, 1), note="95 % interval")
    return lines("Accuracy, fit by fit", [f"fit {one.run_number}" for one in found], [series], look)


def days(history: History) -> Figure | None:
    """Draw answers by day; None: there is one day at the most."""
    if len(history.days) < 2:
        return None
    counts = Series("answers", [one.answers for one in history.days])
    return bars("Answers a day", [f"{one.day:%d %b}" for one in history.days], [counts])
