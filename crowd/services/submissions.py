"""What is handed in, what is kept of it, and the places that answers take."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Given:
    """What an annotator hands in."""

    assignment_id: uuid.UUID
    label: str
    #: It is not sure.
    unsure: bool = False
    comment: str | None = None
    #: Seconds it has looked at the item, as the page says that showed it; None: it does not say.
    time_spent_s: float | None = None


@dataclass(frozen=True, slots=True)
class Submitted:
    """An answer that has been taken in."""

    id: uuid.UUID
    assignment_id: uuid.UUID
    project_id: uuid.UUID
    task_id: uuid.UUID
    annotator_id: uuid.UUID
    #: Its place among the task's answers, from 1.
    number: int
    config_version: int
    label: str
    unsure: bool
    comment: str | None
    leased_at: datetime
    submitted_at: datetime
    #: From lease to submission by the server's clock; less, where the page has seen less.
    time_spent_s: float
    #: The marketplace's own name for the annotator.
    annotator: str
    #: Its lease had ended, and its slot was still free.
    late: bool


@dataclass(slots=True)
class Slots:
    """A locked task's counters, moved in memory until all answers of a request are counted."""

    open: bool
    wanted: int
    leased: int
    answered: int
    excluded: int

    def fill(self, *, held: bool) -> int | None:
        """Count one more answer; gives its place, or None where no slot is left for it."""
        if held:
            self.leased -= 1
        elif not self.open or self.leased + self.answered >= self.wanted:
            return None
        self.answered += 1
        return self.answered + self.excluded
