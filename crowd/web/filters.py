"""How numbers, times and words are written in pages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from flask import Flask

from crowd.services.answer_kinds import MULTI_LABEL, labels_in
from crowd.services.quality_cells import number

#: Seconds in a unit of "so long ago", the longest first.
UNITS = ((365 * 86400, "y"), (30 * 86400, "mo"), (86400, "d"), (3600, "h"), (60, "min"))
NONE = "–"


def register(app: Flask) -> None:
    """Make them known to templates."""
    for write in (
        ago,
        answer,
        browser,
        count,
        duration,
        is_ahead,
        money,
        number,
        percent,
        said,
        score,
        setting,
        signed,
        utc,
        words,
    ):
        app.jinja_env.filters[write.__name__] = write


def count(number: float | None) -> str:
    """Write a count with separators: 12,345."""
    return NONE if number is None else f"{number:,.0f}"


def percent(share: float | None, digits: int = 0) -> str:
    """Write a share between 0 and 1: 93 %."""
    return NONE if share is None else f"{100 * share:.{digits}f} %"


def score(number: float | None) -> str:
    """Write a coefficient: 0.83."""
    return NONE if number is None else f"{number:.2f}"


def signed(difference: float | None, write: str = "percent") -> str:
    """Write a difference of shares in points, or of scores, with its sign: +3.2, +0.07."""
    if difference is None:
        return NONE
    size = abs(difference)
    shown = {"percent": f"{100 * size:.1f}", "number": number(size)}.get(write) or score(size)
    sign = "" if not shown.strip("0.") else "−" if difference < 0 else "+"
    return sign + shown


def money(amount: Decimal | None, currency: str | None = None) -> str:
    """Write an amount to the cent, finer ones to what they have: 12.50 EUR."""
    if amount is None:
        return NONE
    exact = amount.normalize()
    shown = f"{amount:,.2f}" if exact == round(exact, 2) else f"{exact:,f}"
    return f"{shown} {currency}" if currency else shown


def duration(seconds: float | None) -> str:
    """Write a length of time by its two largest units: 3 h 20 min."""
    if seconds is None:
        return NONE
    if seconds < 60:
        return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
    rest, parts = seconds, list[str]()
    for size, unit in UNITS:
        if rest >= size and len(parts) < 2:
            parts.append(f"{rest // size:.0f} {unit}")
            rest %= size
        elif parts:
            break
    return " ".join(parts)


def ago(time: datetime | None) -> str:
    """Write a time as seen from now: 5 min ago, in 2 d."""
    if time is None:
        return NONE
    passed = (datetime.now(UTC) - time).total_seconds()
    if abs(passed) < 60:
        return "just now" if passed >= 0 else "in a moment"
    size, unit = next((size, unit) for size, unit in UNITS if abs(passed) >= size)
    number = f"{abs(passed) // size:.0f} {unit}"
    return f"{number} ago" if passed > 0 else f"in {number}"


def is_ahead(time: datetime) -> bool:
    """Tell whether a time is still to come."""
    return time > datetime.now(UTC)


def utc(time: datetime | None) -> str:
    """Write a time in full: 2026-03-01 14:05:09 UTC."""
    return NONE if time is None else f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def answer(text: str | None, kind: str) -> str:
    """Write an answer of a kind as one says it: a set by its labels."""
    if text is None:
        return NONE
    return ", ".join(labels_in(kind, text)) or "none of them" if kind == MULTI_LABEL else text


def words(name: str) -> str:
    """Write a name of the API as words: low_confidence is low confidence; rows count from 1."""
    name = re.sub(r"\.(\d+)\.", lambda place: f" {int(place[1]) + 1} ", name)
    return name.replace("_", " ").replace(".", " ")


def setting(value: Any) -> str:
    """Write what a setting is: a list by its items, a row by what it is about and what it says.

    As yes; none; 0.05; cat, dog; clip (audio, Voice).
    """
    match value:
        case None | "":
            return "none"
        case bool():
            return "yes" if value else "no"
        case datetime():
            return utc(value)
        case float():
            return f"{value:.12g}"
        case Decimal():
            return f"{value.normalize():f}"
        case Mapping():
            names = sorted(value, key=lambda name: name not in ("field", "label"))
            first, *others = (setting(value[one]) for one in names if value[one] not in (None, ""))
            return f"{first} ({', '.join(others)})" if others else first
        case list() | tuple():
            return ", ".join(map(setting, value)) or "none"
    return str(value)


def said(errors: Any) -> str:
    """Write what is wrong with a field in one line, however it is nested."""
    match errors:
        case dict():
            # people count lines from 1
            names = [name + 1 if isinstance(name, int) else name for name in errors]
            told = zip(names, map(said, errors.values()), strict=True)
            return "; ".join(f"{name}: {why}" for name, why in told)
        case list() | tuple():
            return " ".join(said(why) for why in errors)
    return str(errors)


def browser(agent: str) -> str:
    """Name a browser by what it calls itself: Firefox on Linux."""
    names = {"Edg/": "Edge", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}
    systems = ("Windows", "Android", "iPhone", "iPad", "Mac OS", "Linux")
    name = next((name for token, name in names.items() if token in agent), "A browser")
    system = next((system for system in systems if system in agent), "another system")
    return f"{name} on {system}"
