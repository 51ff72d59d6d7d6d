"""Long exports."""

from __future__ import annotations

from workers.jobs.parts import take_turns


def go_on(event_ids: list[int]) -> None:
    """Write the next parts of files that are to be fetched later."""
    take_turns(event_ids)
