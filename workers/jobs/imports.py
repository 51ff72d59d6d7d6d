"""Long imports."""

from __future__ import annotations

from workers.jobs.parts import take_turns


def go_on(event_ids: list[int]) -> None:
    """Import the next parts of files that wait in the database."""
    take_turns(event_ids)
