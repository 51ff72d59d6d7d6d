"""The same done about many annotators."""

from __future__ import annotations

from workers.jobs.parts import take_turns


def go_on(event_ids: list[int]) -> None:
    """Act on the next annotators of bulk acts, each in a commit of its own."""
    take_turns(event_ids)
