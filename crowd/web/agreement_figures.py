"""Pictures of what surveys find."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from crowd.web.figures import Figure, Look, Mark, Series, lines

#: Labels that are drawn, those that are given most; tables hold them all.
MOST_LABELS = 6
DAY = 86_400


def of_agreement(found: Mapping[str, Any]) -> dict[str, Any]:
    """Draw agreement over time."""
    periods, overall = found["periods"], found["overall"]
    x = times(periods, found["window_seconds"])
    series = Series(
        "alpha",
        *([point[name] for point in periods] for name in ("value", "low", "high")),
    )
    marks = [Mark("off", x=at) for at, point in zip(x, periods, strict=True) if point["off"]]
    if overall["value"] is not None:
        marks.append(Mark("all answers", y=overall["value"]))
    look = Look("score", (None, 1), "shaded: 95 % interval", marks)
    classes, pairs = found["classes"], found["groups"]["pairs"]
    return {
        "over_time": lines("Krippendorff's alpha", x, [series], look),
        "by_label": _courses("By label, over time", x, [(one["label"], one) for one in classes]),
        "by_group": _courses("Over time", x, [(_pair(one), one) for one in pairs]),
        "groups": _by_pair(found["groups"]),
    }


def _courses(
    title: str, x: Sequence[str], named: Sequence[tuple[str, Mapping[str, Any]]]
) -> Figure | None:
    """Draw those of several coefficients that were followed; None: there is no course yet."""
    series = [
        Series(name, [point["value"] for point in one["periods"]])
        for name, one in named
        if one["periods"]
    ]
    return lines(title, x, series, Look("score", (None, 1))) if series and len(x) > 1 else None


def _pair(one: Mapping[str, Any]) -> str:
    is_within = one["one"] == one["other"]
    return f"within {one['one']}" if is_within else f"{one['one']}, {one['other']}"


def of_calibration(found: Mapping[str, Any]) -> dict[str, Any]:
    """Draw how often results are right, by how sure they are."""
    sides = "gold", "audits", "rulings"
    drawn = {side: _reliability(found[side]) for side in sides if found.get(side)}
    return {"drawn": drawn}


def of_label_shares(found: Mapping[str, Any]) -> dict[str, Any]:
    """Draw the shares of the labels that are given most; of numbers, where they lie."""
    periods, labels = found["periods"], found["labels"]
    x = times(periods, found["window_seconds"])
    if found.get("quantiles"):
        return _of_numbers(found, x)
    order = sorted(range(len(labels)), key=lambda k: -found["expected"][k])[:MOST_LABELS]
    # the intervals of many labels lie on top of each other: the table has them
    drawn = ("shares", "low", "high") if len(order) < 3 else ("shares",)
    series = [
        Series(labels[k], *([period[name][k] for period in periods] for name in drawn))
        for k in order
    ]
    marks = [Mark("off", x=at) for at, period in zip(x, periods, strict=True) if period["off"]]
    note = "shaded: 95 % interval" if len(order) < 3 else "by tasks that are not gold"
    look = Look("percent", (0, None), note, marks)
    return {
        "over_time": lines("Shares of labels", x, series, look),
        "off": [at for at, period in zip(x, periods, strict=True) if period["off"]],
        "newest": periods[-1] if periods else None,
    }


def _of_numbers(found: Mapping[str, Any], x: Sequence[str]) -> dict[str, Any]:
    """Draw the middle of the numbers over time, with where half and where most of them lie."""
    periods, shares = found["periods"], found["quantiles"]
    series = [
        Series(f"{share:.0%} below", [period["values"][place] for period in periods])
        for place, share in enumerate(shares)
    ]
    marks = [Mark("off", x=at) for at, period in zip(x, periods, strict=True) if period["off"]]
    look = Look("number", note="the first answer to each task that is not gold", marks=marks)
    return {
        "over_time": lines("Numbers", x, series, look),
        "off": [mark.x for mark in marks],
        "newest": periods[-1] if periods else None,
    }


def of_drift(found: Mapping[str, Any]) -> dict[str, Any]:
    """Draw the accuracy of all answers over time."""
    windows = found["windows"]
    x = [moment(window).strftime("%Y-%m-%d %H:%M") for window in windows]
    series = Series(
        "accuracy",
        *([window[name] for window in windows] for name in ("accuracy", "low", "high")),
    )
    changed_at = found["changed_at"] or ""
    begun = [at for at, window in zip(x, windows, strict=True) if window["starts_at"] <= changed_at]
    marks = [Mark("changed", x=begun[-1])] if found["changed"] and begun else []
    look = Look("percent", (0, 1), "ten stretches of equally many answers; shaded: 95 %", marks)
    return {
        "over_time": lines("Accuracy of all answers", x, [series], look),
        "changed_at": datetime.fromisoformat(changed_at) if changed_at else None,
    }


def of_guideline_effects(found: Mapping[str, Any]) -> dict[str, Any]:
    """Put the newest version first, and of each the labels that moved most."""
    effects = sorted(found.values(), key=lambda effect: -effect["version"])
    return {"effects": effects}


def nothing(found: Mapping[str, Any]) -> dict[str, Any]:
    """Draw nothing: the page is made of tables."""
    return {}


#: What draws each figure of a survey.
DRAWN = {
    "agreement": of_agreement,
    "confusion": nothing,
    "calibration": of_calibration,
    "label_shares": of_label_shares,
    "drift": of_drift,
    "guideline_effects": of_guideline_effects,
}


def times(periods: Sequence[Mapping[str, Any]], window_seconds: float) -> list[str]:
    """Name periods by the time they start."""
    shape = "%Y-%m-%d" if window_seconds >= DAY else "%Y-%m-%d %H:%M"
    return [moment(period).strftime(shape) for period in periods]


def moment(period: Mapping[str, Any]) -> datetime:
    """Read when a period starts."""
    return datetime.fromisoformat(period["starts_at"])


def _by_pair(groups: Mapping[str, Any]) -> dict[tuple[str, str], Mapping[str, Any]]:
    """Look pairs up from either side."""
    return {
        pair: one
        for one in groups["pairs"]
        for pair in ((one["one"], one["other"]), (one["other"], one["one"]))
    }


def _reliability(side: Mapping[str, Any]) -> Figure:
    bins = side["bins"]
    x = [f"{one['low_edge']:g} to {one['high_edge']:g}" for one in bins]
    stated = Series("stated", [one["stated"] for one in bins])
    right = Series(
        "right", *([one[name] for one in bins] for name in ("right", "right_low", "right_high"))
    )
    look = Look("percent", (0, 1), "by how sure results were; shaded: 95 % interval")
    return lines("Right, and stated", x, [right, stated], look)
