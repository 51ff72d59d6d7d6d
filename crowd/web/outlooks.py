"""Figures of how a project goes, and how it will go on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from crowd.services.forecasts import Outlook
from crowd.services.progress import Slot
from crowd.web.figures import Figure, Look, Series, bars, lines

HOUR = timedelta(hours=1)
#: Hours of the past that are shown, and points of the future.
HOURS, POINTS = 72, 13


def pace(slots: Sequence[Slot]) -> Figure | None:
    """Draw answers an hour, hours without any among them; None: there are none."""
    if not slots:
        return None
    last = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    first = max(slots[0].began_at, last - (HOURS - 1) * HOUR)
    hours = [first + number * HOUR for number in range(1 + int((last - first) / HOUR))]
    known = {slot.began_at: slot for slot in slots}
    found = [known.get(hour) for hour in hours]
    answers = Series("answers", [one.answers if one else 0 for one in found])
    return bars("Answers an hour", [_hour(one) for one in hours], [answers], Look(note="UTC"))


def rest(outlook: Outlook) -> Figure | None:
    """Draw the answers still needed, from now to the end, with 80 %; None: no end is in sight."""
    needed, finish = outlook.figures.get("needed"), outlook.finish
    if not needed or finish is None or outlook.made_at is None or None in finish:
        return None
    ends = [one for one in finish if one is not None]
    span = ends[2] - outlook.made_at
    times = [outlook.made_at + span * number / (POINTS - 1) for number in range(POINTS)]

    def left(wanted: int, end: datetime) -> list[float]:
        length = max((end - times[0]) / span, 1e-9) if span else 1.0
        return [wanted * max(0.0, 1 - (number / (POINTS - 1)) / length) for number in range(POINTS)]

    # what needs least may still end late: the ends are drawn, not the ways there
    series = Series(
        "answers", left(needed[1], ends[1]), left(needed[0], ends[0]), left(needed[2], ends[2])
    )
    names = [_hour(one) if span < timedelta(days=4) else f"{one:%d %b}" for one in times]
    return lines("Answers still needed", _apart(names), [series], Look(note="80 % interval"))


def _hour(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%a %H:%M}"


def _apart(names: Sequence[str]) -> list[str]:
    """Keep points with the same name apart: an axis of classes would join them."""
    seen: dict[str, int] = {}
    for name in names:
        seen[name] = seen.get(name, 0)
    counted: list[str] = []
    for name in names:
        seen[name] += 1
        counted.append(name + "\u200b" * (seen[name] - 1))
    return counted
