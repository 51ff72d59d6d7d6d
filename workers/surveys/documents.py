"""Numbers as JSON holds them: no arrays, and nothing where there is no number."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any, SupportsFloat

from consensus.agreement import Agreement

#: 1970 began on a Thursday: windows of weeks are to begin on Mondays, those of days anyway.
MONDAY = 4 * 86_400.0


def number(value: SupportsFloat, digits: int = 6) -> float | None:
    """Round a number; None where it is none."""
    plain = float(value)
    return round(plain, digits) if math.isfinite(plain) else None


def moment(seconds: SupportsFloat) -> str | None:
    """Write a time given in seconds since 1970."""
    plain = float(seconds)
    return datetime.fromtimestamp(plain, UTC).isoformat() if math.isfinite(plain) else None


def point(found: Agreement) -> dict[str, Any]:
    """Lay out a coefficient with its interval."""
    return {
        "value": number(found.value),
        "low": number(found.low),
        "high": number(found.high),
        "tasks": found.tasks,
        "pairs": found.pairs,
    }


def estimate(name: str, found: tuple[float, float, float]) -> dict[str, Any]:
    """Lay out a value and the bounds of its interval, by a name."""
    names = (name, f"{name}_low", f"{name}_high")
    return dict(zip(names, map(number, found), strict=True))
